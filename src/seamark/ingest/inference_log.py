"""The way in for what serving stacks log by themselves: answered at once, joined, read and logged a moment later.

Their senders try nothing twice and are in the way of predictions, so they are never kept waiting: a request is answered
before it is read. A crash loses what came in the last moment, and the halves that wait for each other.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from seamark.clock import HOUR_US
from seamark.errors import Overloaded, SeamarkError, Unavailable
from seamark.ingest.door import Door
from seamark.ingest.joiner import Arrived, Joined, Joiner
from seamark.ingest.options import InferenceLogOptions
from seamark.records.log import EntryKind
from seamark.records.measurement import Measurement, MeasurementKind
from seamark.records.options import ModelOptions
from seamark.wire.batch import Batch
from seamark.wire.canonical import Request
from seamark.wire.exchanges import Exchange, Gathered, Gathering, batch_of, columns_of
from seamark.wire.halves import Half
from seamark.wire.limits import LONGEST_TEXT
from seamark.wire.sheets import Naming

_LOG = logging.getLogger(__name__)
_SLICE: Final = 1_000  # halves read in one step
_TOLD_MODELS: Final = 1_000  # that a complaint is remembered of
_RETRY_SECONDS: Final = 1


class InferenceLog:
    """Takes halves from the event loop; `step` comes from one lane."""

    def __init__(
        self,
        door: Door,
        options: InferenceLogOptions,
        *,
        now_us: Callable[[], int],
        options_for: Callable[[str, str], ModelOptions],
    ) -> None:
        self._door = door
        self._options = options
        self._now_us = now_us
        self._options_for = options_for
        self._arrived: deque[Arrived] = deque()
        self._bytes = 0
        self._joiner = Joiner(options.max_waiting_bytes, options.join_seconds)
        self._unlogged: list[tuple[str, Batch]] = []
        self._fates: Counter[str] = Counter()
        self._told: dict[tuple[str, str], int] = {}
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._closing = False

    def take(self, project: str, halves: Sequence[Half]) -> None:
        """Keep halves for the next step; raises Overloaded or Unavailable, and then keeps none of them."""
        now_us = self._now_us()
        found = [Arrived(project, half, now_us) for half in halves]
        size = sum(each.size for each in found)
        with self._counting:
            if self._closing:
                raise Unavailable("Seamark is stopping and takes nothing more.")
            if self._arrived and self._bytes + size > self._options.max_waiting_bytes:
                self._fates["refused"] += len(found)
                raise Overloaded(
                    f"{self._bytes:,} bytes of logged inferences wait to be read; this is lost.",
                    retry_after_seconds=_RETRY_SECONDS,
                )
            self._bytes += size
            self._arrived.extend(found)

    def step(self, now_us: int) -> bool:
        """Join, read and log some of what has come; whether more waits. Raises Unavailable and tries again then."""
        with self._turn:
            if not self._unlogged:
                self._unlogged = self._read(self._next(now_us), now_us)
            self._door.batches_blocking(self._unlogged)
            self._unlogged = []
            return bool(self._arrived)

    def stop(self) -> None:
        """Take nothing more and log what is complete."""
        with self._counting:
            self._closing = True
        try:
            while self.step(self._now_us()):
                pass
        except SeamarkError as failure:
            _LOG.error("Logged inferences are lost, because the log could not be written: %s", failure.message)

    def measurements(self) -> list[Measurement]:
        """What has come in since the start, and what waits."""
        waiting, held, fates = self._joiner.state()
        with self._counting:
            fates += self._fates
            held += self._bytes
        exchanges = {name: fates.pop(name, 0) for name in ("logged", "unreadable")}
        gauge, counter = MeasurementKind.GAUGE, MeasurementKind.COUNTER
        return [
            Measurement(
                "seamark_inference_halves", "Requests and responses logged by serving stacks, by what became of them.",
                counter, ("fate",), tuple(((name,), float(count)) for name, count in sorted(fates.items())),
            ),
            Measurement(
                "seamark_inference_exchanges", "Requests with their responses, by what became of them.",
                counter, ("fate",), tuple(((name,), float(count)) for name, count in exchanges.items()),
            ),
            Measurement(
                "seamark_inference_waiting_halves", "Waiting for their other half.", gauge, (), (((), float(waiting)),)
            ),
            Measurement(
                "seamark_inference_waiting_bytes", "Held by what waits for its other half, or to be read.",
                gauge, (), (((), float(held)),),
            ),
        ]  # fmt: skip

    def _next(self, now_us: int) -> list[Joined]:
        """The exchanges that the next halves complete."""
        with self._counting:
            some = [self._arrived.popleft() for _ in range(min(_SLICE, len(self._arrived)))]
            self._bytes -= sum(each.size for each in some)
        self._joiner.expire(now_us)
        return [joined for each in some if (joined := self._joiner.join(each)) is not None]

    def _read(self, joined: Sequence[Joined], now_us: int) -> list[tuple[str, Batch]]:
        """(project, batch) of the exchanges that can be read."""
        gatherings: dict[str, Gathering] = {}
        read = 0
        for each in joined:
            time.sleep(0)  # lets the event loop answer a request in between, instead of after the interpreter's 5 ms
            exchange = _exchange(each)
            try:
                columns = columns_of(exchange, self._naming(each.request.project, exchange.model))
            except SeamarkError as failure:
                self._complain(each.request.project, exchange.model, failure, now_us)
                continue
            read += 1
            gatherings.setdefault(each.request.project, Gathering()).add(exchange.model, columns)
        self._count("logged", read)
        return [
            (project, batch)
            for project, gathering in gatherings.items()
            for group in gathering.take()
            if (batch := self._batch(project, group, now_us)) is not None
        ]

    def _batch(self, project: str, group: Gathered, now_us: int) -> Batch | None:
        """One batch; None where it is refused whole, which is counted and told."""
        request = Request(EntryKind.PREDICTIONS, group.model, now_us)
        try:
            return batch_of(group.columns, request, replace(self._door.options.limits, max_string_chars=LONGEST_TEXT))
        except SeamarkError as failure:
            self._count("logged", -len(group.parts))
            self._complain(project, group.model, failure, now_us, len(group.parts))
            return None

    def _count(self, fate: str, exchanges: int) -> None:
        with self._counting:
            self._fates[fate] += exchanges

    def _naming(self, project: str, model: str) -> Naming:
        options = self._options_for(project, model)
        return Naming(options.inputs, options.outputs)

    def _complain(self, project: str, model: str, failure: SeamarkError, now_us: int, exchanges: int = 1) -> None:
        """Count what cannot be read, and say why once an hour and model."""
        self._count("unreadable", exchanges)
        key = (project, model)
        if now_us - self._told.get(key, -HOUR_US) < HOUR_US:
            return
        if len(self._told) >= _TOLD_MODELS:
            self._told.clear()
        self._told[key] = now_us
        _LOG.warning("A logged inference of %.80r cannot be read, nor perhaps others: %s", model, failure.message)


def _exchange(joined: Joined) -> Exchange:
    """Both halves as one; what was asked when it came, where the sender names no time."""
    asked, said = joined.request.half, joined.response.half
    time_us = joined.request.at_us if asked.time_us is None else asked.time_us
    return Exchange(asked.id, time_us, asked.model, asked.payload, said.payload, asked.version)
