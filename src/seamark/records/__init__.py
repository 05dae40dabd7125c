"""Frozen records that flow between rooms; standard library only."""
