"""Evaluation blocks as a table of monitors by windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.records.blocks import EvaluationBlock
from seamark.records.model import Model
from seamark.records.monitor import Monitor, monitors_from_json
from seamark.records.window import Window
from seamark.stats import columns
from seamark.store.protocol import Store

NOT_EVALUATED = 255
_NAN = float("nan")
_FIELDS = {
    "value": _NAN,
    "threshold": _NAN,
    "exceedance": _NAN,
    "n": _NAN,
    "now": _NAN,
    "usual": _NAN,
    "status": float(NOT_EVALUATED),
    "span": 1.0,  # windows that the value is about, up to this one; more with learned thresholds and in a first week
}  # and what stands where a window was judged without the monitor


@dataclass(frozen=True, slots=True)
class Table:
    """Arrays of [monitor, window]; NaN (status: NOT_EVALUATED) where a window was judged without the monitor."""

    monitors: tuple[Monitor, ...]
    windows: tuple[Window, ...]
    rows: tuple[int, ...]
    arrays: dict[str, NDArray[np.float64]]

    def place(self, monitor: str) -> int | None:
        """The row of a monitor by name."""
        return next((place for place, each in enumerate(self.monitors) if each.name == monitor), None)


def read(store: Store, model: Model, window: Window, *, version: str = "", segment: str = "") -> Table:
    """The evaluations of a model over `window`, in the order of its present monitors.

    Windows of a length the model no longer uses are left out where newer ones overlap them.
    """
    blocks = _present(store.slow.evaluations(model.project, model.name, window, version=version, segment=segment))
    apart = model.segment_monitor_set if segment else model.version_monitor_set if version else None
    present = _monitors(store, model.monitor_set if apart is None else apart)
    names = {monitor.name: place for place, monitor in enumerate(present)}
    arrays = {field: np.full((len(present), len(blocks)), nothing) for field, nothing in _FIELDS.items()}
    routes: dict[int, tuple[NDArray[np.intp], NDArray[np.intp]]] = {}
    for place, block in enumerate(blocks):
        if block.monitor_set not in routes:
            stored = _monitors(store, block.monitor_set)
            pairs = [(source, names[m.name]) for source, m in enumerate(stored) if m.name in names]
            routes[block.monitor_set] = tuple(np.array(pairs, dtype=np.intp).reshape(-1, 2).T)  # type: ignore[assignment]
        source, target = routes[block.monitor_set]
        unpacked = columns.unpack(block.payload)
        for field in _FIELDS.keys() & unpacked.keys():  # older blocks have fewer
            arrays[field][target, place] = unpacked[field][source]
    return Table(present, tuple(block.window for block in blocks), tuple(block.rows for block in blocks), arrays)


def nullable(values: NDArray[np.float64]) -> list[float | None]:
    """A list with None for NaN and ±inf, which JSON cannot say; six digits are plenty for a screen."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values.tolist()]


def _monitors(store: Store, id: int | None) -> tuple[Monitor, ...]:
    stored = store.slow.monitor_set(id) if id is not None else None
    return monitors_from_json(stored.payload) if stored is not None else ()


def _present(blocks: list[EvaluationBlock]) -> list[EvaluationBlock]:
    """No two overlap: the one evaluated last wins."""
    kept: list[EvaluationBlock] = []
    for block in sorted(blocks, key=lambda block: (block.window.start_us, -block.window.length_us)):
        while kept and kept[-1].window.overlaps(block.window) and kept[-1].seq < block.seq:
            kept.pop()
        if not kept or not kept[-1].window.overlaps(block.window):
            kept.append(block)
    return kept
