"""A user's model as Seamark knows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from seamark.records.outcomes import Outcomes

YOUNG_US = 7 * 24 * 3600 * 1_000_000
FEWEST_WINDOWS = 84  # fewer know too little of what is usual: thresholds of 28 days were passed by nothing twice


class Task(StrEnum):
    """What a model answers; inferred from its rows unless configured."""

    UNKNOWN = "unknown"
    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


@dataclass(frozen=True, slots=True)
class Model:
    """State the slow lane keeps per model. Everything here is derived from the log and the configuration."""

    project: str
    name: str
    created_us: int
    task: Task = Task.UNKNOWN
    versions: tuple[str, ...] = ()
    since_us: tuple[int, ...] = ()  # the first row of each version; empty where an older Seamark kept none
    rows: int = 0  # distinct predictions stored
    duplicates: int = 0
    first_time_us: int | None = None  # of a prediction
    last_time_us: int | None = None
    bin_set: int | None = None  # the active one
    baseline: int | None = None
    monitor_set: int | None = None
    segment_monitor_set: int | None = None  # of each segment that is judged
    version_monitor_set: int | None = None  # of each version that is compared with the rest
    segments: tuple[str, ...] = ()  # "DIMENSION=VALUE" that have blocks of their own in the active bin set
    building_segments: tuple[str, ...] = ()  # the same in the one that is being built
    window_us: int | None = None  # None until traffic has shown which fits
    evaluated_through_us: int | None = None
    retired: bool = False
    scorecard: int | None = None  # the active one
    outcomes: Outcomes | None = None  # None until the first one came
    outcome_monitor_set: int | None = None  # of what is judged once outcomes are known
    outcomes_through_us: int | None = None  # the end of the newest window of which enough were

    @property
    def first_us(self) -> dict[str, int]:
        """When each version answered first; what is not known counts as from the beginning."""
        if len(self.since_us) != len(self.versions):
            return dict.fromkeys(self.versions, self.first_time_us or 0)
        return dict(zip(self.versions, self.since_us, strict=True))


@dataclass(frozen=True, slots=True)
class StoredScorecard:
    """How a model's predictions are counted once their outcomes are known.

    `payload` is `seamark.profile.grading.Grading.to_bytes()`; the blocks of the scorecard stand under its id as if it
    were a bin set, in the segments of the bin set it was made for.
    """

    id: int
    project: str
    model: str
    created_us: int
    bin_set: int
    covered_seq: int  # its blocks hold the predictions of every row file up to this log entry, with all outcomes
    payload: bytes


class AttributionSource(StrEnum):
    """Where attributions come from, the better one last."""

    REFERENCE = "reference"  # the reference's mean score per bin
    UPLOADED = "uploaded"  # an explanation of the model, such as SHAP values


@dataclass(frozen=True, slots=True)
class StoredBinSet:
    """A frozen binning of a model's signals. `payload` is `seamark.stats.profile.BinSet.to_bytes()`."""

    id: int
    project: str
    model: str
    created_us: int
    provisional: bool  # made from early traffic, not from a reference
    covered_seq: int  # its profile blocks hold every stored row up to this log entry
    payload: bytes


@dataclass(frozen=True, slots=True)
class StoredBaseline:
    """What windows are compared with. `payload` is a profile (`Profile.to_bytes()`) in the bin set `bin_set`."""

    id: int
    project: str
    model: str
    bin_set: int
    kind: str  # "static" | "rolling"
    created_us: int
    rows: int
    source: str  # a sentence for people: "reference of 50,000 rows uploaded 2026-11-01"
    payload: bytes
    first_time_us: int | None = None  # of the rows it was made from; None where an older Seamark made it
    last_time_us: int | None = None  # inclusive


@dataclass(frozen=True, slots=True)
class StoredAttribution:
    """What each feature adds to the mean prediction, per bin of a bin set; one per bin set, target and source.

    `payload` is `seamark.stats.attribution.Attribution.to_bytes()`.
    """

    bin_set: int
    project: str
    model: str
    target: str  # which number it adds to: "score", "score.CLASS", "prediction", "prediction=CLASS"
    source: AttributionSource
    created_us: int
    payload: bytes


def prevailing(stored: Iterable[StoredAttribution], bin_set: int) -> dict[str, StoredAttribution]:
    """The attributions to use with a bin set, by target: an uploaded one wins over the reference's."""
    found: dict[str, StoredAttribution] = {}
    for each in stored:
        if each.bin_set == bin_set and (each.target not in found or each.source is AttributionSource.UPLOADED):
            found[each.target] = each
    return found


@dataclass(frozen=True, slots=True)
class StoredCalibration:
    """What is usual for a model, and its thresholds; one per model, the newest.

    `payload` is `seamark.detect.stored.to_bytes()`.
    """

    id: int
    project: str
    model: str
    bin_set: int
    created_us: int
    through_us: int  # the end of the history it was learned from
    window_us: int  # the windows it is for
    summary: str  # a sentence for people: which baseline, from what, and why
    wish: str  # what the owner asked for: another wish makes another calibration
    payload: bytes
    baseline: str = ""  # the model's: seasonal | rolling | static
    budget: float = 0.0  # false incidents a month
    level: float = 0.0  # -log10 p that a window has to pass


def fits(calibration: StoredCalibration, model: Model) -> bool:
    """Whether it was learned for the model's present bins and windows."""
    return (calibration.bin_set, calibration.window_us) == (model.bin_set, model.window_us)


def is_young(model: Model) -> bool:
    """Whether nobody can know yet how the model's traffic goes: it has been judged for less than a week."""
    first_us = model.first_time_us or 0
    return (model.evaluated_through_us or first_us) - first_us < YOUNG_US


def first_whole_us(model: Model, length_us: int) -> int:
    """The start of the first window of a length that can be whole."""
    return -(-(model.first_time_us or 0) // length_us) * length_us


def learns_from_us(model: Model, length_us: int) -> int:
    """When there is enough history of windows of a length to learn the first thresholds from."""
    return first_whole_us(model, length_us) + max(YOUNG_US, FEWEST_WINDOWS * length_us)


@dataclass(frozen=True, slots=True)
class StoredMonitorSet:
    """The ordered monitors that evaluation blocks of this id are columns of; `payload` is JSON."""

    id: int
    project: str
    model: str
    payload: bytes
