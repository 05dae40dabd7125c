"""How unusual a deviation is: the pooled survival function of many deviations, and its tail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.special import normal_isf

_POINTS: Final = 60
_BODY: Final = 2.0  # -log10 of the share beyond which the tail is a generalised Pareto distribution
_SHAPE_PRIOR: Final = 0.05
_SHAPE_WEIGHT: Final = 30.0  # exceedances that the prior of the shape is worth
_FEWEST: Final = 10  # exceedances for a fit
LEVELS: Final = np.linspace(0.0, _BODY, _POINTS).astype(np.float32)  # -log10 p of the empirical points

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """-log10 of the share of deviations above z: empirical to the last percent, generalised Pareto beyond.

    J. Pickands, Statistical inference using extreme order statistics, Annals of Statistics 3(1), 1975;
    fitted by probability-weighted moments (Hosking & Wallis, Technometrics 29(3), 1987). The shape is kept
    between 0 (a tail never ends, so that nothing unheard-of looks certain) and ½, and shrunk to 0.05.
    """

    points: Floats  # [60]: z at LEVELS
    scale: float
    shape: float

    @classmethod
    def of(cls, deviations: Floats) -> Tail:
        """From deviations of any shape, without NaN; few or none give a normal's tail."""
        z = np.sort(deviations, axis=None)
        if len(z) < 100:
            z = _normal_deviations()
        points = np.quantile(z, 1 - 10.0 ** -LEVELS.astype(np.float64)).astype(np.float32)
        for i in range(1, _POINTS):  # of deviations that are the same, none is rarer than they are together
            points[i] = max(points[i], np.nextafter(points[i - 1], np.float32(np.inf)))
        scale, shape = _pareto(z[z > points[-1]] - points[-1])
        return cls(points, max(scale, 1e-3), shape)

    def surprise(self, z: Floats) -> Floats:
        """-log10 p of each z, ≥ 0."""
        found = np.interp(z, self.points, LEVELS).astype(np.float32)
        beyond = z > self.points[-1]
        if beyond.any():
            y = (z[beyond] - self.points[-1]) / self.scale
            nats = np.log1p(self.shape * y) / self.shape if self.shape > 1e-6 else y
            found[beyond] = _BODY + nats / np.log(10)
        return found

    def deviation(self, surprise: float) -> float:
        """The z whose surprise this is."""
        if surprise <= _BODY:
            return float(np.interp(surprise, LEVELS, self.points))
        nats = (surprise - _BODY) * np.log(10)
        y = np.expm1(self.shape * nats) / self.shape if self.shape > 1e-6 else nats
        return float(self.points[-1] + self.scale * y)


def _pareto(excess: Floats) -> tuple[float, float]:
    """(scale, shape) of exceedances, sorted."""
    count = len(excess)
    if count < _FEWEST:
        return 0.4, _SHAPE_PRIOR
    mean = float(excess.mean())
    second = 2 * float(np.dot(np.arange(count), excess)) / (count * (count - 1)) - mean
    shape = 2 - mean / second if second > 0 else 0.0
    shape = (count * shape + _SHAPE_WEIGHT * _SHAPE_PRIOR) / (count + _SHAPE_WEIGHT)
    shape = float(np.clip(shape, 0.0, 0.5))
    return mean * (1 - shape), shape


@cache
def _normal_deviations() -> Floats:
    """|z| of a standard normal, 2,000 quantiles of it."""
    two_sided = 1 - (np.arange(2000) + 0.5) / 2000
    return normal_isf(two_sided / 2).astype(np.float32)
