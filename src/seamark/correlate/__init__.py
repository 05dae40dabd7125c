"""Alerts become incidents with candidate causes (pure)."""
