"""Profiles against a baseline become evaluation blocks (pure)."""
