"""Incidents become messages, and messages reach people."""
