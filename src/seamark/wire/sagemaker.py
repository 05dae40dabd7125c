"""SageMaker's data capture: JSON Lines of `captureData` and `eventMetadata`, under ENDPOINT/VARIANT/YYYY/MM/DD/HH.

An `inferenceId` that the caller chose stands before the `eventId`, because outcomes are known by it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from seamark import clock
from seamark.errors import InvalidInput
from seamark.wire.exchanges import Exchange, columns_of
from seamark.wire.log_format import Columns, LogFormat, Record, Told
from seamark.wire.payloads import Payload

_ENCODINGS: Final = {"CSV": "text/csv", "JSON": "application/json"}


def recognises(record: Mapping[str, Any]) -> bool:
    """Whether the first record of a file is one of these."""
    return "captureData" in record and "eventMetadata" in record


def exchange(record: Mapping[str, Any], model: str, version: str) -> Exchange:
    """A line's exchange; raises InvalidInput for a line that lacks something, or was captured in part."""
    capture, about = _object(record, "captureData"), _object(record, "eventMetadata")
    id = about.get("inferenceId") or about.get("eventId")
    if not isinstance(id, str):
        raise InvalidInput("eventMetadata has neither inferenceId nor eventId.", field="eventId", accepted="a text")
    moment = about.get("inferenceTime")
    if not isinstance(moment, str):
        raise InvalidInput("eventMetadata has no inferenceTime.", field="inferenceTime", accepted="ISO 8601")
    asked, said = _payload(capture, "endpointInput"), _payload(capture, "endpointOutput")
    return Exchange(id, clock.from_iso(moment), model, asked, said, version)


def _object(record: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = record.get(field)
    if not isinstance(value, dict):
        raise InvalidInput(f"The line has no object {field}.", field=field, accepted="a line of data capture")
    return value


def _payload(capture: Mapping[str, Any], field: str) -> Payload:
    half = capture.get(field)
    if not isinstance(half, dict) or not isinstance(half.get("data"), str):
        raise InvalidInput(
            f"captureData has no {field}; capture input and output, with CaptureMode Input and Output.",
            field=field,
            accepted="both halves",
        )
    media, encoding = str(half.get("observedContentType") or ""), half.get("encoding")
    if encoding == "BASE64":
        try:
            return Payload(media, base64.b64decode(half["data"], validate=True))
        except (binascii.Error, ValueError):
            raise InvalidInput(f"The data of {field} is not base64.", field=field, accepted="base64") from None
    return Payload(media or _ENCODINGS.get(str(encoding), ""), half["data"].encode())


def _reader(told: Told) -> Callable[[Sequence[Record]], Columns]:
    return lambda records: columns_of(exchange(records[0], told.model, told.version), told.naming)


FORMAT: Final = LogFormat("SageMaker data capture", recognises, _reader)
