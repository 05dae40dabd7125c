"""Evaluations become alerts: a pure state machine on a handed-in clock."""
