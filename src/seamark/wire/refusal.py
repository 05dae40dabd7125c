"""What is wrong with a row, said once, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from seamark.errors import InvalidInput

_SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that cannot be accepted. `value` is what was sent (shortened), `accepted` what would have been taken."""

    row: int
    field: str
    value: object
    message: str
    accepted: str

    def error(self) -> InvalidInput:
        """The refusal of the whole batch over this row."""
        return InvalidInput(
            f"Row {self.row}: {self.message}", field=self.field, row=self.row, value=self.value, accepted=self.accepted
        )


class Refusals:
    """The first refusal of each row of one batch."""

    def __init__(self) -> None:
        self._by_row: dict[int, Refusal] = {}

    def add(self, row: int, field: str, value: object, problem: str, accepted: str) -> None:
        """Refuse a row: `time '12:00' is not a time; send ISO 8601 with a zone.`"""
        shown = f"{field} {shorten(value)!r}" if value is not None else field
        message = f"{shown} {problem}; send {accepted}."
        self._by_row.setdefault(row, Refusal(row, field, shorten(value), message, accepted))

    def add_error(self, row: int, error: InvalidInput) -> None:
        """Refuse a row whose structure could not be read."""
        refusal = Refusal(row, error.field or "body", error.value, error.message, error.accepted or "")
        self._by_row.setdefault(row, refusal)

    def sorted(self) -> tuple[Refusal, ...]:
        """By row."""
        return tuple(self._by_row[row] for row in sorted(self._by_row))

    def __len__(self) -> int:
        return len(self._by_row)


def shorten(value: object) -> object:
    """The value as an error may quote it: scalars as they are, the rest and long texts cut to 80 characters."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 2**64:
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"
