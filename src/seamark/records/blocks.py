"""Blocks: many signals of one window in one stored value, and the files of rows beside them."""

from __future__ import annotations

from dataclasses import dataclass

from seamark.records.answer import Answer
from seamark.records.log import Change, SetAside
from seamark.records.model import (
    Model,
    StoredAttribution,
    StoredBaseline,
    StoredBinSet,
    StoredCalibration,
    StoredMonitorSet,
    StoredScorecard,
)
from seamark.records.silence import Acknowledgement, Silence
from seamark.records.window import Window


@dataclass(frozen=True, slots=True, order=True)
class ProfileKey:
    """Where a profile block belongs. Blocks are always one UTC hour; longer windows are sums of hours."""

    project: str
    model: str
    bin_set: int
    version: str
    segment: str  # "" = all traffic, else "dimension=value"
    hour_us: int


@dataclass(frozen=True, slots=True)
class ProfileBlock:
    """`payload` is `seamark.stats.profile.Profile.to_bytes()`; `rows` its distinct predictions."""

    key: ProfileKey
    rows: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class EvaluationBlock:
    """All monitors of a model on one window. `payload` is `seamark.stats.columns.pack(...)`.

    Arrays, one item per monitor of `monitor_set`: value, threshold, exceedance, effect, p (float32),
    n (float64), status (uint8: see records.evaluation.Status).
    """

    project: str
    model: str
    version: str  # "" = all versions together
    segment: str  # "" = all traffic
    window: Window
    monitor_set: int
    rows: int
    payload: bytes
    late: bool = False  # evaluated again because rows arrived late
    of_outcomes: bool = False  # what came true says it, weeks later as a rule, beside what the predictions said
    seq: int = 0  # given by the store, increasing: the fast lane's watermark is one of these


@dataclass(frozen=True, slots=True)
class RowFile:
    """A Parquet file of rows listed in the manifest. `path` is relative to the store's folder."""

    id: int  # 0 until the store lists it
    kind: str  # "predictions" | "outcomes" | "reference"
    project: str
    model: str
    path: str
    rows: int
    size_bytes: int
    first_time_us: int
    last_time_us: int  # inclusive
    last_seq: int  # the newest log entry that has rows in it
    schema: str = ""  # the same for files with the same columns, which is what it takes to merge into one


@dataclass(frozen=True, slots=True)
class SlowStep:
    """What one step of the slow lane changes; applied in one transaction, or not at all."""

    watermark_seq: int  # every log entry up to here is now accounted for
    models: tuple[Model, ...] = ()  # whole, replacing what is stored
    new_files: tuple[RowFile, ...] = ()
    dropped_files: tuple[int, ...] = ()
    blocks: tuple[ProfileBlock, ...] = ()  # whole, replacing what is stored under their key
    dirty: tuple[tuple[str, str, int], ...] = ()  # (project, model, hour_us) whose evaluations are out of date
    cleaned: tuple[tuple[str, str, int], ...] = ()  # the same, evaluated by this step
    evaluations: tuple[EvaluationBlock, ...] = ()
    bin_sets: tuple[StoredBinSet, ...] = ()  # whole, replacing by id
    baselines: tuple[StoredBaseline, ...] = ()
    attributions: tuple[StoredAttribution, ...] = ()  # whole, replacing by bin set, target and source
    calibrations: tuple[StoredCalibration, ...] = ()  # whole, replacing that of their model
    monitor_sets: tuple[StoredMonitorSet, ...] = ()
    scorecards: tuple[StoredScorecard, ...] = ()  # whole, replacing by id
    changes: tuple[Change, ...] = ()
    answers: tuple[Answer, ...] = ()
    silences: tuple[Silence, ...] = ()  # whole, replacing by id
    acknowledgements: tuple[Acknowledgement, ...] = ()  # the newest of an incident counts
    set_aside: tuple[SetAside, ...] = ()  # entries up to `watermark_seq` that nothing of this accounts for
    retried: tuple[int, ...] = ()  # entries set aside before that stand in the log anew, under a later seq
