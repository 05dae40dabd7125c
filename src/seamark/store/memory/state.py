"""Everything a store in memory holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock

import pyarrow as pa

from seamark.errors import Unavailable
from seamark.records.alert import Alert
from seamark.records.answer import Answer
from seamark.records.blocks import EvaluationBlock, ProfileBlock, RowFile
from seamark.records.delivery import Delivery, Thread
from seamark.records.incident import Incident
from seamark.records.log import Change, LogEntry, SetAside
from seamark.records.metric import Component, Series
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
from seamark.records.token import StoredToken
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window
from seamark.store.stretches import Stretch


@dataclass(slots=True)
class State:
    """Everything one store holds. Whoever reads or writes holds `turn`."""

    turn: RLock = field(default_factory=RLock)
    closed: bool = False
    log: dict[int, LogEntry] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # → (seq, received_us)
    log_seq: int = 0
    watermark: int = 0
    set_aside: dict[int, SetAside] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)  # row files, listed or not, by path
    tables_written: int = 0
    files: dict[int, RowFile] = field(default_factory=dict)
    file_id: int = 0
    models: dict[tuple[str, str], Model] = field(default_factory=dict)
    bin_sets: dict[int, StoredBinSet] = field(default_factory=dict)
    baselines: dict[int, StoredBaseline] = field(default_factory=dict)
    attributions: dict[tuple[str, str, int, str, str], StoredAttribution] = field(default_factory=dict)
    calibrations: dict[tuple[str, str], StoredCalibration] = field(default_factory=dict)
    monitor_sets: dict[int, StoredMonitorSet] = field(default_factory=dict)
    scorecards: dict[int, StoredScorecard] = field(default_factory=dict)
    # (project, model, bin set, segment) → hour_us → version
    blocks: dict[tuple[str, str, int, str], dict[int, dict[str, ProfileBlock]]] = field(default_factory=dict)
    dirty: set[tuple[str, str, int]] = field(default_factory=set)
    evaluations: dict[tuple[str, str, str, str, bool, Window], EvaluationBlock] = field(default_factory=dict)
    by_seq: dict[int, EvaluationBlock] = field(default_factory=dict)  # the same ones
    evaluation_seq: int = 0
    evaluations_through: int = 0
    changes: dict[tuple[str, str], Change] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    live: dict[str, Alert] = field(default_factory=dict)  # those of them that are not resolved
    incidents: dict[str, Incident] = field(default_factory=dict)
    outbox: dict[tuple[str, int, str, str], Delivery] = field(default_factory=dict)
    threads: dict[tuple[str, str], Thread] = field(default_factory=dict)
    silences: dict[tuple[str, str], Silence] = field(default_factory=dict)
    acknowledgements: dict[str, Acknowledgement] = field(default_factory=dict)
    tokens: dict[str, StoredToken] = field(default_factory=dict)
    # (step_us, start_us, component) → its series over that block
    metric_blocks: dict[tuple[int, int, Component], list[Stretch]] = field(default_factory=dict)
    metric_series: set[Series] = field(default_factory=set)
    metric_refused_series: int = 0
    metric_states: dict[str, bytes] = field(default_factory=dict)
    verdicts: dict[tuple[Component, int], VerdictBlock] = field(default_factory=dict)  # by hour
    heard: dict[Component, int] = field(default_factory=dict)
    metrics_written: dict[str, dict[int, int]] = field(default_factory=dict)  # by project and hour
    judged_us: int = 0
    edges: dict[tuple[str, str, str], list[tuple[int, int]]] = field(default_factory=dict)  # when each was seen

    def __enter__(self) -> None:
        self.turn.acquire()
        if self.closed:
            self.turn.release()
            raise Unavailable("The store in memory has been closed.")

    def __exit__(self, *_: object) -> None:
        self.turn.release()
