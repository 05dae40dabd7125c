"""CloudEvents over HTTP, 0.3 and 1.0: binary (attributes in `ce-` headers), structured and batched (JSON)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from seamark import clock
from seamark.errors import InvalidInput, Malformed
from seamark.wire.parse import parse

STRUCTURED: Final = "application/cloudevents+json"
BATCHED: Final = "application/cloudevents-batch+json"
_PREFIX: Final = "ce-"
_MOST_CHARS: Final = 256  # of an attribute that is looked at
_MOST_EVENTS: Final = 10_000  # in one request


@dataclass(frozen=True, slots=True)
class Event:
    """`attributes` are the extensions, by their lower-case names; `media` and `body` are the data."""

    id: str
    type: str
    time_us: int | None
    attributes: Mapping[str, str]
    media: str
    body: bytes


_RAW: Final[msgspec.json.Decoder[dict[str, msgspec.Raw]]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAWS: Final[msgspec.json.Decoder[list[dict[str, msgspec.Raw]]]] = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_TEXT: Final = msgspec.json.Decoder(str)


def events(headers: Mapping[str, str], body: bytes) -> list[Event]:
    """The events of a request (`headers` by lower-case name); raises InvalidInput for what is none."""
    media = headers.get("content-type", "")
    form = media.partition(";")[0].strip().lower()
    if form == STRUCTURED:
        document = parse(_RAW, body)
        return [_structured(document)]
    if form == BATCHED:
        found = parse(_RAWS, body)
        if len(found) > _MOST_EVENTS:
            raise InvalidInput(f"The request has {len(found):,} events.", accepted=f"at most {_MOST_EVENTS:,}")
        return list(map(_structured, found))
    attributes = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith(_PREFIX)}
    return [_event(attributes, media, body)]


def required(event: Event, name: str) -> str:
    """An extension; raises InvalidInput where it is missing or too long."""
    return _required(event.attributes, name)


def _event(attributes: Mapping[str, str], media: str, body: bytes) -> Event:
    return Event(
        _required(attributes, "id"),
        _required(attributes, "type"),
        _moment(attributes.get("time")),
        attributes,
        media,
        body,
    )


def _structured(document: Mapping[str, msgspec.Raw]) -> Event:
    attributes = {name: text for name, raw in document.items() if (text := _text(name, raw)) is not None}
    media = attributes.get("datacontenttype", "application/json")
    if "data_base64" not in document:
        return _event(attributes, media, bytes(document.get("data", b"")))
    try:
        return _event(attributes, media, base64.b64decode(_TEXT.decode(document["data_base64"]), validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Malformed("data_base64 is not base64.", field="data_base64", accepted="base64") from None


def _text(name: str, raw: msgspec.Raw) -> str | None:
    """An attribute as text; None for the data and for what is no text."""
    if name in ("data", "data_base64"):
        return None
    try:
        value: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _required(attributes: Mapping[str, str], name: str) -> str:
    value = attributes.get(name, "")
    if not 0 < len(value) <= _MOST_CHARS:
        problem = "is missing" if not value else f"has {len(value):,} characters"
        accepted = f"the header ce-{name}, or {name} in {STRUCTURED}, of 1 to {_MOST_CHARS} characters"
        raise InvalidInput(f"The event's {name} {problem}; send {accepted}.", field=f"ce-{name}", accepted=accepted)
    return value


def _moment(text: str | None) -> int | None:
    """A time; None where the event names none that can be read, because its arrival does as well."""
    try:
        return None if text is None else clock.from_iso(text)
    except (InvalidInput, OverflowError):
        return None
