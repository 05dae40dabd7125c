"""What an estimator of quality without outcomes promises. Each is a file in `estimators/`, as `ESTIMATOR`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from seamark.errors import InvalidInput
from seamark.plugins import discover
from seamark.stats.intervals import Metric
from seamark.stats.joined import Joined
from seamark.stats.scorecard import Scorecard

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """N rows: predictions and scores as in `joined` (outcomes count only in a reference), and float64[N, F] features.

    Categories are numbered in any order; NaN is missing.
    """

    joined: Joined
    features: Floats


Expect = Callable[[Rows], Floats]  # rows without outcomes → the scorecard vector to expect of them


@dataclass(frozen=True, slots=True)
class Estimator:
    """One way to say how good a model probably is while outcomes are not known.

    `estimates`: the metrics it can tell, by task. `fit(card, reference)` learns from rows with outcomes; what it
    returns gives the scorecard vector (float64[width]) to expect of other rows. `needs`: the package it is made with.
    """

    title: str
    estimates: Mapping[str, tuple[str, ...]]
    fit: Callable[[Scorecard, Rows], Expect]
    needs: str = ""

    def learn(self, card: Scorecard, reference: Rows) -> Expect:
        """What `fit` learns; raises InvalidInput for another task, and where the package it needs is not installed."""
        if card.task not in self.estimates:
            known = ", ".join(self.estimates)
            raise InvalidInput(f"{self.title} estimates the quality of {known} models, not of {card.task} ones.")
        try:
            return self.fit(card, reference)
        except ModuleNotFoundError as missing:
            raise InvalidInput(
                f"{self.title} needs {self.needs or missing.name}: run `pip install 'seamark[estimate]'`."
            ) from missing

    def metrics(self, card: Scorecard, expected: Floats) -> dict[str, Metric]:
        """The estimates of an expected vector, each with the interval in which so many rows would realise it."""
        told = self.estimates.get(card.task, ())
        return {name: metric for name, metric in card.metrics(expected).items() if name in told}


def estimators() -> Mapping[str, Estimator]:
    """Every estimator there is, by name."""
    return cast("Mapping[str, Estimator]", discover("seamark.stats.estimators", "ESTIMATOR"))
