"""Files in which serving stacks log requests and responses → canonical batches, some records at a time.

What cannot be read is listed by its place in the file and leaves the rest alone, also a last line that is not whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa

from seamark.errors import InvalidInput, SeamarkError
from seamark.records import rows as names
from seamark.records.log import EntryKind
from seamark.wire import bentoml, databricks, sagemaker
from seamark.wire.batch import Batch
from seamark.wire.canonical import Request, check_model
from seamark.wire.exchanges import Gathered, Gathering, batch_of
from seamark.wire.files import SUFFIXES, TABLES, FileBatch, OpenFile, chunks, guarded, open_file
from seamark.wire.limits import Limits
from seamark.wire.log_format import Columns, LogFormat, Record, Told
from seamark.wire.parse import parse
from seamark.wire.refusal import Refusal, Refusals
from seamark.wire.roles import Roles

FORMATS: Final[dict[str, LogFormat]] = {
    "sagemaker": sagemaker.FORMAT,
    "bentoml": bentoml.FORMAT,
    "databricks": databricks.FORMAT,
}
_LINE: Final = msgspec.json.Decoder(dict[str, Any])
_LONGEST_LINE: Final = 64 << 20  # bytes; a longer one is refused, and the rest of it with it
_LABEL: Final = names.VALUE + "label"

Place = tuple[int, Record | SeamarkError]  # a record's number in its file


def recognise(path: Path) -> str | None:
    """The format of a file, by its first record; None for a file that is none of these."""
    try:
        _, first = next(_records(Told(path, ""), 1), (0, None))
    except SeamarkError:
        return None
    if first is None or isinstance(first, SeamarkError):
        return None
    return next((name for name, each in FORMATS.items() if each.recognises(first)), None)


def files_in(path: Path) -> list[Path]:
    """The file, or those of a folder and its folders that may hold predictions, by name; raises InvalidInput for none.

    Hidden files, and those of hidden folders, are somebody's work in progress.
    """
    if not path.is_dir():
        return [path]
    found = [each for each in path.rglob("*") if each.is_file() and may_be_read(each.relative_to(path))]
    if not found:
        raise InvalidInput(f"{path.name}/ holds no file of predictions.", accepted=", ".join((*SUFFIXES, ".log")))
    return sorted(found)


def may_be_read(inside: Path) -> bool:
    """Whether the name of a file, from its folder on, is one of a file that may hold predictions."""
    hidden = any(part.startswith((".", "_")) for part in inside.parts)
    return not hidden and (inside.suffix.lower() in SUFFIXES or ".log" in inside.suffixes)


def is_of_lines(path: Path) -> bool:
    """Whether a log of this name is lines, which can be read while it grows."""
    return path.suffix.lower() not in TABLES


def open_any(
    name: str, told: Told, roles: Roles, request: Request, limits: Limits, *, batch_rows: int = 10_000
) -> OpenFile:
    """A file in the format of that name; `rows` is none of these but a file of rows, and `auto` what it looks like."""
    found = recognise(told.path) or "rows" if name == "auto" else name
    if found == "rows":
        return open_file(told.path, roles, request, limits, batch_rows=batch_rows)
    return open_log(found, told, request, limits, batch_rows=batch_rows)


def open_log(name: str, told: Told, request: Request, limits: Limits, *, batch_rows: int = 10_000) -> OpenFile:
    """A file in the format of that name; `request` gives the present. Raises InvalidInput for an unknown format."""
    if name not in FORMATS:
        accepted = ", ".join(FORMATS)
        raise InvalidInput(f"There is no format {name!r}; there are {accepted}.", field="format", accepted=accepted)
    check_model(told.model, limits)
    asked = replace(request, model=told.model, version=told.version, partial=True)
    notes = (f"{told.path.name} is read as {FORMATS[name].title}.",)
    return OpenFile(Roles(), notes, None, _batches(FORMATS[name], told, asked, limits, batch_rows))


def _batches(form: LogFormat, told: Told, request: Request, limits: Limits, batch_rows: int) -> Iterator[FileBatch]:
    read = form.reader(told)
    records = _together(_records(told, batch_rows), form.together, limits.max_rows)
    while some := _some(records, batch_rows):
        first, gathering, refusals = some[0][0][0], Gathering(), Refusals()
        for places in some:
            place = places[0][0] - first
            try:
                columns = read([_readable(record) for _, record in places])
                if columns:
                    gathering.add(told.model, columns, place)
            except SeamarkError as error:
                refusals.add_error(place, _about_record(error))
        rows = some[-1][-1][0] - first + 1
        for group in gathering.take():
            yield FileBatch(first, rows, *_finished(group, request, limits))
        if len(refusals):
            nothing = Batch(EntryKind.PREDICTIONS, told.model, pa.table({}), refusals.sorted())
            yield FileBatch(first, rows, nothing, None)


def _together(records: Iterator[Place], field: str, most: int) -> Iterator[list[Place]]:
    """Records that follow each other with the same value of a field, `most` at a time; one by one without a field."""
    group: list[Place] = []
    for place in records:
        if group and (len(group) >= most or not field or _value(group[-1], field) != _value(place, field)):
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def _value(place: Place, field: str) -> object:
    """A record's value of a field; one that cannot be read is like no other."""
    _, record = place
    return object() if isinstance(record, SeamarkError) else record.get(field)


