"""Files: what their suffix says, streamed, and a sentence for everything that is wrong with them."""

import gzip
import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.compare.readings import column_values

from seamark.compare import Verdict, compare
from seamark.compare.chunks import Reading
from seamark.compare.sources import open_source
from seamark.errors import InvalidInput


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def readings(source):
    return {column.name: column.reading for column in source.columns}


def test_csv_columns_are_read_as_what_they_hold(tmp_path):
    source = open_source(write(tmp_path / "a.csv", "n,t,d,b\n1.5,x,2020-01-01,true\n2,y,2020-01-02,false\n"))
    assert readings(source) == {"n": Reading.NUMBER, "t": Reading.TEXT, "d": Reading.TIME, "b": Reading.NUMBER}
    assert column_values(source, "d") == [1_577_836_800.0, 1_577_923_200.0]
    assert column_values(source, "b") == [1.0, 0.0]


@pytest.mark.parametrize("word", ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"])
def test_the_usual_words_for_nothing_are_missing_in_csv(tmp_path, word):
    source = open_source(write(tmp_path / "a.csv", f"n,t\n1,x\n{word},{word}\n3,z\n"))
    assert column_values(source, "n") == [1.0, None, 3.0]
    assert column_values(source, "t") == ["x", None, "z"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_commonest_in_the_header(tmp_path, delimiter):
    source = open_source(write(tmp_path / "a.csv", f"a{delimiter}b\n1{delimiter}x\n"))
    assert column_values(source, "b") == ["x"]


def test_quoted_delimiters_and_line_breaks_belong_to_the_value(tmp_path):
    source = open_source(write(tmp_path / "a.csv", 'a,b\n1,"x,\ny"\n2,z\n'))
    assert column_values(source, "b") == ["x,\ny", "z"]


def test_compressed_csv_is_read(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n2\n"))
    assert column_values(open_source(path), "a") == [1.0, 2.0]


def test_a_number_that_cannot_be_read_is_mistyped_and_stops_nothing(tmp_path):
    lines = [*map(str, range(98)), "broken", "worse"]
    source = open_source(write(tmp_path / "a.csv", "n\n" + "\n".join(lines) + "\n"))
    (column,) = source.columns
    assert column.reading is Reading.NUMBER
    assert sum(chunk.mistyped for (chunk,) in source.read([column])) == 2


def test_a_broken_value_far_behind_the_first_rows_is_counted(tmp_path):
    rows = 30_000  # the types are guessed from the first 20,480
    source = open_source(write(tmp_path / "a.csv", "n\n" + "1\n" * rows + "broken\n"))
    assert sum(chunk.mistyped for (chunk,) in source.read(source.columns)) == 1
    assert sum(chunk.rows for (chunk,) in source.read(source.columns)) == rows + 1


def test_the_current_file_is_read_as_the_reference_was(tmp_path):
    reference = write(tmp_path / "r.csv", "n\n" + "".join(f"{i}\n" for i in range(200)))
    current = write(tmp_path / "c.csv", "n\n" + "".join(f"{i}\nx{i}\n" for i in range(100)))
    (column,) = compare(reference, current).columns
    assert column.verdict is Verdict.DRIFTED
    assert column.current.mistyped == 100
    assert "not a number 0 % → 50 %" in column.summary


def test_a_file_whose_numbers_have_become_words_has_changed_its_type(tmp_path):
    reference = write(tmp_path / "r.csv", "n\n" + "1\n2\n" * 100)
    current = write(tmp_path / "c.csv", "n\n" + "one\ntwo\n" * 100)
    (column,) = compare(reference, current).columns
    assert column.verdict is Verdict.TYPE_CHANGED


def test_codes_that_look_like_numbers_are_read_as_the_text_they_are_elsewhere(tmp_path):
    path = write(tmp_path / "c.csv", "zip\n" + "75001\n69002\n" * 100)
    (column,) = compare({"zip": ["75001", "69002"] * 100}, path).columns
    assert column.verdict is Verdict.STABLE
    (column,) = compare(path, {"zip": ["75001", "69002"] * 100}).columns
    assert column.verdict is Verdict.STABLE


def test_json_lines_are_read_key_by_key(tmp_path):
    rows = [
        {"n": i, "t": "x", "at": "2020-01-01T00:00:00Z", "deep": {"k": 1}, "list": [1], "none": None} for i in range(3)
    ]
    source = open_source(write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows))))
    assert readings(source) == {
        "n": Reading.NUMBER,
        "t": Reading.TEXT,
        "at": Reading.TIME,
        "deep": Reading.UNREADABLE,
        "list": Reading.UNREADABLE,
        "none": Reading.NOTHING,
    }
    assert column_values(source, "at") == [1_577_836_800.0] * 3


