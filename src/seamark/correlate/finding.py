"""What a signature says of an incident."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """A pattern that an incident fits: what it is called, what it is about and what to do."""

    signature: str
    kind: str
    subject: str
    summary: str
    next_step: str
    evidence: tuple[str, ...] = ()
    counter_evidence: tuple[str, ...] = ()


def named(labels: Iterable[str]) -> str:
    """`a, b and 3 more`, of labels of nodes or signals, each once."""
    names = sorted({label.partition("/")[2] or label.removeprefix("feature.") for label in labels})
    if len(names) > _SHOWN:
        return f"{', '.join(names[: _SHOWN - 1])} and {len(names) - _SHOWN + 1} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1] if names else ""]))
