"""What people answered, from the log into the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seamark.records.answer import Answer, AnswerKind, newest
from seamark.records.blocks import SlowStep
from seamark.records.log import LoggedEntry
from seamark.store.protocol import Store


def answer(step: SlowStep, store: Store, logged: LoggedEntry, action: Mapping[str, Any]) -> SlowStep:
    """The step with an entry's answers; who repeats what he said last has said nothing new."""
    project, model = logged.entry.project, logged.entry.model
    learned = store.slow.calibration(project, model, payload=False)
    before = newest([*store.fast.answers(project, model), *step.answers])
    given = [
        Answer(
            **{**alert, "kind": AnswerKind(action["kind"])},
            id=f"ans_{logged.seq}_{number}",
            project=project,
            model=model,
            at_us=logged.entry.received_us,
            by=action["by"],
            comment=action["comment"],
            calibration=None if learned is None else learned.id,
        )
        for number, alert in enumerate(action["alerts"])
    ]
    news = tuple(each for each in given if _said(before.get(each.alert)) != _said(each))
    return replace(step, answers=(*step.answers, *news))


def _said(answer: Answer | None) -> tuple[str, str, str] | None:
    return None if answer is None else (answer.kind, answer.by, answer.comment)
