"""How a model is judged now: against which baseline, by which thresholds, since when and why."""

from __future__ import annotations

from typing import Any

from seamark.clock import to_iso
from seamark.query.naming import milliseconds
from seamark.records.model import Model, fits, is_young, learns_from_us
from seamark.store.protocol import Store


def monitoring(store: Store, model: Model, *, provisional: bool) -> dict[str, Any]:
    """State, baseline, budget and level, with a sentence for people; null where nothing is known yet.

    `state` is "calibrated" once thresholds are learned; before that, with the one-shot rule, "provisional" while the
    model is younger than a week or its reference made of early traffic, and then "fixed".
    """
    learned = store.slow.calibration(model.project, model.name, payload=False)
    if learned is not None and fits(learned, model):
        return {
            "state": "calibrated",
            "baseline": learned.baseline,
            "summary": learned.summary,
            "budget": learned.budget,
            "level": float(f"{learned.level:.6g}"),
            "since_ms": milliseconds(learned.created_us),
            "until_ms": None,
        }
    until_us = None if model.window_us is None else learns_from_us(model, model.window_us)
    unsure = provisional or is_young(model)
    return {
        "state": "provisional" if unsure else "fixed",
        "baseline": None if model.baseline is None else "static",
        "summary": _summary(model, until_us, provisional=provisional, unsure=unsure),
        "budget": None,
        "level": None,
        "since_ms": milliseconds(model.first_time_us),
        "until_ms": milliseconds(until_us),
    }


def _summary(model: Model, until_us: int | None, *, provisional: bool, unsure: bool) -> str:
    """A sentence about a model whose thresholds are not learned yet."""
    if model.baseline is None:
        return "Nothing is judged yet: send a reference, or wait for the first 1,000 predictions."
    against = "the first traffic" if provisional else "the reference"
    twice = " Until a week is known, only twice the smallest effect counts." if unsure else ""
    if until_us is None:
        when = "once it is clear which windows fit the traffic"
    elif until_us <= (model.evaluated_through_us or 0):
        when = "as soon as the history holds a week that no open alert overshadows"
    else:
        when = f"from {to_iso(until_us)[:16]}Z on"
    return f"The one-shot rule against {against}; thresholds will be learned {when}.{twice}"
