"""The rules of other monitors, as formulas on a fleet's bins: their statistics, default thresholds and alarms.

The packages themselves take rows, which a simulated fleet of bins has none of; these are their published
formulas. Everything is compared with one fixed reference: all history before the test weeks together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from simulator import BINS, Fleet

from seamark.stats.special import chi_squared_sf, kolmogorov_sf

DAY = 24
SPANS = (1, 6, 24)  # trailing hours that a statistic is taken over, every hour
TINY = 1e-300
LEAST_SHARE = 1e-4  # what an empty bin counts as, so that PSI stays finite
STATISTICS = ("JS distance", "PSI", "KS statistic", "KS p-value", "Wasserstein")
STANDARDISED = ("JS distance", "PSI", "KS statistic", "Wasserstein")  # also as mean + k sd of the history's windows
LN2 = np.log(2)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reference:
    """What windows of a fleet are compared with: for each kind shares [S, K], and the rows behind them [S]."""

    shares: dict[str, Floats]
    rows: dict[str, Floats]
    reach: Floats  # [numeric, edges]

    @classmethod
    def of(cls, fleet: Fleet, counts: NDArray[np.float32]) -> Reference:
        """From all hours of float32[T, N] history."""
        sums = {kind: of.sum(axis=2) for kind, of in by_kind(fleet, counts).items()}
        rows = {kind: of.sum(axis=1) for kind, of in sums.items()}
        reach = np.array([each.reach[1:-1] for each in fleet.series if each.kind == "numeric"])
        return cls({kind: of / rows[kind][:, None] for kind, of in sums.items()}, rows, reach)


def by_kind(fleet: Fleet, counts: NDArray[np.float32]) -> dict[str, Floats]:
    """float64[S, K, N] of each kind; what lies beyond the reference's range joins the outer bins."""
    hours = counts.shape[1]
    ends = np.cumsum(
        [
            sum(size for kind, size in zip(fleet.kinds, fleet.sizes, strict=True) if kind == each)
            for each in ("numeric", "categorical", "ratio")
        ]
    )
    numeric, categorical, ratio = np.split(counts.astype(np.float64), ends[:-1])
    numeric = numeric.reshape(-1, BINS, hours)
    numeric[:, 1] += numeric[:, 0]
    numeric[:, -2] += numeric[:, -1]
    return {
        "numeric": numeric[:, 1:-1],
        "categorical": categorical.reshape(fleet.categorical, -1, hours),
        "ratio": ratio.reshape(fleet.ratio, -1, hours),
    }


def trailing(counts: Floats, span: int) -> Floats:
    """Each hour and the span - 1 before it."""
    total = np.cumsum(counts, axis=-1)
    total[..., span:] -= total[..., :-span].copy()
    return total


def statistics(fleet: Fleet, reference: Reference, counts: NDArray[np.float32], span: int) -> dict[str, Floats]:
    """float64[S, N] of each statistic, larger meaning more drift, in the fleet's order of series."""
    found: dict[str, list[Floats]] = {name: [] for name in STATISTICS}
    for kind, cells in by_kind(fleet, counts).items():
        if len(cells):
            for name, value in _of_kind(kind, trailing(cells, span), reference).items():
                found[name].append(value)
    return {name: np.concatenate(values) for name, values in found.items()}


def _of_kind(kind: str, counts: Floats, reference: Reference) -> dict[str, Floats]:
    q, m = reference.shares[kind][:, :, None], reference.rows[kind][:, None]
    n = np.maximum(counts.sum(axis=1), 1)
    p = counts / n[:, None]
    floored_p, floored_q = np.maximum(p, LEAST_SHARE), np.maximum(q, LEAST_SHARE)
    js = np.sqrt(np.maximum(_divergence(p, q), 0) / LN2)
    found = {"JS distance": js, "PSI": ((floored_p - floored_q) * np.log(floored_p / floored_q)).sum(axis=1)}
    if kind == "numeric":
        apart = np.abs(np.cumsum(p - q, axis=1)[:, :-1])
        found["KS statistic"] = apart.max(axis=1)
        chance = kolmogorov_sf(found["KS statistic"] * np.sqrt(n * m / (n + m)))
        found["Wasserstein"] = (apart * reference.reach[:, :, None]).sum(axis=1)
    else:
        found["KS statistic"] = np.abs(p - q).max(axis=1)
        pooled = (counts + q * m[:, None]) / (n + m)[:, None]
        squares = ((p - q) ** 2 / np.maximum(pooled, TINY)).sum(axis=1) * n * m / (n + m)
        chance = chi_squared_sf(squares, np.full_like(squares, counts.shape[1] - 1))
        found["Wasserstein"] = js * np.sqrt(LN2)  # Evidently's choice for categories: JS distance in nats
    found["KS p-value"] = -np.log10(np.maximum(chance, TINY))
    return found


