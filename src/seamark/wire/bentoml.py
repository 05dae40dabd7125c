"""BentoML's monitoring files: a JSON object a row under NAME/data, and what its columns are under NAME/schema.

The rows of one request stand together under one `request_id`. Times are local and name no zone. Without a schema the
columns' names tell their roles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from seamark import clock
from seamark.errors import InvalidInput
from seamark.records import rows as names
from seamark.records.usual_names import USUAL_NAMES, plain
from seamark.wire.exchanges import answers_of, is_answer
from seamark.wire.log_format import Columns, LogFormat, Record, Told
from seamark.wire.sheets import Sheet, cell
from seamark.wire.tabular import zoned

_OWN: Final = ("timestamp", "request_id", "trace_id", "message")
_LABEL: Final = names.VALUE + "label"
_SCHEMA: Final = msgspec.json.Decoder(dict[str, Any])
_MOST_SCHEMA_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class _Schema:
    """Column → feature, prediction or target; and the version of the bento that wrote it."""

    roles: Mapping[str, str]
    version: str = ""

    def role(self, column: str) -> str:
        """Of a column, by the schema or by its name."""
        known = self.roles.get(column)
        if known is not None:
            return known
        if plain(column) in USUAL_NAMES["outcome"]:
            return "target"
        return "prediction" if not self.roles and is_answer(column) else "feature"


def recognises(record: Record) -> bool:
    """Whether the first record of a file is one of these."""
    return {"timestamp", "request_id", "trace_id"} <= record.keys()


def _reader(told: Told) -> Callable[[Sequence[Record]], Columns]:
    schema = _schema_beside(told.path)
    return lambda records: _columns(records, schema, told)


def _columns(records: Sequence[Record], schema: _Schema, told: Told) -> Columns:
    """The rows of one request."""
    id, rows = records[0].get("request_id"), len(records)
    if not isinstance(id, str):
        raise InvalidInput("The row has no request_id.", field="request_id", accepted="a text")
    by_role: dict[str, dict[str, list[Any]]] = {"feature": {}, "prediction": {}, "target": {}}
    for column in dict.fromkeys(name for record in records for name in record):
        if column not in _OWN:
            values = [cell(record.get(column)) for record in records]
            by_role.get(schema.role(column), by_role["feature"])[column] = values
    found: Columns = {
        names.ID: [id] if rows == 1 else [f"{id}:{row}" for row in range(rows)],
        names.TIME: [_moment(record.get("timestamp"), told.time_zone) for record in records],
        names.VERSION: [told.version or schema.version] * rows,
    }
    found |= {names.FEATURE + name: values for name, values in by_role["feature"].items()}
    if by_role["prediction"]:
        found |= answers_of(Sheet(rows, by_role["prediction"]), told.naming)
    if by_role["target"]:
        found[_LABEL] = next(iter(by_role["target"].values()))
    return found


def _moment(value: Any, time_zone: str | None) -> int:
    if not isinstance(value, str):
        raise InvalidInput("The row has no timestamp.", field="timestamp", accepted="ISO 8601")
    try:
        return clock.from_iso(str(value if time_zone is None else zoned(value, time_zone)))
    except InvalidInput as error:
        hint = "; name the zone of the machine with time_zone or --time-zone" if time_zone is None else ""
        raise InvalidInput(f"{error.message.rstrip('.')}{hint}.", field="timestamp", value=value[:80]) from None


def _schema_beside(path: Path) -> _Schema:
    """What stands under `schema` beside the file's folder, of the same worker; nothing where there is no such file."""
    worker = path.name.split(".")[1] if path.name.count(".") > 1 else "0"
    folder = path.parent.parent / "schema"
    files = [folder / f"schema.{worker}.log", *sorted(folder.glob("schema.*.log*"))]
    beside = next((each for each in files if each.is_file()), None)
    if beside is None:
        return _Schema({})
    roles: dict[str, str] = {}
    version = ""
    with beside.open("rb") as file:
        for line in file.read(_MOST_SCHEMA_BYTES).splitlines():
            document = _document(line)
            columns = document.get("columns")
            for column in columns if isinstance(columns, list) else ():
                if isinstance(column, dict) and {"name", "role"} <= column.keys():
                    roles[str(column["name"])] = str(column["role"])
            about = document.get("meta_data")
            version = str(about.get("bento_version") or version) if isinstance(about, dict) else version
    return _Schema(roles, version)


def _document(line: bytes) -> dict[str, Any]:
    try:
        return _SCHEMA.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}


FORMAT: Final = LogFormat("BentoML's monitoring data", recognises, _reader, together="request_id")
