"""What people answered, as the fast lane acts on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from seamark.alert.machine import is_spent
from seamark.detect.blocks import quiet_signals
from seamark.records.alert import Alert
from seamark.records.answer import Answer, newest
from seamark.records.evaluation import Evaluation
from seamark.records.model import StoredCalibration
from seamark.records.monitor import monitors_from_json
from seamark.records.window import Window
from seamark.store.protocol import Store


def unheard(store: Store, live: Iterable[Alert]) -> list[tuple[Alert, Answer]]:
    """The live alerts whose newest answer has not been acted on, with that answer.

    Found by comparing, not by a watermark: a step that was lost finds them again.
    """
    opened = [alert for alert in live if alert.opened_us is not None]
    said = {
        alert: answer
        for project in sorted({alert.project for alert in opened})
        for alert, answer in newest(store.fast.answers(project)).items()
    }
    found = [(alert, said[alert.id]) for alert in opened if alert.id in said]
    return [(alert, answer) for alert, answer in found if alert.answer is None or alert.answer.id != answer.id]


def quiet_now(store: Store, project: str, name: str) -> list[str]:
    """The signals that a model's newest judged window found unmoved."""
    model = store.slow.model(project, name)
    if model is None or model.evaluated_through_us is None or model.window_us is None:
        return []
    end_us = model.evaluated_through_us
    blocks = store.slow.evaluations(project, name, Window(end_us - model.window_us, end_us))
    stored = store.slow.monitor_set(blocks[-1].monitor_set) if blocks else None
    return quiet_signals(blocks[-1], monitors_from_json(stored.payload)) if stored else []


@dataclass(frozen=True, slots=True)
class Spent:
    """Tells when answers have done their work; reads each model's calibration once."""

    store: Store
    _learned: dict[tuple[str, str], StoredCalibration | None] = field(default_factory=dict)

    def ends(self, alert: Alert, evaluation: Evaluation) -> bool:
        """Whether the alert's answer says nothing of this evaluation any more."""
        if alert.answer is None:
            return False
        key = (alert.project, alert.model)
        if key not in self._learned:
            self._learned[key] = self.store.slow.calibration(*key, payload=False)
        return is_spent(alert.answer, evaluation, self._learned[key])
