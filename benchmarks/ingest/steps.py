"""The same batches through the steps of ingest one by one, in this process: where the time goes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from payloads import MODEL

from seamark import clock
from seamark.records.log import EntryKind, LogEntry
from seamark.store.backends import local
from seamark.wire import arrow, documents
from seamark.wire.batch import encode
from seamark.wire.bodies import PredictionsBody
from seamark.wire.canonical import Request
from seamark.wire.limits import Limits
from seamark.wire.parse import parse

_LIMITS = Limits()
_GROUP = 8  # batches per transaction, as under load


def microseconds_per_batch(body: bytes, media: str, *, repeat: int = 200) -> dict[str, float]:
    """CPU microseconds per batch: decode (bytes → values), validate and build (→ canonical table), encode, commit."""
    import msgspec  # noqa: PLC0415  a benchmark's own clock must not count it

    request = Request(EntryKind.PREDICTIONS, MODEL, clock.now_us(), "1")
    if media == "application/json":
        decoder = msgspec.json.Decoder(PredictionsBody)
        decode: Callable[[], object] = lambda: parse(decoder, body)
        whole: Callable[[], object] = lambda: documents.predictions(body, request, _LIMITS)
        table = documents.predictions(body, request, _LIMITS).table
    else:
        decode = lambda: arrow.read_stream(body, _LIMITS)
        whole = lambda: arrow.decode(body, request, _LIMITS)
        table = arrow.decode(body, request, _LIMITS).table
    decoding, both = _timed(decode, repeat), _timed(whole, repeat)
    return {
        "decode": decoding,
        "validate and build": both - decoding,
        "encode": _timed(lambda: encode(table), repeat),
        "commit": _commit(encode(table), table.num_rows, repeat),
    }


def _commit(payload: bytes, rows: int, repeat: int) -> float:
    entry = LogEntry(EntryKind.PREDICTIONS, "default", MODEL, clock.now_us(), rows, payload)
    with tempfile.TemporaryDirectory() as folder:
        store = local.BACKEND.open(Path(folder))
        try:
            return _timed(lambda: store.log.append([entry] * _GROUP), repeat // _GROUP) / _GROUP
        finally:
            store.close()


def _timed(call: Callable[[], object], repeat: int) -> float:
    call()
    began = time.process_time()
    for _ in range(repeat):
        call()
    return (time.process_time() - began) / repeat * 1e6
