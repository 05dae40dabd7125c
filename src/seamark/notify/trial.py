"""A message that says nothing: whether a receiver would take one."""

from __future__ import annotations

from seamark import clock
from seamark.errors import SeamarkError
from seamark.notify.notifier import Message, Notifier, Receiver


def trial(name: str, base_url: str, now_us: int) -> Message:
    """The test message; `name` is the receiver's."""
    now = clock.to_iso(now_us)
    return Message(
        key=f"test_{now_us}:1",
        incident=f"test_{now_us}",
        revision=1,
        reason="test",
        project="default",
        model="",
        title=f"Seamark can reach {name}",
        state="open",
        priority="P3",
        severity="info",
        layers=(),
        opened=now,
        onset=None,
        resolved=None,
        causes=(),
        link=f"{base_url.rstrip('/')}/",
        note="This is a test. Nothing is wrong.",
    )


def send(receiver: Receiver, notifier: Notifier, message: Message) -> str | None:
    """Deliver it; why it could not be, a sentence, or None."""
    try:
        notifier.deliver(receiver.options, message)
    except SeamarkError as failure:
        return f"{receiver.name}: {failure.message}"
    except Exception as failure:  # noqa: BLE001 a plug-in's own bug is what became of it, too
        return f"{receiver.name}: {type(failure).__name__}: {failure}."
    return None
