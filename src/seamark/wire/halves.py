"""One half of a logged exchange: what a model was asked, or what it answered."""

from __future__ import annotations

from dataclasses import dataclass

from seamark.wire.payloads import Payload


@dataclass(frozen=True, slots=True)
class Half:
    """Two halves with one `key` are an exchange. `time_us` None: the sender named none."""

    key: tuple[str, ...]
    is_request: bool
    id: str
    model: str
    version: str
    time_us: int | None
    payload: Payload
