"""Storm mode: beyond so many alarms an hour, a receiver gets one summary that rolls on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from seamark import clock
from seamark.clock import HOUR_US, MINUTE_US
from seamark.notify.desk import ALARMING, Desk, Key, Notice, Plan, thread_after
from seamark.notify.notifier import Item
from seamark.notify.summaries import summary
from seamark.records.delivery import Thread
from seamark.records.monitor import Priority
from seamark.records.wording import counted

PREFIX: Final = "storm_"
_ROLLS_US: Final = 10 * MINUTE_US  # at most so often
_CALM_US: Final = HOUR_US


def storm(desk: Desk, plan: Plan) -> None:
    """Let so many alarms an hour pass to each receiver; the rest is told in the storm's summary."""
    storms = _raging(desk)
    passed: list[Notice] = []
    alarms: dict[str, list[Notice]] = {name: [] for name in storms}
    for notice in plan.open:
        if _is_alarm(desk, notice, storms):
            alarms.setdefault(notice.delivery.receiver, []).append(notice)
        else:
            passed.append(notice)
    for receiver, notices in sorted(alarms.items()):
        raging = storms.get(receiver)
        left = max(0, desk.calendar.options.storm_after - desk.alarms.get(receiver, 0)) if raging is None else 0
        passed += notices[:left]
        passed += _swept(desk, plan, receiver, notices[left:], raging)
    plan.open = passed


def _swept(desk: Desk, plan: Plan, receiver: str, notices: Sequence[Notice], raging: Thread | None) -> list[Notice]:
    """The next summary, if it is time for one; what is not told in it waits for the one after."""
    rolls_us = raging.told_us + _ROLLS_US if raging else desk.now_us
    if not notices:
        return [_summary(desk, receiver, (), raging)] if raging and desk.now_us >= raging.told_us + _CALM_US else []
    if desk.now_us < rolls_us:
        plan.decided += [each.held(rolls_us, "It waits for the storm's next summary.") for each in notices]
        return []
    rolled = _summary(desk, receiver, notices, raging)
    plan.fold(notices, f"Told in {rolled.delivery.incident}, revision {rolled.delivery.revision}.")
    for each in notices:
        plan.threads[each.key] = thread_after(desk.threads.get(each.key), each, desk.now_us, shared=True)
    return [rolled]


def _summary(desk: Desk, receiver: str, notices: Sequence[Notice], raging: Thread | None) -> Notice:
    id_ = raging.incident if raging else f"{PREFIX}{receiver}_{desk.now_us // clock.SECOND_US}"
    before = desk.storms.get((id_, receiver))
    items: dict[str, Item] = {each.incident: each for each in before.items} if before else {}
    items |= {each.message.incident: each.item() for each in notices}
    held_back = (before.held_back if before else 0) + len(notices)
    since = before.opened if before else clock.to_iso(desk.now_us)
    told = f"{counted(held_back, 'message')} of priority P1 since {since}"
    return summary(
        desk,
        id_,
        receiver,
        (raging.revision if raging else 0) + 1,
        reason="storm",
        title=f"Storm: {told}" if notices else f"The storm is over: {told}",
        items=tuple(items.values()),
        held_back=held_back,
        priority=Priority.P1,
        severities=[each.message.severity for each in notices] or ["critical"],
        is_over=not notices,
        opened=since,
    )


def _raging(desk: Desk) -> dict[str, Thread]:
    """The storms that are on, by receiver."""
    return {name: each for (id_, name), each in desk.threads.items() if each.open and id_.startswith(PREFIX)}


def _is_alarm(desk: Desk, notice: Notice, storms: Mapping[str, Thread]) -> bool:
    """Whether it counts: that something is over does not, unless its opening was told in the storm that is on."""
    if not desk.manners[notice.delivery.receiver].paced:
        return False
    if notice.message.priority == Priority.P1 and notice.message.reason in ALARMING:
        return True
    return notice.is_over and notice.delivery.receiver in storms and _was_swept(desk, notice.key)


def _was_swept(desk: Desk, key: Key) -> bool:
    thread = desk.told(key)
    return thread is not None and thread.shared and thread.priority is Priority.P1
