"""From evidence to checks: effects, p-values, and the one-shot rule over all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from seamark.compare.chunks import Column, Counts, Floats, Reading
from seamark.compare.evidence import Evidence, Side, Unseen
from seamark.compare.findings import Check, Rule, Shift
from seamark.stats.distance import distances
from seamark.stats.distances.jensen_shannon import DISTANCE as JENSEN_SHANNON
from seamark.stats.sample import Sample
from seamark.stats.verdict import benjamini_hochberg, drifted

_SHARE_UNIT: Final = "share of rows"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the statistics say of one column; without checks there was too little to ask."""

    checks: tuple[Check, ...]
    distances: Mapping[str, Shift]


@dataclass(frozen=True, slots=True)
class _Measured:
    """A check before all p-values are adjusted together."""

    column: int
    name: str
    statistic: str
    unit: str
    value: float
    effect: float
    threshold: float
    p: float


def judge(evidence: Sequence[Evidence], rule: Rule) -> list[Judgement]:
    """One judgement per column, each p-value adjusted for all checks of all columns."""
    measured = [*_distributions(evidence, rule), *_shares(evidence, rule)]
    adjusted = benjamini_hochberg([one.p for one in measured])
    effects, thresholds = (np.array([getattr(one, name) for one in measured]) for name in ("effect", "threshold"))
    verdicts = drifted(adjusted, effects, thresholds, alpha=rule.alpha)
    checks: list[list[Check]] = [[] for _ in evidence]
    for one, p_adjusted, is_drift in zip(measured, adjusted.tolist(), verdicts.tolist(), strict=True):
        checks[one.column].append(
            Check(one.name, one.statistic, one.unit, one.value, one.effect, one.threshold, one.p, p_adjusted, is_drift)
        )
    shifts = _other_distances(evidence, rule)
    return [Judgement(tuple(of_column), shifts.get(column, {})) for column, of_column in enumerate(checks)]


def has_enough(one: Evidence, rule: Rule) -> bool:
    """Whether the distributions of a column can be compared."""
    return bool(min(one.reference_bins.sum(), one.current_bins.sum()) >= max(rule.min_rows, 1))


def _distributions(evidence: Sequence[Evidence], rule: Rule) -> list[_Measured]:
    places = [at for at, one in enumerate(evidence) if has_enough(one, rule)]
    if not places:
        return []
    current, reference = _samples([evidence[at] for at in places])
    result = JENSEN_SHANNON.evaluate(current, reference)
    columns = zip(places, result.value.tolist(), result.debiased.tolist(), result.p.tolist(), strict=True)
    return [
        _Measured(
            at, "distribution", JENSEN_SHANNON.name, JENSEN_SHANNON.unit, value, effect, rule.smallest_distance, p
        )
        for at, value, effect, p in columns
    ]


def _shares(evidence: Sequence[Evidence], rule: Rule) -> list[_Measured]:
    """Checks of the shares of missing, mistyped and unseen values."""
    found: list[_Measured] = []
    for at, one in enumerate(evidence):
        ours, theirs = one.reference, one.current
        if min(ours.rows, theirs.rows) < rule.min_rows:
            continue
        found.append(_share(at, "missing", ours.missing, ours.rows, theirs.missing, theirs.rows, rule))
        if ours.mistyped or theirs.mistyped:
            found.append(_share(at, "mistyped", ours.mistyped, ours.rows, theirs.mistyped, theirs.rows, rule))
        if one.unseen is not None and min(ours.present, theirs.present) >= rule.min_rows:
            found.append(_unseen(at, one.unseen, ours.present, theirs.present, rule))
    return found


def _share(at: int, name: str, ours: int, m: int, theirs: int, n: int, rule: Rule) -> _Measured:
    """The change of a share, p from the difference of arcsines of roots.

    Their variance, ¼(1/n + 1/m), does not depend on the share; 3/8 of a row keeps that true for few rows
    (F. Anscombe, Biometrika 35, 1948).
    """
    arcs = [math.asin(math.sqrt((count + 0.375) / (rows + 0.75))) for count, rows in ((theirs, n), (ours, m))]
    p = _two_sided((arcs[0] - arcs[1]) / math.sqrt((1 / (n + 0.5) + 1 / (m + 0.5)) / 4))
    change = theirs / n - ours / m
    return _Measured(at, name, f"{name}_share", _SHARE_UNIT, change, abs(change), rule.smallest_share, p)


def _unseen(at: int, unseen: Unseen, m: int, n: int, rule: Rule) -> _Measured:
    """The share of unseen categories beyond what the reference's own population would show.

    Good and Turing expect once/m, with variance (once + 2·twice)/m² (W. Esty, Annals of Statistics 11(3), 1983).
    Where that is small, a category may still have been missed by chance: (1 - excess)^m.
    """
    share = unseen.rows / n
    excess = max(share - unseen.once / m, 0.0)
    variance = (unseen.once + 2 * unseen.twice) / m**2 + share * (1 - share) / n
    p = max(_two_sided(excess / math.sqrt(variance)) if variance > 0 else 0.0, (1 - excess) ** m)
    return _Measured(at, "unseen", "unseen_share", _SHARE_UNIT, share, excess, rule.smallest_share, p)


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _other_distances(evidence: Sequence[Evidence], rule: Rule) -> dict[int, dict[str, Shift]]:
    found: dict[int, dict[str, Shift]] = {}
    for kind in ("numeric", "categorical"):
        places = [at for at, one in enumerate(evidence) if has_enough(one, rule) and _kind(one.column) == kind]
        if not places:
            continue
        current, reference = _samples([evidence[at] for at in places])
        for name, distance in distances().items():
            if distance.needs == "values" or kind not in distance.kinds:
                continue
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # of numbers beyond 1e150
                result = distance.evaluate(current, reference)
            rows = zip(places, result.value.tolist(), result.debiased.tolist(), result.p.tolist(), strict=True)
            for at, value, debiased, p in rows:
                found.setdefault(at, {})[name] = Shift(value, debiased, p, distance.unit)
    return found


def _kind(column: Column) -> str:
    return "categorical" if column.reading is Reading.TEXT else "numeric"


def _samples(evidence: Sequence[Evidence]) -> tuple[Sample, Sample]:
    """(current, reference), padded to the most bins."""
    width = max(len(one.reference_bins) for one in evidence)
    centers = _padded([one.centers for one in evidence], width)
    return (
        _sample([one.current_bins for one in evidence], [one.current for one in evidence], centers, width),
        _sample([one.reference_bins for one in evidence], [one.reference for one in evidence], centers, width),
    )


def _sample(bins: Sequence[Counts], sides: Sequence[Side], centers: Floats, width: int) -> Sample:
    counts = _padded(bins, width)
    mean = np.array([side.mean for side in sides])
    sd = np.array([side.sd for side in sides])
    return Sample(counts, counts.sum(axis=1), centers, mean, sd)


def _padded(rows: Sequence[Counts] | Sequence[Floats], width: int) -> Floats:
    table = np.zeros((len(rows), width))
    for at, row in enumerate(rows):
        table[at, : len(row)] = row
    return table
