"""A report is a list of columns, a frame, a dict, a page, and a table of text."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from arro3.core import Table

from seamark.compare import Verdict, compare
from seamark.compare import report as report_module
from seamark.errors import NotFound

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=300)


@pytest.fixture(scope="module")
def report():
    return compare({"calm": VALUES, "wild": VALUES, "gone": VALUES}, {"calm": VALUES, "wild": VALUES + 2})


def test_columns_are_found_by_name(report):
    assert report["wild"].verdict is Verdict.DRIFTED
    with pytest.raises(NotFound, match="no column 'tame'; it has 3 columns"):
        report["tame"]


def test_a_report_is_fine_unless_a_column_drifted_is_gone_or_changed_its_type(report):
    assert not report.ok
    assert compare({"a": VALUES}, {"a": VALUES, "new": VALUES}).ok
    assert not compare({"a": VALUES, "b": VALUES}, {"a": VALUES}).ok
    assert not compare({"a": VALUES}, {"a": ["x"] * 300}).ok


def test_the_dict_holds_for_every_column_what_was_promised(report):
    document = report.to_dict()
    assert document["drifted"] == ["wild"]
    assert document["reference"] == {"name": "dict", "rows": 300, "columns": 3}
    wild = next(column for column in document["columns"] if column["name"] == "wild")
    assert wild["verdict"] == "drifted"
    assert wild["effect"] > wild["threshold"] > 0
    assert wild["p"] < 0.01
    assert wild["value"] >= wild["effect"]
    gone = next(column for column in document["columns"] if column["name"] == "gone")
    assert (gone["verdict"], gone["value"], gone["reference"]) == ("gone", None, None)


def test_the_dict_is_json_without_nan():
    strange = compare({"x": [None] * 60, "y": [1.0] * 60}, {"x": [None] * 60, "y": [np.inf] * 60})
    assert json.loads(strange.to_json()) == strange.to_dict()
    assert "NaN" not in strange.to_json()
    assert "Infinity" not in strange.to_json()


@pytest.mark.parametrize(
    ("library", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)]
)
def test_a_frame_of_any_library_has_one_row_per_column(report, library, kind):
    frame = report.to_frame(library)
    assert isinstance(frame, kind)
    assert list(frame["column"].to_pylist() if library == "pyarrow" else frame["column"]) == ["gone", "wild", "calm"]


def test_without_a_frame_library_there_is_an_arrow_table(report, monkeypatch):
    monkeypatch.setattr(report_module, "_loaded_library", lambda: None)
    monkeypatch.setattr(report_module, "_installed_library", lambda: None)
    frame = report.to_frame()
    assert isinstance(frame, Table)
    assert frame.column("verdict").to_pylist() == ["gone", "drifted", "stable"]
    assert frame.column("effect").to_pylist()[0] is None


def test_a_frame_library_that_is_not_there_is_named(report):
    with pytest.raises(NotFound, match="No frame library 'modin' is installed; there may be pandas, polars, pyarrow"):
        report.to_frame("modin")


def test_the_page_is_written_and_returned(report, tmp_path):
    path = tmp_path / "report.html"
    assert report.to_html(path) == path.read_text(encoding="utf-8")


def test_a_notebook_shows_a_fragment_and_a_shell_the_table(report):
    assert report._repr_html_().startswith("<style>")
    assert "<html" not in report._repr_html_()
    assert repr(report) == str(report)
    assert repr(report).startswith("1 of 3 columns drifted, 1 gone")


def test_comparing_arrays_imports_no_frame_library_and_no_arrow_but_arro3():
    """So that the base install is enough, and quick to import."""
    script = (
        "import sys, numpy, seamark; seamark.compare({'a': numpy.arange(99.)}, {'a': ['x'] * 99}).to_html();"
        "print(sorted({'pandas', 'polars', 'pyarrow', 'duckdb', 'rich', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
