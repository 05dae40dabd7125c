"""What people said about being told, from the log into the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seamark.records.blocks import SlowStep
from seamark.records.log import LoggedEntry
from seamark.records.silence import Acknowledgement, Silence, parse_matcher
from seamark.store.protocol import Store


def silence(step: SlowStep, logged: LoggedEntry, action: Mapping[str, Any]) -> SlowStep:
    """A silence is known by its place in the log."""
    entry = logged.entry
    said = Silence(
        id=f"sil_{logged.seq}",
        project=entry.project,
        matchers=tuple(map(parse_matcher, action["matchers"])),
        from_us=action["from_us"],
        to_us=action["to_us"],
        by=action["by"],
        comment=action["comment"],
        at_us=entry.received_us,
    )
    return replace(step, silences=(*step.silences, said))


def end_silence(step: SlowStep, store: Store, logged: LoggedEntry, action: Mapping[str, Any]) -> SlowStep:
    """It ended when that was said; one that is over stays as it was."""
    entry = logged.entry
    ended = tuple(
        replace(
            each, to_us=entry.received_us, comment=f"{each.comment} (ended by {action['by'] or 'somebody'})".strip()
        )
        for each in store.post.silences(entry.received_us)
        if (each.project, each.id) == (entry.project, action["silence"])
    )
    return replace(step, silences=(*step.silences, *ended))


def acknowledge(step: SlowStep, logged: LoggedEntry, action: Mapping[str, Any]) -> SlowStep:
    """The newest word on an incident counts."""
    entry = logged.entry
    said = Acknowledgement(action["incident"], entry.project, action["by"], action["comment"], entry.received_us)
    return replace(step, acknowledgements=(*step.acknowledgements, said))
