"""Messages, what was told, silences and acknowledgements, in dictionaries."""

# ruff: noqa: D102 - `drawer_of_post.py` says what each method does

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

from seamark.errors import NotFound
from seamark.records.delivery import HELD, Delivery, DeliveryState, PostStep, Thread
from seamark.records.monitor import Priority
from seamark.records.silence import Acknowledgement, Silence
from seamark.store.memory.state import State

_ALARMS: Final = ("opened", "priority", "cause", "reminder")


class MemoryPost:
    """`seamark.store.drawer_of_post.Post`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def commit(self, step: PostStep) -> None:
        with self._state:
            for each in step.routed:
                self._state.outbox.pop(each.identity, None)
            for each in step.deliveries:
                before = self._state.outbox.get(each.identity)
                if before is None or before.state in (*HELD, DeliveryState.DIGEST):
                    self._state.outbox[each.identity] = each
            self._put_threads(step.threads)

    def held(self, now_us: int, limit: int) -> list[Delivery]:
        held = [each for each in self.deliveries() if each.state in HELD]
        due = {each.incident for each in held if each.next_attempt_us <= now_us}
        return [each for each in held if each.incident in due][:limit]

    def due_deliveries(self, now_us: int, limit: int) -> list[Delivery]:
        pending = self.deliveries(DeliveryState.PENDING)
        first: dict[tuple[str, str], Delivery] = {}
        for each in sorted(pending, key=lambda each: (each.released_us, each.revision, each.occasion)):
            first.setdefault((each.incident, each.receiver), each)
        due = (each for each in pending if each is first[each.incident, each.receiver])
        return [each for each in due if each.next_attempt_us <= now_us][:limit]

    def record_delivery(self, delivery: Delivery, threads: Collection[Thread] = ()) -> None:
        with self._state:
            if delivery.identity not in self._state.outbox:
                raise NotFound(f"The outbox holds no message with the identity {delivery.identity}.")
            self._state.outbox[delivery.identity] = delivery
            self._put_threads(threads)

    def deliveries(
        self, state: DeliveryState | None = None, incident: str | None = None, receiver: str | None = None
    ) -> list[Delivery]:
        with self._state:
            found = [
                each
                for each in self._state.outbox.values()
                if state in (None, each.state)
                and incident in (None, each.incident)
                and receiver in (None, each.receiver)
            ]
            return sorted(found, key=lambda each: (each.created_us, *each.identity))

    def counts(self) -> dict[DeliveryState, int]:
        return dict(Counter(each.state for each in self.deliveries()))

    def alarms_since(self, since_us: int) -> dict[str, int]:
        return dict(
            Counter(
                each.receiver
                for each in self.deliveries()
                if each.priority is Priority.P1 and each.released_us > since_us and each.reason in _ALARMS
            )
        )

    def threads(self, incidents: Collection[str] | None = None) -> list[Thread]:
        with self._state:
            found = self._state.threads.values()
            chosen = [each for each in found if (each.open if incidents is None else each.incident in incidents)]
            return sorted(chosen, key=lambda each: (each.incident, each.receiver))

    def silences(self, after_us: int = 0) -> list[Silence]:
        with self._state:
            found = [each for each in self._state.silences.values() if each.to_us > after_us]
            return sorted(found, key=lambda each: (each.at_us, each.id), reverse=True)

    def acknowledgements(self, incidents: Collection[str]) -> dict[str, Acknowledgement]:
        with self._state:
            return {id_: said for id_, said in self._state.acknowledgements.items() if id_ in incidents}

    def _put_threads(self, threads: Collection[Thread]) -> None:
        self._state.threads |= {(each.incident, each.receiver): each for each in threads}
