"""A request of any inference logger that speaks CloudEvents → halves of exchanges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from seamark.errors import InvalidInput
from seamark.wire import kserve, seldon
from seamark.wire.cloudevents import Event, events
from seamark.wire.halves import Half

_FORMATS: Final[Mapping[str, Callable[[Event, str, str], Half]]] = {
    kind: each.half for each in (kserve, seldon) for kind in each.TYPES
}


def halves(headers: Mapping[str, str], body: bytes, *, model: str = "", version: str = "") -> list[Half]:
    """The halves a request brings (`headers` by lower-case name); raises InvalidInput for events of another type."""
    return [_half(event, model, version) for event in events(headers, body)]


def _half(event: Event, model: str, version: str) -> Half:
    read = _FORMATS.get(event.type)
    if read is None:
        accepted = ", ".join(_FORMATS)
        raise InvalidInput(
            f"Events of type {event.type[:80]!r} are not read; send {accepted}.", field="ce-type", accepted=accepted
        )
    return read(event, model, version)
