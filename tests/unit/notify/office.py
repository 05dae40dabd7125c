"""A post office on a clock that a test moves, with receivers that keep what they hear."""

from dataclasses import dataclass, field, replace

from tests.unit.notify.test_outbox import INCIDENT

from seamark.clock import HOUR_US, SECOND_US, from_iso
from seamark.notify.notifier import DeliveryFailed, Notifier, Receiver
from seamark.notify.options import NotificationOptions
from seamark.notify.outbox import news, read
from seamark.pipeline.posting import PostOffice, PostOptions
from seamark.records.blocks import SlowStep
from seamark.records.delivery import FastStep
from seamark.records.incident import IncidentState
from seamark.records.monitor import Priority
from seamark.store.backends.memory import MemoryStore

MONDAY_US = from_iso("2026-11-23T08:00:00Z")


@dataclass(frozen=True, slots=True)
class NoOptions:
    pass


@dataclass
class Office:
    """`heard` is (receiver, message) in the order they arrived."""

    manners: dict = field(default_factory=lambda: {"team": {"paced": True}})
    options: PostOptions = field(default_factory=PostOptions)
    now_us: int = MONDAY_US
    store: object = field(default_factory=MemoryStore)

    def __post_init__(self):
        self.heard, self.away, self.references = [], set(), 0
        self.open()

    def open(self):
        """As after a restart: all it knows stands in the store."""
        kinds = {name: self._notifier(name, **manner) for name, manner in self.manners.items()}
        receivers = {name: Receiver(name, name, NoOptions()) for name in self.manners}
        self.office = PostOffice(self.store, receivers, "http://localhost:8420", self.options, kinds)

    def _notifier(self, name, *, edits=False, **manner):
        def deliver(_options, message):
            if name in self.away:
                raise DeliveryFailed("Nobody is there.")
            self.heard.append((name, message))
            self.references += 1
            return f"{name} {self.references}"

        return Notifier(name, NoOptions, deliver, edits=lambda _: edits, **manner)

    def tell(self, incident, before=None, alerts=()):
        """One more revision of an incident."""
        known = {before.id: before} if before else {}
        found = news(known, [incident], {each.id: each for each in alerts}, "http://localhost:8420", self.now_us)
        self.store.fast.commit(FastStep(0, incidents=(incident,), deliveries=tuple(found)))

    def opens(self, number=1, **fields):
        incident = replace(INCIDENT, id=f"inc_{number}", title=f"incident {number}", **fields)
        self.tell(incident)
        return incident

    def resolves(self, incident):
        over = replace(incident, state=IncidentState.RESOLVED, revision=incident.revision + 1, resolved_us=self.now_us)
        self.tell(over, incident)
        return over

    def says(self, **said):
        """Silences and acknowledgements, as the slow lane stores them."""
        self.store.slow.commit(SlowStep(0, **said))

    def passes(self, seconds=0, step=15):
        """Let time go by, with a look every `step` seconds."""
        until_us = self.now_us + seconds * SECOND_US
        while True:
            self.office.look(self.now_us)
            self.office.deliver(self.now_us)
            if self.now_us >= until_us:
                return
            self.now_us = min(self.now_us + step * SECOND_US, until_us)

    def until(self, text, step=60):
        self.passes((from_iso(text) - self.now_us) // SECOND_US, step)

    def words(self, receiver="team"):
        """(reason, title) of what that receiver has heard."""
        return [(message.reason, message.title) for name, message in self.heard if name == receiver]

    def fates(self):
        """Every delivery that was ever made, by state."""
        return [(each.identity, each.state.value) for each in self.store.post.deliveries()]


P1 = {"priority": Priority.P1}
P3 = {"priority": Priority.P3}
HOUR = HOUR_US // SECOND_US


def quick(**fields):
    """Options without the wait for what may follow."""
    return PostOptions(NotificationOptions(group_wait_seconds=0, **fields))


__all__ = ["HOUR", "MONDAY_US", "P1", "P3", "Office", "quick", "read"]
