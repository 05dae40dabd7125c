"""The outbox lane: what the stages look at is fetched, what they decide committed, and what is let out delivered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from seamark.clock import HOUR_US, SECOND_US
from seamark.detect.calendar import free_days
from seamark.notify.business import Calendar
from seamark.notify.desk import Desk, Key, Manner, Notice
from seamark.notify.mutes import Mutes
from seamark.notify.notifier import Message, Notifier, Receiver, notifiers
from seamark.notify.options import MaintenanceOptions, NotificationOptions, RouteOptions
from seamark.notify.outbox import attempt, read, written
from seamark.notify.routing import Routing
from seamark.notify.stages import plan, weekly
from seamark.notify.storms import PREFIX
from seamark.pipeline.digests import sections_of
from seamark.records.delivery import Delivery, DeliveryState, PostStep, Thread
from seamark.records.incident import IncidentState
from seamark.records.monitor import Priority
from seamark.records.silence import Acknowledgement
from seamark.store.protocol import Store

A_LOOK: Final = 5_000  # messages, so that a flood of them does not fill the memory
_ATTEMPTS: Final = 50


@dataclass(frozen=True, slots=True)
class PostOptions:
    """What says who is told what when."""

    notifications: NotificationOptions = field(default_factory=NotificationOptions)
    routes: Mapping[str, RouteOptions] = field(default_factory=dict)
    maintenance: Mapping[str, MaintenanceOptions] = field(default_factory=dict)


@dataclass(slots=True)
class PostOffice:
    """For one thread at a time; all it knows stands in the store."""

    store: Store
    receivers: Mapping[str, Receiver]
    base_url: str
    options: PostOptions = field(default_factory=PostOptions)
    notifiers: Mapping[str, Notifier] = field(default_factory=notifiers)
    _digested_us: int = -1  # the moment whose digests have been seen to, since the start

    def look(self, now_us: int) -> int:
        """Decide about everything whose time has come; how many deliveries were looked at."""
        post = self.store.post
        held = post.held(now_us, A_LOOK)
        told = post.threads()
        self._weekly(told, now_us)
        said = post.acknowledgements({each.incident for each in told})
        notices = [Notice(each, read(each.payload)) for each in held]
        notices += self._reminders(told, said, now_us)
        notices += self._acknowledged(told, said, now_us)
        raging = any(each.incident.startswith(PREFIX) for each in told)
        if not notices and not raging:
            return 0
        step = plan(self._desk(notices, told, now_us), notices)
        if step != PostStep():
            post.commit(step)
        return len(held)

    def _weekly(self, told: Sequence[Thread], now_us: int) -> None:
        """Let out the digests whose time has come, once for each receiver and week."""
        calendar = Calendar(self.options.notifications, partial(free_days, self.options.notifications.holidays))
        moment_us = calendar.newest_digest_us(now_us)
        if self._digested_us == moment_us:
            return
        for name, manner in self._manners().items():
            id_ = f"digest_{name}_{moment_us // SECOND_US}"
            kept = self.store.post.deliveries(DeliveryState.DIGEST, receiver=name)
            notices = [Notice(each, read(each.payload)) for each in kept if each.created_us < moment_us]
            if manner.paced and notices and not self.store.post.deliveries(incident=id_):
                desk = self._desk(notices, told, now_us)
                self.store.post.commit(weekly(desk, name, notices, sections_of(self.store, moment_us)))
        self._digested_us = moment_us

    def deliver(self, now_us: int) -> int:
        """Attempt the deliveries that are due; the number that arrived."""
        arrived, away = 0, set[str]()
        for delivery in self.store.post.due_deliveries(now_us, _ATTEMPTS):
            if delivery.receiver in away:
                continue  # its other messages would only wait for the same time-out
            tried, threads = self._attempt(delivery, now_us)
            self.store.post.record_delivery(tried, threads)
            arrived += tried.state is DeliveryState.DELIVERED
            if tried.state is DeliveryState.PENDING:
                away.add(delivery.receiver)
        return arrived

    def _attempt(self, delivery: Delivery, now_us: int) -> tuple[Delivery, list[Thread]]:
        """What became of it, and the threads that are known by the reference it came back with."""
        incidents = [delivery.incident, *(item.incident for item in read(delivery.payload).items)]
        threads = [each for each in self.store.post.threads(incidents) if each.receiver == delivery.receiver]
        own = next((each for each in threads if each.incident == delivery.incident), None)
        tried, reference = attempt(delivery, self.receivers, self.notifiers, now_us, own)
        if not reference:
            return tried, []
        return tried, [replace(each, reference=reference) for each in threads if not each.reference or each is own]

    def _desk(self, notices: Sequence[Notice], told: Sequence[Thread], now_us: int) -> Desk:
        post = self.store.post
        threads = {(each.incident, each.receiver): each for each in told}
        incidents = {each.delivery.incident for each in notices}
        threads |= {(each.incident, each.receiver): each for each in post.threads(incidents)}
        options, manners = self.options, self._manners()
        still_open = {each.message.aftermath_of for each in notices} - {""}
        return Desk(
            now_us=now_us,
            manners=manners,
            routes=Routing(tuple(manners), options.routes),
            muted=Mutes(now_us, post.silences(now_us), options.maintenance, set(filter(self._is_open, still_open))),
            threads=threads,
            alarms=post.alarms_since(now_us - HOUR_US),
            storms=self._storms(told),
            calendar=Calendar(options.notifications, partial(free_days, options.notifications.holidays)),
            base_url=self.base_url,
        )

    def _is_open(self, incident: str) -> bool:
        found = self.store.fast.incident(incident)
        return found is not None and found.state is IncidentState.OPEN

    def _manners(self) -> dict[str, Manner]:
        found = {}
        for name, receiver in self.receivers.items():
            notifier = self.notifiers[receiver.type]
            if notifier.beats:
                continue
            paced = notifier.paced and name not in self.options.notifications.at_once
            found[name] = Manner(paced, notifier.summarises, notifier.edits(receiver.options))
        return found

    def _storms(self, told: Iterable[Thread]) -> dict[Key, Message]:
        found = {}
        for thread in told:
            if thread.incident.startswith(PREFIX):
                newest = self._newest(thread)
                if newest is not None:
                    found[thread.incident, thread.receiver] = read(newest.payload)
        return found

    def _newest(self, thread: Thread) -> Delivery | None:
        """The newest message of a thread, whether told by itself or within another."""
        known = self.store.post.deliveries(incident=thread.incident, receiver=thread.receiver)
        return max((each for each in known if each.revision <= thread.revision), key=_rank, default=None)

    def _reminders(self, told: Iterable[Thread], said: Mapping[str, Acknowledgement], now_us: int) -> list[Notice]:
        """P1 that nobody has acknowledged is said again, but for storms, whose summary rolls on anyway."""
        waits = self.options.notifications.reminder_seconds
        stormy = {each.receiver for each in told if each.incident.startswith(PREFIX)}
        manners = self._manners()
        due = [
            each
            for each in told
            if waits and each.priority is Priority.P1 and each.receiver not in stormy
            if each.incident not in said and each.receiver in manners
            if manners[each.receiver].paced and now_us >= each.alarmed_us + _wait_us(waits, each.reminders)
        ]
        return [
            found for each in due for found in self._again(each, "reminder", f"reminder_{each.reminders + 1}", now_us)
        ]

    def _acknowledged(self, told: Iterable[Thread], said: Mapping[str, Acknowledgement], now_us: int) -> list[Notice]:
        """Where messages can be changed, they say who is at it."""
        due = [each for each in told if each.incident in said and not each.acknowledged and not each.shared]
        manners = self._manners()
        return [
            found
            for each in due
            if each.receiver in manners and manners[each.receiver].edits
            for found in self._again(each, "acknowledged", "acknowledged", now_us, note=words_of(said[each.incident]))
        ]

    def _again(self, thread: Thread, reason: str, occasion: str, now_us: int, note: str = "") -> list[Notice]:
        newest = self._newest(thread)
        if newest is None:
            return []
        before = read(newest.payload)
        message = replace(before, reason=reason, key=f"{before.incident}:{before.revision}:{occasion}", note=note)
        delivery = replace(
            newest,
            reason=reason,
            occasion=occasion,
            payload=written(message),
            created_us=now_us,
            state=DeliveryState.WAITING,
            attempts=0,
            last_error="",
            released_us=0,
        )
        return [Notice(delivery, message)]


def words_of(said: Acknowledgement) -> str:
    """`Acknowledged by ana: looking at it.`"""
    by = f" by {said.by}" if said.by else ""
    return f"Acknowledged{by}: {said.comment}" if said.comment else f"Acknowledged{by}."


def _wait_us(waits: Sequence[int], reminders: int) -> int:
    """From the alarm to the next reminder: after 30 minutes, 4 hours later, and so on every 4 hours."""
    seconds = sum(waits[: reminders + 1]) + waits[-1] * max(0, reminders + 1 - len(waits))
    return seconds * SECOND_US


def _rank(delivery: Delivery) -> tuple[int, int, str]:
    return delivery.revision, delivery.released_us, delivery.occasion
