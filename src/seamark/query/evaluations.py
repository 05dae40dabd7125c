"""Evaluation blocks as a table of monitors by windows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.query.recent import Recent
from seamark.records.blocks import EvaluationBlock
from seamark.records.model import Model
from seamark.records.monitor import Monitor, monitors_from_json
from seamark.records.signals import BUSINESS, QUALITY
from seamark.records.window import Window
from seamark.store.protocol import Store

NOT_EVALUATED = 255
_NAN = float("nan")
_Route = NDArray[np.intp] | slice
_NOTHING = {
    "value": _NAN,
    "threshold": _NAN,
    "exceedance": _NAN,
    "n": _NAN,
    "now": _NAN,
    "usual": _NAN,
    "status": float(NOT_EVALUATED),
    "span": 1.0,  # windows that the value is about, up to this one; more with learned thresholds and in a first week
}  # and what stands where a window was judged without the monitor
FIELDS = tuple(_NOTHING)
_RECENT = Recent()


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


def read(
    store: Store,
    model: Model,
    window: Window,
    *,
    version: str = "",
    segment: str = "",
    fields: Collection[str] = FIELDS,
    only: str | None = None,
) -> Table:
    """The evaluations of a model over `window`, in the order of its present monitors, or of the one named `only`.

    Windows of a length the model no longer uses are left out where newer ones overlap them.
    """
    seen, told = (
        {block.window: block for block in _present(found)}
        for found in (
            store.slow.evaluations(
                *(model.project, model.name, window), version=version, segment=segment, of_outcomes=of_outcomes
            )
            for of_outcomes in (False, True)
        )
    )
    others = [w for w in told if w in seen or not any(w.overlaps(each) for each in seen)]
    windows = sorted({*seen, *others})
    present = monitors_of(store, model, version=version, segment=segment)
    if only is not None:
        present = tuple(monitor for monitor in present if monitor.name == only)
    # A window at a time, because that is how they are stored; seen the other way round in the end.
    arrays = {field: np.full((len(windows), len(present)), _NOTHING[field]) for field in fields}
    routes: dict[int, tuple[_Route, _Route]] = {}
    places = {each: place for place, each in enumerate(windows)}
    for block in (*seen.values(), *(told[each] for each in others)):
        if block.monitor_set not in routes:
            routes[block.monitor_set] = _route(_monitors(store, block.monitor_set), present)
        source, target = routes[block.monitor_set]
        unpacked = _RECENT.unpacked(block.payload)
        for field in arrays.keys() & unpacked.keys():  # older blocks have fewer
            arrays[field][places[block.window], target] = unpacked[field][source]
    turned = {field: array.T for field, array in arrays.items()}
    return Table(present, tuple(windows), tuple((seen.get(each) or told[each]).rows for each in windows), turned)


def _route(stored: tuple[Monitor, ...], present: tuple[Monitor, ...]) -> tuple[_Route, _Route]:
    """Where the columns of a stored set stand, and where they belong; a slice where they stand side by side."""
    names = {monitor.name: place for place, monitor in enumerate(present)}
    first = names.get(stored[0].name, 0) if stored else 0
    if [monitor.name for monitor in stored] == [monitor.name for monitor in present[first : first + len(stored)]]:
        return slice(None), slice(first, first + len(stored))
    pairs = [(source, names[m.name]) for source, m in enumerate(stored) if m.name in names]
    source, target = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return source, target


def nullable(values: NDArray[np.float64]) -> list[float | None]:
    """A list with None for NaN and ±inf, which JSON cannot say; six digits are plenty for a screen."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values.tolist()]


def monitors_of(store: Store, model: Model, *, version: str = "", segment: str = "") -> tuple[Monitor, ...]:
    """The present monitors of a model, of one of its versions or of one of its segments; those of outcomes last."""
    apart = model.segment_monitor_set if segment else model.version_monitor_set if version else None
    later = _monitors(store, model.outcome_monitor_set)
    return (
        *_monitors(store, model.monitor_set if apart is None else apart),
        *(each for each in later if not (version or segment) or each.signal.startswith((QUALITY, BUSINESS))),
    )


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
