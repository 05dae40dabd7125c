"""What a comparison finds: one verdict per column, with the checks it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seamark.compare.chunks import Counts, Reading
from seamark.compare.evidence import Bars, Side, Unseen
from seamark.compare.quality import Quality
from seamark.compare.roles import ColumnRole, Roles


class Verdict(StrEnum):
    """Every column gets one; the order is that of a report."""

    TYPE_CHANGED = "type changed"
    GONE = "gone"
    DRIFTED = "drifted"
    NEW = "new"
    STABLE = "stable"
    NOT_ENOUGH = "not enough data"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a check says drift: adjusted p below `alpha` *and* an effect of at least the smallest that matters.

    p alone calls any harmless difference significant once rows are many; an effect alone is noise while they
    are few.
    """

    alpha: float = 0.01  # expected share of false ones among the checks called drift (Benjamini-Hochberg)
    smallest_distance: float = 0.05  # debiased Jensen-Shannon distance; a normal's shift by 0.12 sd, or 9 % more sd
    smallest_share: float = 0.02  # of missing, mistyped or unseen values: 2 points
    min_rows: int = 50  # on either side; below, "not enough data"


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of one column."""

    name: str  # distribution | missing | mistyped | unseen
    statistic: str
    unit: str
    value: float  # as measured; of missing and mistyped values the change of their share
    effect: float  # what is left of its size without sampling noise; compared with `threshold`
    threshold: float
    p: float
    p_adjusted: float
    drifted: bool

    @property
    def exceedance(self) -> float:
        """Effect in thresholds: 1 is just past it."""
        return self.effect / self.threshold if self.threshold > 0 else self.effect


@dataclass(frozen=True, slots=True)
class Shift:
    """Another distance of the same two distributions, for who knows it better."""

    value: float
    debiased: float
    p: float
    unit: str


@dataclass(frozen=True, slots=True)
class Impact:
    """By how much a feature's drift should have moved the mean of `score`; see `impact.impacts`."""

    score: str  # the column
    change: float  # in its unit
    in_sd: float  # in its standard deviation in the reference


@dataclass(frozen=True, slots=True)
class ColumnFinding:
    """One column's verdict. Sides are None where a data set does not have the column, or it was not read."""

    name: str
    role: ColumnRole
    verdict: Verdict
    summary: str  # one sentence: what changed, or why there is nothing to say
    reference_type: str = ""
    current_type: str = ""
    reading: Reading | None = None  # of both sides; times are in seconds since 1970 UTC
    checks: tuple[Check, ...] = ()
    reference: Side | None = None
    current: Side | None = None
    bars: Bars = field(default_factory=Bars.none)
    unseen: Unseen | None = None
    distances: Mapping[str, Shift] = field(default_factory=dict)
    impact: Impact | None = None
    masses: tuple[Counts, Counts] | None = field(default=None, compare=False)  # both sides in the bins distances use

    @property
    def leading(self) -> Check | None:
        """The check that says most: the drifted one furthest past its threshold; of none, the distribution's."""
        drifted = [check for check in self.checks if check.drifted]
        return max(drifted, key=lambda check: check.exceedance, default=next(iter(self.checks), None))


@dataclass(frozen=True, slots=True)
class DataSet:
    """One of the two data sets."""

    name: str
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Findings:
    """All columns, those that matter most first."""

    reference: DataSet
    current: DataSet
    roles: Roles
    rule: Rule
    columns: tuple[ColumnFinding, ...]
    quality: Quality | None = None  # where outcomes are known on the reference's side

    def with_verdict(self, *verdicts: Verdict) -> tuple[ColumnFinding, ...]:
        """The columns with one of these verdicts, in order."""
        return tuple(column for column in self.columns if column.verdict in verdicts)


def by_importance(column: ColumnFinding) -> tuple[int, float, float, str]:
    """Sort key: by verdict; the drifted by what they did to the score, then by how far past the threshold.

    Impacts within half a hundredth of the score's standard deviation of each other are alike.
    """
    leading = column.leading
    return (
        list(Verdict).index(column.verdict),
        -abs(round(column.impact.in_sd, 2)) if column.impact else 0.0,
        -(leading.exceedance if leading else 0.0),
        column.name,
    )
