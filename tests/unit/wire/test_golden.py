"""Every format in and out, held in files: what is sent, the canonical table it becomes, or the problem it is.

A case is a file `NAME.json`: `{"endpoint", "format"?, "partial"?, "body", "becomes"}`. Run with
SEAMARK_WRITE_GOLDEN=1 to rewrite the expectations after a deliberate change, and read the diff.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from tests.unit.wire.batches import LIMITS, NOW, request

from seamark.errors import InvalidInput
from seamark.records.attribution import Explained
from seamark.records.log import EntryKind
from seamark.wire import arrow, attributions, documents
from seamark.wire.batch import encode
from seamark.wire.media import Media
from seamark.wire.refusal import Refusal

FOLDER = Path(__file__).parents[2] / "golden" / "wire"
CASES = sorted(FOLDER.glob("*.json"))


def decode(case):
    kind = EntryKind(case["endpoint"])
    if kind is EntryKind.ATTRIBUTIONS:
        return decode_attributions(case)
    asked = request(kind, partial=case.get("partial", False))
    if case.get("format") == "arrow":
        return arrow.decode(encode(as_table(case["body"])), asked, LIMITS)
    body = json.dumps(case["body"]).encode()
    if kind is EntryKind.CHANGE:
        return documents.change(body, "default", NOW, LIMITS)
    return (documents.outcomes if kind is EntryKind.OUTCOMES else documents.predictions)(body, asked, LIMITS)


def decode_attributions(case):
    media = {"arrow": Media.ARROW, "csv": Media.CSV}.get(case.get("format"), Media.JSON)
    body = case["body"].encode() if media is Media.CSV else json.dumps(case["body"]).encode()
    if media is Media.ARROW:
        body = encode(pa.table({name: pa.array(values) for name, values in case["body"].items()}))
    batch, notes = attributions.read(media, body, "m", Explained("score"), LIMITS)
    return replace(batch, refused=[Refusal(0, "", None, note, "") for note in notes])


def as_table(columns):
    arrays = {name: pa.array(values) for name, values in columns.items()}
    return pa.table({**arrays, "time": arrays["time"].cast(pa.timestamp("us", "UTC"))})


def outcome_of(case):
    """What the case's body becomes, as JSON."""
    try:
        found = decode(case)
    except InvalidInput as error:
        place = {name: getattr(error, name) for name in ("field", "row", "value", "accepted")}
        return {"error": {"kind": type(error).__name__, "message": error.message, **place}}
    if case["endpoint"] == "change":
        return {"change": msgspec.to_builtins(found)}
    columns = zip(found.table.column_names, found.table.columns, strict=True)
    table = {name: {"type": str(column.type), "values": shown(column)} for name, column in columns}
    if case["endpoint"] == "attributions":
        explained = msgspec.to_builtins(Explained.from_metadata(found.table.schema.metadata))
        return {"table": table, "explained": explained, "notes": [each.message for each in found.refused]}
    refused = [{"row": each.row, "field": each.field, "message": each.message} for each in found.refused]
    return {"table": table, **({"refused": refused} if refused else {})}


def shown(column):
    return column.cast(pa.string()).to_pylist() if pa.types.is_timestamp(column.type) else column.to_pylist()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_format_is_kept(path):
    case = json.loads(path.read_text())
    result = outcome_of(case)
    if os.environ.get("SEAMARK_WRITE_GOLDEN"):
        case["becomes"] = result
        path.write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n")
    assert result == case["becomes"]


def test_there_are_cases_of_every_endpoint_and_format():
    cases = [json.loads(path.read_text()) for path in CASES]
    assert {(case["endpoint"], case.get("format", "json")) for case in cases} == {
        ("predictions", "json"),
        ("predictions", "arrow"),
        ("outcomes", "json"),
        ("outcomes", "arrow"),
        ("change", "json"),
        ("attributions", "json"),
        ("attributions", "arrow"),
        ("attributions", "csv"),
    }
