"""Seamark's `compare` with its defaults: the one-shot rule."""

from __future__ import annotations

from rule import Alarms, Verdict
from workload import Columns, History

import seamark as library

NAME = "Seamark (`compare`)"
VERSION = library.__version__
DEFAULT = "adjusted p < .01 (Benjamini-Hochberg) and debiased JS distance ≥ .05, one-shot"


def fit(reference: Columns, _: History) -> Alarms:
    def alarms(window: Columns, _: int) -> Verdict:
        return Verdict.of(library.compare(reference, window).drifted)

    return alarms
