"""Builds the dashboard into src/seamark/server/static; the wheel's build hook and `make dashboard` both call this."""
