"""What people say about being told, as JSON: silences and acknowledgements."""

from __future__ import annotations

from typing import Final

import msgspec

from seamark import clock
from seamark.errors import InvalidInput
from seamark.records.answer import MOST_COMMENT_CHARS
from seamark.records.silence import Silence, matchers_of
from seamark.wire.parse import parse

_FAR_US: Final = 100 * 366 * clock.DAY_US  # beyond it nothing is written as a date
LONGEST_US: Final = 366 * clock.DAY_US
_TIME: Final = "ISO 8601 with a zone, like 2026-11-01T12:00:00Z"


class _Silence(msgspec.Struct, forbid_unknown_fields=True):
    matchers: list[str]
    end: str | None = msgspec.field(name="to", default=None)
    for_seconds: int | None = None
    start: str | None = msgspec.field(name="from", default=None)
    comment: str = ""


_SILENCE: Final = msgspec.json.Decoder(_Silence)


def silence(body: bytes, project: str, by: str, now_us: int) -> Silence:
    """The body of POST /v1/silences; raises InvalidInput for what is no matcher, and for a time that is over."""
    said = parse(_SILENCE, body)
    from_us = now_us if said.start is None else _moment(said.start, "from")
    to_us = _end(said, from_us)
    if not max(from_us, now_us) < to_us <= from_us + LONGEST_US:
        accepted = "a time after now and after from, at most 366 days later"
        end = clock.to_iso(to_us) if abs(to_us) < _FAR_US else said.for_seconds
        raise InvalidInput(f"A silence must end at {accepted}, not {end}.", field="to", value=end, accepted=accepted)
    if len(said.comment) > MOST_COMMENT_CHARS:
        accepted = f"at most {MOST_COMMENT_CHARS:,} characters"
        raise InvalidInput(f"comment must have {accepted}.", field="comment", accepted=accepted)
    matchers = matchers_of(said.matchers, "matchers")
    return Silence("", project, matchers, from_us, to_us, by, said.comment.strip(), now_us)


def _end(said: _Silence, from_us: int) -> int:
    if (said.end is None) is (said.for_seconds is None):
        raise InvalidInput("A silence needs either to or for_seconds.", field="to", accepted=_TIME)
    if said.end is not None:
        return _moment(said.end, "to")
    return from_us + (said.for_seconds or 0) * clock.SECOND_US


def _moment(text: str, field: str) -> int:
    try:
        return clock.from_iso(text)
    except InvalidInput as wrong:
        raise InvalidInput(f"{field}: {wrong.message}", field=field, value=text[:80], accepted=_TIME) from None
