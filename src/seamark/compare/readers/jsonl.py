"""JSON lines: one object per line, one column per key."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from seamark.compare.readers._text_file import TextFileSource, TextTable, open_text_file
from seamark.errors import InvalidInput

_READ: Final = "read_json($path, format = 'newline_delimited'{})"


def _open(path: Path) -> TextFileSource:
    parameters = {"path": str(path)}
    guessed = _READ.format("")
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            keys = connection.sql(f"FROM {guessed}", params=parameters).columns
    except duckdb.Error as error:
        raise InvalidInput(
            f"{str(path)!r} cannot be read as JSON lines: {str(error).splitlines()[0]}", value=str(path)
        ) from error
    columns = ", ".join(f"{_literal(key)}: 'VARCHAR'" for key in keys)
    return open_text_file(TextTable(path, _READ.format(f", columns = {{{columns}}}"), guessed, parameters))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


READER = _open
