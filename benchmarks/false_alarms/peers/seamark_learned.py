"""Seamark's monitors: thresholds learned from the four weeks before, for a budget of two false incidents a month."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray
from rule import Alarms, Verdict
from workload import CATEGORICAL, COLUMNS, HISTORY_HOURS, HOUR_US, START_US, Columns, History

import seamark as library
from seamark.stats.binning import categorical_bins, numeric_bins
from seamark.stats.calibration import History as Learned
from seamark.stats.calibration import Wish, calibrate
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.scoring import score
from seamark.stats.seasonal import Calendar

NAME = "Seamark (monitors)"
VERSION = library.__version__
DEFAULT = "thresholds for 2 false incidents a month, learned from four weeks; debiased JS distance ≥ .05"
DAY, WEEK = 24, 168

Floats = NDArray[np.float32]


def _categories(values: NDArray[np.object_]) -> tuple[list[str], NDArray[np.int64]]:
    names, counts = np.unique(values.astype(str), return_counts=True)
    return names.tolist(), counts


def fit(reference: Columns, history: History) -> Alarms:
    bins = {
        name: categorical_bins(*_categories(reference[name])) if name in CATEGORICAL else numeric_bins(reference[name])
        for name in COLUMNS
    }
    kinds = [SeriesKind.UNORDERED if name in CATEGORICAL else SeriesKind.ORDERED for name in COLUMNS]
    layout = Layout.of([(kind, each.count) for kind, each in zip(kinds, bins.values(), strict=True)])

    def cells(window: Columns) -> Floats:
        at = [
            each.index_texts(window[name].tolist()) if name in CATEGORICAL else each.index(window[name])
            for name, each in bins.items()
        ]
        return np.concatenate(
            [np.bincount(i, minlength=each.count) for i, each in zip(at, bins.values(), strict=True)]
        ).astype(np.float32)

    counts = np.stack([cells(window) for _, window in history], axis=1)
    smallest, weight = np.full(len(layout), 0.05, np.float32), np.ones(len(layout), np.float32)
    calendar = Calendar(np.arange(HISTORY_HOURS) % WEEK, np.ones(HISTORY_HOURS, np.float32), DAY)
    used = np.ones((len(layout), HISTORY_HOURS), np.bool_)
    learned = calibrate(Learned(layout, counts, calendar, used, DAY), Wish(2.0, smallest, weight), period=WEEK)
    recent = deque(counts.T[-WEEK:], maxlen=WEEK)

    def alarms(window: Columns, time: int) -> Verdict:
        recent.append(cells(window))
        hour = (time - START_US) // HOUR_US
        slots = np.arange(hour - len(recent) + 1, hour + 1) % WEEK
        surprise = score(learned, np.stack(recent, axis=1), slots, len(recent) - 1).surprise[:, 0]
        return Verdict.of(np.array(COLUMNS)[surprise > learned.level].tolist())

    return alarms
