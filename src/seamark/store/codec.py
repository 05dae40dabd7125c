"""Records as JSON text, for the records a store keeps whole.

The text is what `json` writes, so NaN and the infinities appear as the words `NaN` and `Infinity`:
not standard JSON, yet the only text form in which a float survives; nobody but a store reads it.
A field that a stored text lacks takes its default, and a field that no longer exists is ignored, so
records may grow. Renaming a field or an enum's value needs a migration.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from seamark.errors import Corrupt

T = TypeVar("T")


def to_text(record: Any) -> str:
    """A frozen dataclass of numbers, texts, enums, tuples, None and further dataclasses."""
    return json.dumps(msgspec.to_builtins(record), ensure_ascii=False, separators=(",", ":"))


def from_text(text: str, record_type: type[T]) -> T:
    """The record that `to_text` wrote; raises Corrupt when it does not fit `record_type`."""
    try:
        return msgspec.convert(json.loads(text), record_type)
    except (ValueError, msgspec.ValidationError) as error:
        raise Corrupt(f"A stored {record_type.__name__} cannot be read ({error}): {text[:200]!r}.") from error
