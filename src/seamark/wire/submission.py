"""One batch as it came, and what is said back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seamark.records.attribution import Explained
from seamark.records.log import EntryKind
from seamark.wire.media import Media
from seamark.wire.refusal import Refusal
from seamark.wire.roles import Roles


@dataclass(frozen=True, slots=True)
class Submission:
    """A body, decompressed. `model` and `version` are for formats that carry none."""

    kind: EntryKind
    project: str
    media: Media
    body: bytes
    model: str = ""
    version: str = ""
    partial: bool = False
    idempotency_key: str | None = None
    roles: Roles | None = None  # of a reference data set whose columns have names of their own
    explained: Explained | None = None  # by attributions


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is now durable, under which place in the log (None when every row was refused)."""

    accepted: int
    seq: int | None
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()  # what was inferred, a sentence each
    features: Mapping[str, str] = field(default_factory=dict)  # of a reference: name → kind it will be watched as
