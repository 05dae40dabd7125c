"""Evaluation blocks: a window's verdicts on all monitors, as arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seamark.errors import Corrupt
from seamark.records.blocks import EvaluationBlock
from seamark.records.evaluation import Evaluation, Status
from seamark.records.monitor import Monitor
from seamark.stats import columns

_LAYOUT = {
    "value": np.float32,
    "threshold": np.float32,
    "exceedance": np.float32,
    "effect": np.float32,
    "p": np.float32,
    "n": np.float64,
    "status": np.uint8,
    "span": np.int16,
    "now": np.float32,
    "usual": np.float32,
}
_LATELY = 64  # blocks: a step of the fast lane asks each several times
_ADDED_LATER = {"span": 1, "now": np.nan, "usual": np.nan}  # what blocks that were stored before say


def pack(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """The payload of an evaluation block; every array of the layout, one item per monitor."""
    every = {**{name: np.full(len(arrays["status"]), said) for name, said in _ADDED_LATER.items()}, **arrays}
    return columns.pack({name: every[name].astype(dtype) for name, dtype in _LAYOUT.items()})


@lru_cache(_LATELY)
def _read(payload: bytes) -> Mapping[str, NDArray[np.generic]]:
    """`columns.unpack`; the same arrays again, which nobody can write to, for what was read lately."""
    return columns.unpack(payload)


def unpack(block: EvaluationBlock) -> dict[str, NDArray[np.generic]]:
    """The arrays of a block; raises Corrupt when one is missing."""
    arrays = dict(_read(block.payload))
    for name, said in _ADDED_LATER.items():
        arrays.setdefault(name, np.full(len(arrays.get("value", ())), said, dtype=_LAYOUT[name]))
    missing = _LAYOUT.keys() - arrays.keys()
    if missing:
        raise Corrupt(f"Evaluation block {block.seq} lacks {', '.join(sorted(missing))}.")
    return arrays


def has_breach(block: EvaluationBlock) -> bool:
    """Whether any monitor is in breach."""
    return bool((unpack(block)["status"] == Status.BREACH).any())


def worth_a_look(
    block: EvaluationBlock, monitors: Sequence[Monitor], live: Collection[str]
) -> list[tuple[Monitor, Evaluation]]:
    """The evaluations that can change an alert: breaches, and any of a monitor named in `live`."""
    arrays = unpack(block)
    status = arrays["status"]
    wanted = np.flatnonzero(
        (status == Status.BREACH) | np.array([monitor.name in live for monitor in monitors], dtype=np.bool_)
    )
    return [(monitors[i], _evaluation(block, monitors[i], arrays, i)) for i in wanted.tolist()]


def quiet_signals(block: EvaluationBlock, monitors: Sequence[Monitor]) -> list[str]:
    """Signals none of whose monitors is elevated or in breach, and at least one of which is fine."""
    status = unpack(block)["status"]
    fine = dict.fromkeys(monitors[place].signal for place in np.flatnonzero(status == Status.OK).tolist())
    moved = np.flatnonzero((status == Status.ELEVATED) | (status == Status.BREACH))
    loud = {monitors[place].signal for place in moved.tolist()}
    return [signal for signal in fine if signal not in loud]


def _known(number: np.generic) -> float | None:
    return float(number) if np.isfinite(number) else None


def _evaluation(
    block: EvaluationBlock, monitor: Monitor, arrays: Mapping[str, NDArray[np.generic]], i: int
) -> Evaluation:
    return Evaluation(
        block_seq=block.seq,
        project=block.project,
        model=block.model,
        version=block.version,
        segment=block.segment,
        monitor=monitor.name,
        window=block.window,
        status=Status(int(arrays["status"][i])),
        value=float(arrays["value"][i]),
        threshold=float(arrays["threshold"][i]),
        effect=float(arrays["effect"][i]),
        n=float(arrays["n"][i]),
        p=float(arrays["p"][i]),
        late=block.late,
        provisional=monitor.provisional,
        span=int(arrays["span"][i]),
        now=_known(arrays["now"][i]),
        usual=_known(arrays["usual"][i]),
    )
