"""Messages about several incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from seamark import clock
from seamark.notify.desk import Desk, Notice
from seamark.notify.notifier import Item, Message, Section
from seamark.notify.outbox import written
from seamark.records.delivery import Delivery, DeliveryState
from seamark.records.monitor import Priority, Severity
from seamark.records.wording import counted

MOST_ITEMS: Final = 100


def batch_of(desk: Desk, receiver: str, notices: Sequence[Notice]) -> Notice:
    """One message instead of several of priority P2."""
    opened = sum(not each.is_over for each in notices)
    over = len(notices) - opened
    parts = [f"{counted(opened, 'incident')} to look at today"] if opened else []
    parts += [f"{over} over"] if over else []
    return summary(
        desk,
        f"batch_{receiver}_{desk.now_us // clock.SECOND_US}",
        receiver,
        1,
        reason="batch",
        title=", ".join(parts),
        items=tuple(each.item() for each in notices),
        held_back=len(notices),
        priority=Priority.P2,
        severities=[each.message.severity for each in notices],
    )


def digest_of(
    desk: Desk, receiver: str, notices: Sequence[Notice], sections: tuple[Section, ...], moment_us: int
) -> Notice:
    """The week in one message: what was not worth another, the most urgent first."""
    ordered = sorted(notices, key=lambda each: (each.message.priority, each.is_over, each.age))
    made = summary(
        desk,
        f"digest_{receiver}_{moment_us // clock.SECOND_US}",
        receiver,
        1,
        reason="digest",
        title=f"{counted(len(notices), 'incident')} that could wait",
        items=tuple(each.item() for each in ordered),
        held_back=len(notices),
        priority=Priority.P3,
        severities=["info"],
    )
    message = replace(made.message, sections=sections)
    return Notice(replace(made.delivery, payload=written(message)), message)


def summary(
    desk: Desk,
    id: str,
    receiver: str,
    revision: int,
    *,
    reason: str,
    title: str,
    items: tuple[Item, ...],
    held_back: int,
    priority: Priority,
    severities: Sequence[str] = (),
    is_over: bool = False,
    opened: str = "",
) -> Notice:
    """A notice that stands for several."""
    now = clock.to_iso(desk.now_us)
    ranked = [each.value for each in Severity]
    message = Message(
        key=f"{id}:{revision}",
        incident=id,
        revision=revision,
        reason=reason,
        project="",
        model="",
        title=title,
        state="resolved" if is_over else "open",
        priority=priority.value,
        severity=min(severities, key=ranked.index, default=Severity.WARNING.value),
        layers=(),
        opened=opened or now,
        onset=None,
        resolved=now if is_over else None,
        causes=(),
        link=f"{desk.base_url.rstrip('/')}/",
        items=items[:MOST_ITEMS],
        held_back=held_back,
    )
    delivery = Delivery(
        incident=id,
        revision=revision,
        receiver=receiver,
        reason=reason,
        payload=written(message),
        created_us=desk.now_us,
        state=DeliveryState.WAITING,
        priority=priority,
    )
    return Notice(delivery, message)
