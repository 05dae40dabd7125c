"""CSV files with a header line; `.tsv` and other delimiters are recognised by it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from seamark.compare.readers._text_file import TextFileSource, TextTable, open_text_file
from seamark.errors import InvalidInput

_DELIMITERS: Final = ",;\t|"
# What spreadsheets, pandas and R write for a missing value.
_MISSING: Final = ["", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None"]
_READ: Final = "read_csv($path, header = true, delim = $delimiter, nullstr = $missing{})"
_FIRST_LINE: Final = (
    "SELECT * FROM read_csv($path, header = false, delim = '\\0', quote = '', columns = {'line': 'VARCHAR'}) LIMIT 1"
)


def _open(path: Path) -> TextFileSource:
    parameters = {"path": str(path), "delimiter": _delimiter(path), "missing": _MISSING}
    return open_text_file(TextTable(path, _READ.format(", all_varchar = true"), _READ.format(""), parameters))


def _delimiter(path: Path) -> str:
    """The commonest candidate in the header; a comma where there is but one column.

    DuckDB would guess it from the rows too, and take a file with one broken row for one of a single column.
    """
    header = _header(path)
    return max(_DELIMITERS, key=header.count)


def _header(path: Path) -> str:
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            rows = connection.sql(_FIRST_LINE, params={"path": str(path)}).fetchall()
    except duckdb.Error as error:
        raise InvalidInput(
            f"{str(path)!r} cannot be read as CSV: {str(error).splitlines()[0]}", value=str(path)
        ) from error
    if not rows:
        raise InvalidInput(f"{str(path)!r} is empty; a CSV file starts with a line of column names.", value=str(path))
    return str(rows[0][0])


READER = _open
