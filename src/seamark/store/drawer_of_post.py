"""What a backend promises about messages and who wants which; the other drawers stand in `protocol.py`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from seamark.records.delivery import Delivery, DeliveryState, PostStep, Thread
from seamark.records.silence import Acknowledgement, Silence


class Post(Protocol):
    """The outbox, what was told to whom, and what people said about being told.

    Messages enter with a step of the fast lane, silences and acknowledgements with one of the slow lane.
    """

    def commit(self, step: PostStep) -> None:
        """Apply a step. What was delivered, or is on its way, is left as it is."""
        ...

    def held(self, now_us: int, limit: int) -> list[Delivery]:
        """Waiting and batched deliveries of the incidents of which one is due, oldest first."""
        ...

    def due_deliveries(self, now_us: int, limit: int) -> list[Delivery]:
        """Pending deliveries that are due, oldest first; of an incident and receiver only the first that was let out.

        What was let out at one time goes by revision and occasion.
        """
        ...

    def record_delivery(self, delivery: Delivery, threads: Collection[Thread] = ()) -> None:
        """Replace the delivery of the same identity (state, attempts, next attempt, error), and threads.

        NotFound when there is none.
        """
        ...

    def deliveries(
        self, state: DeliveryState | None = None, incident: str | None = None, receiver: str | None = None
    ) -> list[Delivery]:
        """The outbox, oldest first."""
        ...

    def counts(self) -> dict[DeliveryState, int]:
        """How many deliveries are in each state, of those there are any in."""
        ...

    def alarms_since(self, since_us: int) -> dict[str, int]:
        """Messages of priority P1 that were let out after `since_us` and ask for somebody, by receiver."""
        ...

    def threads(self, incidents: Collection[str] | None = None) -> list[Thread]:
        """The threads of some incidents; without any named, those that are open. By incident and receiver."""
        ...

    def silences(self, after_us: int = 0) -> list[Silence]:
        """Silences that end after `after_us`, the newest first."""
        ...

    def acknowledgements(self, incidents: Collection[str]) -> dict[str, Acknowledgement]:
        """The newest of each of some incidents, by incident."""
        ...
