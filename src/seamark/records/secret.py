"""A secret from the configuration: usable, never printable."""

from __future__ import annotations


class Secret:
    """Text that logs, errors and the screen must not show. `source` (`env:NAME` or `file:PATH`) may be shown."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str) -> None:
        self._value = value
        self.source = source

    def reveal(self) -> str:
        """The secret itself; call it where it is used, and keep no copy."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.source})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._value, self.source) == (other._value, other.source)

    def __hash__(self) -> int:
        return hash(self.source)
