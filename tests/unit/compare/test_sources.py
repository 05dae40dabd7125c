"""Whatever holds the data, the same data give the same report."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from arro3.core import Table
from tests.unit.compare.readings import column_values

from seamark.compare import compare
from seamark.compare.sources import StreamSource, open_source
from seamark.errors import InvalidInput

ROWS = 400


def table(seed, shift=0.0):
    rng = np.random.default_rng(seed)
    amount = rng.normal(50 + shift, 10, ROWS)
    return pa.table(
        {
            "amount": pa.array(amount, mask=rng.random(ROWS) < 0.1),
            "count": rng.integers(0, 9, ROWS),
            "country": pa.array(rng.choice(["FR", "DE", "US"], ROWS), mask=rng.random(ROWS) < 0.05),
            "day": pa.array(rng.integers(18_000, 18_100, ROWS), pa.int32()).cast(pa.date32()),
            "vip": rng.random(ROWS) < 0.3,
        }
    )


def as_jsonl(data, path):
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in data.to_pylist()), encoding="utf-8")
    return path


def as_csv(data, path):
    pyarrow.csv.write_csv(data, path)
    return path


def as_parquet(data, path):
    pq.write_table(data, path, row_group_size=150)
    return path


def as_parquet_folder(data, path):
    path.mkdir()
    pq.write_table(data.slice(0, 100), path / "a.parquet")
    pq.write_table(data.slice(100), path / "b.parquet")
    return path


FORMS = {
    "pyarrow table": lambda data, _: data,
    "pyarrow batch": lambda data, _: data.combine_chunks().to_batches()[0],
    "pyarrow reader": lambda data, _: data.to_reader(max_chunksize=90),
    "arro3 table": lambda data, _: Table.from_arrow(data),
    "polars frame": lambda data, _: pl.from_arrow(data),
    "polars lazy frame": lambda data, _: pl.from_arrow(data).lazy(),
    "pandas frame": lambda data, _: data.to_pandas(),
    "pandas frame on pyarrow": lambda data, _: data.to_pandas(types_mapper=pd.ArrowDtype),
    "duckdb relation": lambda data, _: duckdb.from_arrow(data),
    "dict of lists": lambda data, _: data.to_pydict(),
    "dict of pandas series": lambda data, _: dict(data.to_pandas().items()),
    "dict of polars series": lambda data, _: {series.name: series for series in pl.from_arrow(data)},
    "dict of arrow arrays": lambda data, _: dict(zip(data.column_names, data.columns, strict=True)),
    "parquet file": lambda data, folder: as_parquet(data, folder / "data.parquet"),
    "parquet folder": lambda data, folder: as_parquet_folder(data, folder / "many"),
    "csv file": lambda data, folder: as_csv(data, folder / "data.csv"),
    "jsonl file": lambda data, folder: as_jsonl(data, folder / "data.jsonl"),
}


def essence(report):
    """What must not depend on who holds the data; numbers to six digits, for text files write them with fewer."""
    document = report.to_dict()
    for column in document["columns"]:
        del column["type"]
    return document["columns"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_data_gives_the_same_report(form, tmp_path):
    reference, current = table(1), table(2, shift=8.0)
    make = FORMS[form]
    (tmp_path / "r").mkdir()
    (tmp_path / "c").mkdir()
    found = compare(make(reference, tmp_path / "r"), make(current, tmp_path / "c"))
    assert essence(found) == essence(compare(reference, current))


def test_a_drifted_column_is_found_at_all():
    assert compare(table(1), table(2, shift=8.0)).drifted == ["amount"]


@pytest.mark.parametrize("name", ["pyarrow reader", "duckdb relation"])
def test_a_stream_of_current_data_is_never_held_as_a_whole(name, tmp_path):
    source = open_source(FORMS[name](table(1), tmp_path), once=True)
    assert isinstance(source, StreamSource)
    assert source.rows is None


def test_columns_keep_their_order_and_names_become_text():
    source = open_source(pd.DataFrame([[1, 2, 3]], columns=[7, "b", ("c", 1)]))
    assert [column.name for column in source.columns] == ["7", "b", "c.1"]


def test_a_column_of_an_index_or_a_tuple_is_read():
    source = open_source({"a": pd.Index([1, 2]), "b": (3, 4)})
    assert column_values(source, "a") == [1.0, 2.0]
    assert column_values(source, "b") == [3.0, 4.0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (5, "An object of the type int is no data set that can be compared; give a pandas or polars frame"),
        ([1, 2], "type list"),
        ({"a": 5}, "The column 'a' holds an object of the type int; give a numpy array"),
        ({"a": "text"}, "type str"),
        ({"a": [1], "b": [1, 2]}, "equally long; these are not: 'a': 1, 'b': 2"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Two columns are called 'a'"),
        (pa.table([[1], [2]], names=["a", "a"]), "Two columns are called 'a'"),
        (pl.DataFrame({"big": pl.Series([1], dtype=pl.Int128)}), "cannot be read through Arrow"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_data_set_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(InvalidInput) as refused:
        compare(data, {"a": [1]})
    assert sentence in refused.value.message
