"""Times a host may pass, and how they travel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from seamark.client.reasons import Reason, Refused
from seamark.clock import SECOND_US, from_iso, to_iso
from seamark.errors import InvalidInput

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END_US: Final = 253_402_300_800 * SECOND_US  # the year 10000, where ISO 8601 ends
_MICROSECOND: Final = timedelta(microseconds=1)
_ACCEPTED: Final = "pass a datetime with a zone, ISO 8601 text with a zone, or seconds since 1970 like time.time()"


def moment_us(value: object, assume_zone: tzinfo | None) -> int:
    """Microseconds since the epoch of whatever a host calls a time.

    A datetime without a zone is one of `assume_zone`; without that it is refused rather than guessed: a guess files
    every row under a wrong hour and looks healthy. Raises Refused.
    """
    value = _unboxed(value)
    if isinstance(value, datetime):
        return _within(_datetime_us(value, assume_zone), value)
    if isinstance(value, str):
        return _within(_text_us(value, assume_zone), value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _END_US:
        return _within(round(value * SECOND_US), value)
    raise Refused(Reason.INVALID_TIME, f"{value!r:.100} is not a time; {_ACCEPTED}.")


def seconds_of(value: datetime) -> float:
    """Seconds since the epoch; without a zone, of the wall clock as if it were UTC. For features, not for times."""
    return ((value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def iso_times(times_us: Iterable[int]) -> list[str]:
    """`2026-11-01T12:00:00.000001Z` of each: `clock.to_iso` for many times that share their seconds."""
    texts = []
    prefix, known = "", -1
    for time_us in times_us:
        second, fraction = divmod(time_us, SECOND_US)
        if second != known:
            prefix, known = to_iso(second * SECOND_US)[:-1], second
        texts.append(f"{prefix}.{fraction:06d}Z")
    return texts


def _unboxed(value: object) -> object:
    """The Python value of a NumPy scalar."""
    if type(value).__name__ == "datetime64":
        return value.astype("datetime64[us]").item()  # type: ignore[attr-defined]
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "shape", None) == () else value


def _datetime_us(value: datetime, assume_zone: tzinfo | None) -> int:
    if value.tzinfo is None:
        if assume_zone is None:
            raise Refused(
                Reason.INVALID_TIME,
                f"{value.isoformat()} has no time zone; {_ACCEPTED}, or give the client assume_zone=.",
            )
        value = value.replace(tzinfo=assume_zone)
    return (value - _EPOCH) // _MICROSECOND


def _text_us(text: str, assume_zone: tzinfo | None) -> int:
    try:
        return from_iso(text)
    except InvalidInput as error:
        if assume_zone is None:
            raise Refused(Reason.INVALID_TIME, error.message) from None
    try:
        return _datetime_us(datetime.fromisoformat(text), assume_zone)
    except ValueError:
        raise Refused(Reason.INVALID_TIME, f"{text!r:.100} is not a time; {_ACCEPTED}.") from None


def _within(time_us: int, value: object) -> int:
    if not 0 <= time_us < _END_US:
        raise Refused(
            Reason.INVALID_TIME,
            f"{value!r:.100} is outside the years 1970 to 9999; {_ACCEPTED} (not milliseconds).",
        )
    return time_us
