"""The report of a comparison, and the forms it takes."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

from arro3.core import Array, DataType, Table

from seamark.compare.documents import to_document, to_rows
from seamark.compare.findings import ColumnFinding, Findings, Verdict
from seamark.compare.page.page import render_fragment, render_page
from seamark.compare.terminal import table
from seamark.errors import NotFound
from seamark.records.wording import counted

_FRAMES: Final = {"pandas": "DataFrame", "polars": "DataFrame", "pyarrow": "table"}
_NUMBER_COLUMNS: Final = ("value", "effect", "threshold", "p", "p_adjusted", "impact")
_WIDTH: Final = 120
_BROKEN: Final = (Verdict.DRIFTED, Verdict.TYPE_CHANGED, Verdict.GONE)


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What `compare` found; columns that matter most come first."""

    findings: Findings

    @property
    def drifted(self) -> list[str]:
        """Names of the columns that drifted."""
        return [column.name for column in self.findings.with_verdict(Verdict.DRIFTED)]

    @property
    def ok(self) -> bool:
        """Whether no column drifted, is gone or has changed its type."""
        return not self.findings.with_verdict(*_BROKEN)

    @property
    def columns(self) -> tuple[ColumnFinding, ...]:
        """Every column of either data set."""
        return self.findings.columns

    def __getitem__(self, name: str) -> ColumnFinding:
        """One column; raises NotFound."""
        for column in self.columns:
            if column.name == name:
                return column
        raise NotFound(
            f"The report has no column {name!r}; it has {counted(len(self.columns), 'column')}, see `report.columns`."
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything, as plain dicts and lists without NaN."""
        return to_document(self.findings)

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1)

    def to_frame(self, library: str | None = None) -> Any:
        """One row per column, as a frame of `library` (pandas, polars or pyarrow).

        Without one: of the first of these that is loaded, or else installed, or else as an arro3 table.
        Raises NotFound when the library asked for is not installed.
        """
        rows = to_rows(self.findings)
        chosen = library or _loaded_library() or _installed_library()
        if chosen is None:
            return Table.from_pydict({name: Array(values, _arrow_type(name)) for name, values in rows.items()})
        if chosen not in _FRAMES or not importlib.util.find_spec(chosen):
            raise NotFound(f"No frame library {chosen!r} is installed; there may be {', '.join(_FRAMES)}.")
        return getattr(importlib.import_module(chosen), _FRAMES[chosen])(rows)

    def to_html(self, path: str | PathLike[str] | None = None) -> str:
        """One self-contained page; written to `path` when given, and returned."""
        page = render_page(self.findings)
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page

    def __str__(self) -> str:
        return table(self.findings, width=_WIDTH)

    def __repr__(self) -> str:
        return table(self.findings, width=_WIDTH)

    def _repr_html_(self) -> str:
        return render_fragment(self.findings)


def _arrow_type(name: str) -> DataType:
    return DataType.float64() if name in _NUMBER_COLUMNS else DataType.string()


def _loaded_library() -> str | None:
    return next((name for name in _FRAMES if name in sys.modules), None)


def _installed_library() -> str | None:
    return next((name for name in _FRAMES if importlib.util.find_spec(name)), None)
