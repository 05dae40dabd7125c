"""Databricks' inference tables, as files: the older form (`timestamp_ms`) and AI Gateway's (`request_time`).

Requests that failed are left out. A row that stands for several, because requests were sampled, weighs as many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from seamark import clock
from seamark.errors import InvalidInput
from seamark.wire.exchanges import Exchange, columns_of
from seamark.wire.log_format import Columns, LogFormat, Record, Told
from seamark.wire.payloads import Payload

_FINE: Final = "200"


def recognises(record: Record) -> bool:
    """Whether a table has these columns."""
    return {"databricks_request_id", "request", "response"} <= record.keys()


def _reader(told: Told) -> Callable[[Sequence[Record]], Columns]:
    return lambda records: _columns(records[0], told)


def _columns(record: Record, told: Told) -> Columns:
    """The rows of a request; none where it failed."""
    if str(record.get("status_code") or _FINE).partition(".")[0] != _FINE:
        return {}
    id = record.get("client_request_id") or record.get("databricks_request_id")
    asked, said = record.get("request"), record.get("response")
    if not (isinstance(id, str) and isinstance(asked, str) and isinstance(said, str)):
        raise InvalidInput("The row lacks databricks_request_id, request or response.", accepted="three texts")
    fraction = _number(record.get("sampling_fraction"))
    latency = _number(record.get("execution_time_ms"))
    exchange = Exchange(
        id,
        _moment(record),
        told.model,
        Payload("application/json", asked.encode()),
        Payload("application/json", said.encode()),
        told.version or _version(record.get("request_metadata")),
        weight=1 / fraction if fraction is not None and 0 < fraction < 1 else None,
        latency_ms=_number(record.get("execution_duration_ms")) if latency is None else latency,
    )
    return columns_of(exchange, told.naming)


def _moment(record: Record) -> int:
    milliseconds = _number(record.get("timestamp_ms"))
    if milliseconds is not None:
        return int(milliseconds * 1_000)
    time = record.get("request_time")
    if isinstance(time, datetime) and time.tzinfo is not None:
        return clock.from_iso(time.isoformat())
    if isinstance(time, str):
        return clock.from_iso(time)
    raise InvalidInput("The row has neither timestamp_ms nor request_time.", field="timestamp_ms", accepted="a time")


def _version(metadata: Any) -> str:
    """`model_version` of a map, which is an object in JSON and pairs in a table."""
    pairs = metadata if isinstance(metadata, dict) else {}
    if isinstance(metadata, list):
        pairs = {pair[0]: pair[1] for pair in metadata if isinstance(pair, tuple) and len(pair) == 2}
    version = pairs.get("model_version")
    return version if isinstance(version, str) else ""


def _number(value: Any) -> float | None:
    """A finite number, also one that is written as a text."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e18 else None


FORMAT: Final = LogFormat("a Databricks inference table", recognises, _reader)
