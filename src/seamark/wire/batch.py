"""A decoded batch: the canonical table and what was refused of it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from seamark.records.log import EntryKind
from seamark.wire.bodies import ClientNote
from seamark.wire.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows ready to be logged. `table` has the columns of `records.rows`, in their order."""

    kind: EntryKind
    model: str
    table: pa.Table
    refused: tuple[Refusal, ...] = ()  # empty unless the caller asked for a partial batch
    shortened: int = 0  # texts cut to the limit
    client: ClientNote | None = None  # what the sender said about itself


def encode(table: pa.Table) -> bytes:
    """The payload of a log entry: one Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
