"""Why nobody is told of an incident now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from seamark.clock import to_iso
from seamark.notify.business import is_on
from seamark.notify.matching import all_fit
from seamark.notify.notifier import Message
from seamark.notify.options import MaintenanceOptions
from seamark.notify.outbox import MOST_ALERTS
from seamark.records.silence import Silence, matchers_of


@dataclass(frozen=True, slots=True)
class Mutes:
    """What is in force at `now_us`; `still_open` are ids of incidents."""

    now_us: int
    silences: Sequence[Silence]
    maintenance: Mapping[str, MaintenanceOptions]
    still_open: Collection[str]

    def __call__(self, message: Message) -> str:
        """A sentence, or "" where people are told. A silence has to fit all alerts, maintenance likewise."""
        if len(message.alerts) >= MOST_ALERTS:
            return ""  # there may be more, which nobody has silenced
        for silence in self.silences:
            in_force = silence.project == message.project and silence.from_us <= self.now_us < silence.to_us
            if in_force and all_fit(message.alerts, silence.matchers):
                by = f" by {silence.by}" if silence.by else ""
                said = f": {silence.comment}" if silence.comment else ""
                return f"Silenced{by} until {to_iso(silence.to_us)} ({silence.id}){said}."
        for name, each in self.maintenance.items():
            if is_on(each, self.now_us) and all_fit(message.alerts, matchers_of(each.match, "match")):
                return f"Maintenance {name!r} is on until {each.end} ({each.time_zone})."
        if message.aftermath_of in self.still_open:
            return f"It seems to follow from {message.aftermath_of}, which is open."
        return ""
