"""What alerts, and people's answers to them, make of a model's history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.scoped import ScopedPlan
from seamark.records.alert import Alert
from seamark.records.answer import Answer, AnswerKind, newest
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.stats.renewal import Acceptance
from seamark.stats.seasonal import what_recurs
from seamark.store.protocol import Store

_SEEN_WINDOWS = 7
_WEEK_US = 7 * DAY_US
_UNSURE_US = _WEEK_US


@dataclass(frozen=True, slots=True)
class Said:
    """Of S series in N windows."""

    used: NDArray[np.bool_]  # [S, N] which windows teach: not those of an alert nobody has called false or normal
    accepted: tuple[Acceptance, ...]  # the oldest first
    unsure: NDArray[np.bool_]  # [S] whose new normal is younger than a week


def what_people_said(store: Store, model: Model, plan: ScopedPlan, span: Window) -> Said:
    """Which windows of `span` may teach which series, and where a new normal begins.

    Where all traffic is in alarm, its segments are too. An alert of the one-shot rule that went away by itself
    teaches: what is not calibrated takes every season for drift. So does what came and went in every week there is.
    """
    length_us, series = model.window_us or 1, plan.of_series
    used = np.ones((len(series), span.length_us // length_us), dtype=np.bool_)
    passed = np.zeros_like(used)
    accepted: list[Acceptance] = []
    unsure = np.zeros(len(series), dtype=np.bool_)
    for alert, answer in _opened(store, model):
        about = np.array([m.name == alert.monitor and alert.segment in ("", s) for s, m in series], dtype=np.bool_)
        first, last = _windows(alert, span, length_us)
        if answer is not None and answer.kind is AnswerKind.ACCEPT:
            since_us = _normal_us(answer, model)
            normal = max(-((span.start_us - since_us) // length_us), 0)
            used[about, first:normal] = False
            accepted.append(Acceptance(about, normal, used.shape[1]))
            unsure |= about & (since_us > span.end_us - _UNSURE_US)
        elif answer is None or answer.kind is not AnswerKind.DISMISS:
            used[about, first:last] = False
            passed[about, first:last] |= answer is None and last is not None
    return Said(used | what_recurs(used, passed, _WEEK_US // length_us), _in_turn(accepted), unsure)


def new_normals(store: Store, model: Model) -> dict[str, int]:
    """Since when each monitor of all traffic whose alert was accepted has a new normal, by its name."""
    counting = newest(store.fast.answers(model.project, model.name)).values()
    accepted = [a for a in counting if a.kind is AnswerKind.ACCEPT and not (a.version or a.segment)]
    return {answer.monitor: _normal_us(answer, model) for answer in sorted(accepted, key=lambda answer: answer.at_us)}


def _normal_us(answer: Answer, model: Model) -> int:
    """Since when what is accepted holds: at most a day (or seven windows) before the answer.

    What people accept is what they see. Between an onset and that may lie a ramp, or hours of another kind.
    """
    seen_us = answer.at_us - max(DAY_US, _SEEN_WINDOWS * (model.window_us or HOUR_US))
    return max(answer.from_us, seen_us) // HOUR_US * HOUR_US


def _opened(store: Store, model: Model) -> Iterator[tuple[Alert, Answer | None]]:
    """Alerts of all versions together that have opened, with the answers to them."""
    answers = newest(store.fast.answers(model.project, model.name))
    for alert in store.fast.alerts(model.project, model=model.name):
        answer = answers.get(alert.id)
        passed = answer is None and alert.provisional and alert.resolved_us is not None
        if alert.opened_us is not None and not alert.version and not passed:
            yield alert, answer


def _windows(alert: Alert, span: Window, length_us: int) -> tuple[int, int | None]:
    """The first window of an alert and the one after its last (None while it lasts), counted from `span`."""
    begin_us = alert.evidence.start_us if alert.onset_us is None else alert.onset_us
    first = max((begin_us - span.start_us) // length_us, 0)
    return first, None if alert.resolved_us is None else max(-((span.start_us - alert.resolved_us) // length_us), 0)


def _in_turn(accepted: list[Acceptance]) -> tuple[Acceptance, ...]:
    """Each ends where another one of the same series begins."""
    found: list[Acceptance] = []
    for each in sorted(accepted, key=lambda one: one.first, reverse=True):
        later = [other.first for other in found if (other.series & each.series).any() and other.first > each.first]
        found.append(replace(each, last=min([each.last, *later])))
    return tuple(reversed(found))