def _divergence(p: Floats, q: Floats) -> Floats:
    middle = (p + q) / 2
    return ((_xlogx(p) + _xlogx(np.broadcast_to(q, p.shape))) / 2 - _xlogx(middle)).sum(axis=1)


def _xlogx(of: Floats) -> Floats:
    return of * np.log(np.maximum(of, TINY))


@dataclass(frozen=True)
class Default:
    """A rule as its maker ships it: which statistic, over how many hours, and where it calls drift."""

    name: str
    statistic: str
    span: int
    threshold: float  # for "mean + k sd": k
    standardised: bool = False


def defaults(series: int) -> list[Default]:
    """The peers' rules for a fleet of so many series."""
    return [
        Default("Evidently: Wasserstein ≥ .1 sd, JS ≥ .1 (nats); 24 h", "Wasserstein", 24, 0.1),
        Default("NannyML: JS distance > .1; 24 h", "JS distance", 24, 0.1),
        Default("NannyML-style: JS > mean + 3 sd of the history's hours; 1 h", "JS distance", 1, 3.0, True),
        Default("whylogs: KS or χ² p < .05; 24 h", "KS p-value", 24, -np.log10(0.05)),
        Default("KS or χ² p < .05; 1 h", "KS p-value", 1, -np.log10(0.05)),
        Default("alibi-detect: KS or χ² p < .05 / series; 1 h", "KS p-value", 1, -np.log10(0.05 / series)),
        Default("PSI > .2; 1 h", "PSI", 1, 0.2),
    ]


def every_rule() -> list[tuple[str, int, bool]]:
    """(statistic, span, standardised) of all rules whose threshold is tuned."""
    return [(name, span, False) for name in STATISTICS for span in SPANS] + [
        (name, span, True) for name in STANDARDISED for span in SPANS
    ]


def beyond_usual(values: Floats, usual: tuple[Floats, Floats]) -> Floats:
    """In standard deviations of the history's windows above their mean."""
    mean, deviation = usual
    return (values - mean[:, None]) / np.maximum(deviation, 1e-12)[:, None]


def usual_of(values: Floats, span: int) -> tuple[Floats, Floats]:
    """Mean and sd of the history's windows."""
    whole = values[:, span - 1 :]
    return whole.mean(axis=1), whole.std(axis=1)


def incidents(highest: Floats, threshold: float) -> int:
    """How often any series passed the threshold after a day in which none did; `highest` [N] over the series."""
    return len(_begins(np.flatnonzero(highest > threshold)))


def hours_in_alarm(highest: Floats, threshold: float) -> int:
    """An alarm lasts until 24 h went by without passing the threshold."""
    above = np.cumsum(np.concatenate([np.zeros(DAY), highest > threshold]))
    return int((above[DAY:] > above[:-DAY]).sum())


def alarms(values: Floats, threshold: float) -> int:
    """Of all series on their own."""
    return sum(len(_begins(np.flatnonzero(each > threshold))) for each in values)


def _begins(at: NDArray[np.int64]) -> NDArray[np.int64]:
    return at[np.diff(at, prepend=-2 * DAY) > DAY]


def tuned(highest: Sequence[Floats], wanted: int) -> float:
    """The lowest threshold at which these quiet fleets together see no more than `wanted` incidents."""
    peaks = np.sort(np.concatenate(highest))[::-1]

    def seen(place: int) -> int:
        return sum(incidents(each, peaks[place]) for each in highest)

    low, high = 0, 1  # places of thresholds among the peaks, at which fewer and more are seen
    while high < len(peaks) - 1 and seen(high) <= wanted:
        low, high = high, min(2 * high, len(peaks) - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if seen(middle) <= wanted else (low, middle)
    return float(peaks[low])
