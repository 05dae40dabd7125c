"""How good were the answers? Metrics of the predictions whose outcome is known, window by window."""

from __future__ import annotations

from typing import Any

import numpy as np

from seamark.clock import HOUR_US
from seamark.query.expected import ENOUGH_ROWS, expectation, misses_of, score_counts, why_none, widened
from seamark.query.graded import GradedWindows, active, graded_windows, learned_delays, reach_of, read_hours
from seamark.query.models import find_model, outcomes_of
from seamark.query.naming import milliseconds
from seamark.records import rows as columns
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.stats.delays import DelayCurve
from seamark.stats.expected import CAVEAT
from seamark.stats.grading import Grading
from seamark.stats.intervals import Metric
from seamark.store.protocol import Store

_FIELDS = ("value", "low", "high", "n")


def quality(
    store: Store, project: str, model: str, window: Window, version: str = "", segment: str = "", *, now_us: int
) -> dict[str, Any]:
    """Per window the metrics with their intervals, and how many of the expected outcomes they rest on.

    A window without a metric has null there, never 0. `business` has the declared metrics, with a sentence for one that
    cannot be counted, else null. `why` says in a sentence why there is none at all.
    """
    found = find_model(store, project, model, segment)
    length_us = found.window_us or HOUR_US
    whole, learned_from = reach_of(window, length_us, now_us)
    answer: dict[str, Any] = {
        "model": model,
        "version": version,
        "segment": segment,
        "from_ms": whole.start_us // 1000,
        "to_ms": whole.end_us // 1000,
        "window_ms": milliseconds(length_us),
        "outcomes": outcomes_of(found, now_us),
    }
    card = active(store, found)
    if card is None:
        nothing: dict[str, Any] = {
            "task": None,
            "outcome": None,
            "classes": [],
            "business": {},
            "why": _why(found),
            "estimated": None,
        }
        return answer | nothing | _nothing()
    id_, grading = card
    # The delays of all versions: a new one has none of its own yet.
    curve = learned_delays(read_hours(store, found, id_, grading, learned_from, segment=segment), now_us)
    hours = read_hours(store, found, id_, grading, whole, version=version, segment=segment)
    graded = graded_windows(hours, curve, length_us, now_us)
    return answer | {
        "task": grading.card.task,
        "outcome": grading.outcome.removeprefix(columns.VALUE),
        "classes": list(grading.card.classes),
        "business": {name: grading.unknown.get(name) for name in grading.business},
        "why": None,
        "estimated": _estimated(store, found, card, curve, graded, (version, segment), now_us),
        **_columns(graded, grading),
    }


def _estimated(
    store: Store,
    model: Model,
    card: tuple[int, Grading],
    curve: DelayCurve,
    graded: GradedWindows,
    scope: tuple[str, str],
    now_us: int,
) -> dict[str, Any]:
    """Of each window what its scores let expect, with a band that holds past misses; `why` tells why nothing."""
    length_us = model.window_us or HOUR_US
    why = why_none(card[1].card)
    known = expectation(store, model, *card, curve, length_us, now_us)
    if known is None:
        few = f"Quality is estimated once {ENOUGH_ROWS:,} predictions of complete windows have an outcome."
        return {"source": None, "caveat": None, "why": why or few, "metrics": {}}
    version, segment = scope
    counts = score_counts(store, model, card[1], graded.windows, version, segment)
    told = [known.calibration.metrics(each) for each in counts]
    misses = misses_of(known, graded, [card[1].card.metrics(vector) for vector in graded.vectors], told)
    bands = [widened(each, misses) for each in told]
    names = list(dict.fromkeys(name for each in bands for name in each))
    return {
        "source": known.source,
        "caveat": CAVEAT,
        "why": None,
        "metrics": {name: _series([each.get(name) for each in bands]) for name in names},
    }


def _why(model: Model) -> str:
    if model.outcomes is None:
        return f"No outcome of model {model.name!r} has come yet; send what came true to /v1/outcomes."
    if not model.outcomes.matched:
        return "No outcome has met its prediction yet: none has the id of a stored prediction."
    if model.bin_set is None:
        return "Outcomes are counted as soon as the model has a reference, or 1,000 predictions."
    return "The outcomes that have met their predictions do not tell yet what the model's task is."


def _nothing() -> dict[str, Any]:
    empty: dict[str, list[Any]] = {
        name: [] for name in ("start_ms", "end_ms", "rows", "joined", "expected", "complete")
    }
    return {"windows": empty, "metrics": {}, "overall": {"rows": 0, "joined": 0, "expected": 0.0, "metrics": {}}}


def _columns(graded: GradedWindows, grading: Grading) -> dict[str, Any]:
    measured = [grading.card.metrics(vector) for vector in graded.vectors]
    overall = grading.card.metrics(graded.vectors.sum(axis=0))
    names = list(dict.fromkeys([*overall, *(name for each in measured for name in each), *grading.business]))
    return {
        "windows": {
            "start_ms": [each.start_us // 1000 for each in graded.windows],
            "end_ms": [each.end_us // 1000 for each in graded.windows],
            "rows": graded.rows.tolist(),
            "joined": graded.joined.tolist(),
            "expected": np.round(graded.expected, 1).tolist(),
            "complete": graded.complete.tolist(),
        },
        "metrics": {name: _series([each.get(name) for each in measured]) for name in names},
        "overall": {
            "rows": int(graded.rows.sum()),
            "joined": int(graded.joined.sum()),
            "expected": round(float(graded.expected.sum()), 1),
            "metrics": {name: {field: getattr(metric, field) for field in _FIELDS} for name, metric in overall.items()},
        },
    }


def _series(metrics: list[Metric | None]) -> dict[str, list[float | None]]:
    return {field: [None if each is None else getattr(each, field) for each in metrics] for field in _FIELDS}
