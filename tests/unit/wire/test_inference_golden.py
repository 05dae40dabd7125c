"""Every format of inference logs, held in files: what a serving stack sends or writes, and the rows it becomes.

A case is `NAME.json`: `{"format", "model"?, "naming"?, "time_zone"?, "events" | "lines" | "columns", "becomes"}`.
Events are `{"headers", "body"}`; lines are objects, or texts that stand as they are. Run with SEAMARK_WRITE_GOLDEN=1
to rewrite the expectations after a deliberate change, and read the diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.wire.batches import LIMITS, NOW, request

from seamark.errors import InvalidInput
from seamark.wire.exchanges import Exchange, Gathering, batch_of, columns_of
from seamark.wire.inference_events import halves
from seamark.wire.inference_logs import FORMATS, open_any, recognise
from seamark.wire.log_format import Told
from seamark.wire.roles import Roles
from seamark.wire.sheets import Naming

FOLDER = Path(__file__).parents[2] / "golden" / "inference"
CASES = sorted(FOLDER.glob("*.json"))


def shown(table):
    columns = zip(table.column_names, table.columns, strict=True)
    return {name: (column.cast(pa.string()) if name == "time" else column).to_pylist() for name, column in columns}


def naming_of(case):
    return Naming(**{name: tuple(words) for name, words in case.get("naming", {}).items()})


def of_events(case):
    """What a sender's requests become, joined as the door joins them."""
    waiting, gathering = {}, Gathering()
    for event in case["events"]:
        body = event["body"] if isinstance(event["body"], str) else json.dumps(event["body"])
        for half in halves({name.lower(): value for name, value in event["headers"].items()}, body.encode()):
            other = waiting.pop(half.key, None)
            if other is None:
                waiting[half.key] = half
                continue
            asked, said = (half, other) if half.is_request else (other, half)
            exchange = Exchange(asked.id, asked.time_us or NOW, asked.model, asked.payload, said.payload, asked.version)
            gathering.add(exchange.model, columns_of(exchange, naming_of(case)))
    found = [(group.model, batch_of(group.columns, request(model=group.model), LIMITS)) for group in gathering.take()]
    return {"batches": [{"model": model, "table": shown(batch.table)} for model, batch in found]}


def of_file(case, folder):
    path = folder / case.get("file", "log.jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    if "columns" in case:
        pq.write_table(pa.table(case["columns"]), path)
    else:
        write_lines(path, case["lines"])
    for name, lines in case.get("beside", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_lines(folder / name, lines)
    assert recognise(path) == case["format"]
    told = Told(path, case.get("model", "m"), "", case.get("time_zone"), naming_of(case))
    batches = list(open_any("auto", told, Roles(), request(), LIMITS).batches)
    found = {
        "batches": [
            {"model": "m", "table": shown(each.predictions.table)}
            for each in batches
            if each.predictions.table.num_rows
        ]
    }
    outcomes = [shown(each.outcomes.table) for each in batches if each.outcomes is not None]
    refused = [[each.first_row + one.row, one.message] for each in batches for one in each.predictions.refused]
    return found | ({"outcomes": outcomes} if outcomes else {}) | ({"refused": refused} if refused else {})


def write_lines(path, lines):
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_format_is_kept(path, tmp_path):
    case = json.loads(path.read_text())
    try:
        result = of_events(case) if "events" in case else of_file(case, tmp_path)
    except InvalidInput as error:
        result = {"error": error.message}
    if os.environ.get("SEAMARK_WRITE_GOLDEN"):
        case["becomes"] = result
        path.write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n")
    assert result == case["becomes"]


def test_every_format_has_its_cases():
    assert {json.loads(path.read_text())["format"] for path in CASES} == {"kserve", "seldon", *FORMATS}