def _some(groups: Iterator[list[Place]], records: int) -> list[list[Place]]:
    """The next groups, until they have so many records."""
    found: list[list[Place]] = []
    left = records
    while left > 0 and (group := next(groups, None)) is not None:
        found.append(group)
        left -= len(group)
    return found


def _readable(record: Record | SeamarkError) -> Record:
    if isinstance(record, SeamarkError):
        raise record
    return record


def _finished(group: Gathered, request: Request, limits: Limits) -> tuple[Batch, Batch | None]:
    """The predictions of a group, with refusals numbered by record, and the outcomes that came with them."""
    answer = group.columns.pop(_LABEL, None)
    try:
        predictions = batch_of(group.columns, request, limits)
    except InvalidInput as error:
        refused = [Refusal(place, error.field or "record", error.value, error.message, "") for place, _ in group.parts]
        return Batch(EntryKind.PREDICTIONS, request.model, pa.table({}), tuple(refused)), None
    outcomes = None
    if answer is not None and any(value is not None for value in answer):
        outcomes = batch_of(_known(group.columns, answer), replace(request, kind=EntryKind.OUTCOMES), limits)
    places = [place for place, rows in group.parts for _ in range(rows)]
    refused = [replace(each, row=places[each.row]) for each in predictions.refused]
    return replace(predictions, refused=tuple(refused)), outcomes


def _known(columns: Columns, answer: Sequence[Any]) -> Columns:
    """Outcomes that are known, at the time of their prediction."""
    known = [row for row, value in enumerate(answer) if value is not None]
    found = {names.ID: columns[names.ID], names.TIME: columns[names.TIME], _LABEL: answer}
    return {name: [values[row] for row in known] for name, values in found.items()}


def _records(told: Told, batch_rows: int) -> Iterator[Place]:
    """The records of a file, numbered: rows of a table, or lines."""
    path = told.path
    if path.suffix.lower() in TABLES:
        found, _ = chunks(path, batch_rows)
        rows = (row for chunk in guarded(found, path) for row in pa.table(chunk.columns).to_pylist())
        yield from enumerate(rows)
        return
    yield from guarded(_lines(told), path)


def _lines(told: Told) -> Iterator[Place]:
    with told.path.open("rb") as file:
        file.seek(told.start)
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b"")):
            if told.end is not None and file.tell() > told.end:
                return
            if line.strip():
                yield number, _record(line)


def _record(line: bytes) -> Record | SeamarkError:
    try:
        return parse(_LINE, line)
    except InvalidInput as error:
        return InvalidInput(f"The line is no JSON object: {error.message}", field="line", accepted="a line of JSON")


def _about_record(error: SeamarkError) -> InvalidInput:
    return error if isinstance(error, InvalidInput) else InvalidInput(error.message)
