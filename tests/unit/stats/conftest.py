"""Hypothesis without a stopwatch: the machine that runs the tests may be busy with others."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None, derandomize=True)
settings.load_profile("untimed")