def test_a_key_that_some_lines_lack_is_missing_there(tmp_path):
    source = open_source(write(tmp_path / "a.jsonl", '{"a": 1, "it\'s \\"b\\"": 1}\n{"a": 2}\n'))
    assert column_values(source, 'it\'s "b"') == [1.0, None]


def test_times_without_an_offset_are_utc_wherever_the_machine_stands(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    source = open_source(write(tmp_path / "a.csv", "at\n2020-01-01 00:00:00\n"))
    assert column_values(source, "at") == [1_577_836_800.0]


def test_parquet_is_read_a_few_columns_at_a_time(tmp_path):
    pq.write_table(pa.table({f"c{i}": [float(i)] for i in range(20)}), tmp_path / "a.parquet")
    source = open_source(tmp_path / "a.parquet")
    assert source.group_columns < len(source.columns)
    assert column_values(source, "c7") == [7.0]


def test_a_folder_of_parquet_files_is_one_data_set(tmp_path):
    (tmp_path / "year=2020").mkdir()
    pq.write_table(pa.table({"a": [1.0]}), tmp_path / "year=2020" / "x.parquet")
    pq.write_table(pa.table({"a": [2.0]}), tmp_path / "y.parquet")
    source = open_source(tmp_path)
    assert sorted(column_values(source, "a")) == [1.0, 2.0]
    assert source.rows == 2


def test_a_column_name_with_a_dot_is_a_column(tmp_path):
    pq.write_table(pa.table({"feature.a": [1.0], "feature": [[1]]}), tmp_path / "a.parquet")
    assert column_values(open_source(tmp_path / "a.parquet"), "feature.a") == [1.0]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "", "is empty; a CSV file starts with a line of column names"),
        ("a.csv", "a,b\n1,2\n1,2,3\n4,5\n", "cannot be read"),
        ("a.jsonl", '{"a": 1}\n{bad\n', "cannot be read as JSON lines"),
        ("a.parquet", "no parquet", "cannot be read as Parquet"),
        ("a.xlsx", "", "The kind of"),
        ("noname", "", "give a file that ends in one of .parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(tmp_path, name, content, sentence):
    path = write(tmp_path / name, content)
    with pytest.raises(InvalidInput) as refused:
        compare(path, path)
    assert sentence in refused.value.message
    assert name in refused.value.message
    assert "\n" not in refused.value.message


def test_a_parquet_file_that_is_broken_further_in_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": np.random.default_rng(0).normal(size=50_000)}), path)
    content = bytearray(path.read_bytes())
    content[4:300] = b"\xff" * 296
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"'a\.parquet' cannot be read as Parquet: "):
        compare(path, path)


def test_a_text_file_says_about_how_many_rows_to_expect(tmp_path):
    rows = 20_000
    source = open_source(write(tmp_path / "a.csv", "n\n" + "".join(f"{i % 90 + 10}\n" for i in range(rows))))
    assert source.expected_rows == pytest.approx(rows, rel=0.01)


def test_a_missing_file_names_the_nearest_there_is(tmp_path):
    write(tmp_path / "reference.csv", "a\n1\n")
    with pytest.raises(InvalidInput, match=r"no file .*did you mean .*reference\.csv"):
        open_source(tmp_path / "refrence.csv")


def test_an_empty_folder_and_a_folder_of_different_files_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="holds no Parquet file"):
        open_source(tmp_path)
    pq.write_table(pa.table({"a": [1.0]}), tmp_path / "x.parquet")
    pq.write_table(pa.table({"a": ["one"]}), tmp_path / "y.parquet")
    with pytest.raises(InvalidInput, match=r"'a' holds numbers in 'x.parquet' and holds texts in 'y.parquet'"):
        open_source(tmp_path)


def test_without_the_extra_a_path_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    monkeypatch.delitem(sys.modules, "seamark.compare.readers.parquet", raising=False)
    path = tmp_path / "a.parquet"
    path.touch()
    with pytest.raises(InvalidInput, match=r"needs the package 'pyarrow\.parquet'.*seamark\[server\]"):
        open_source(path)


def test_a_reference_larger_than_the_sample_is_counted_in_full(tmp_path):
    rows = 450_000  # past twice the sample of one column
    values = np.arange(rows, dtype=np.float64) / 2
    pq.write_table(pa.table({"a": values}), tmp_path / "r.parquet")
    (column,) = compare(tmp_path / "r.parquet", {"a": values[::90]}).columns
    assert column.reference.rows == rows
    assert column.reference.mean == pytest.approx(values.mean())
    assert int(column.bars.reference.sum()) == rows
    assert column.verdict is Verdict.STABLE
