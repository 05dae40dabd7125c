"""One logged table is the same rows in every form it may be sent in, and no row is lost or doubled."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.batches import NOW

from seamark.errors import InvalidInput, TooLarge
from seamark.wire.cloudevents import BATCHED, STRUCTURED, events
from seamark.wire.exchanges import Exchange, Gathering, columns_of
from seamark.wire.payloads import Payload, read
from seamark.wire.sheets import Naming, check_cells, merged, sheet_of, text_in_base64

numbers = st.integers(-1_000, 1_000) | st.floats(-1e6, 1e6)
matrices = st.tuples(st.integers(1, 4), st.integers(2, 5)).flatmap(
    lambda size: st.lists(st.lists(numbers, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
)
columns = st.integers(1, 4).flatmap(
    lambda rows: st.dictionaries(
        st.sampled_from(["age", "Land", "größe", "x y"]),
        st.lists(numbers | st.text(max_size=3) | st.booleans(), min_size=rows, max_size=rows),
        min_size=1,
    )
)


def payload(document, media="application/json"):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Payload(media, body)


def held(found):
    return found.rows, found.unnamed, {name: list(values) for name, values in found.columns.items()}


def forms_of(rows):
    """The same rows of numbers, by place, in every form."""
    flat = [value for row in rows for value in row]
    shape = [len(rows), len(rows[0])]
    tensor = {"name": "x", "shape": shape, "datatype": "FP64"}
    lines = "\n".join(map(json.dumps, rows)).encode()
    text = "\r\n".join(",".join(map(repr, row)) for row in rows).encode()
    return [
        payload({"instances": rows}),
        payload({"inputs": [tensor | {"data": flat}]}),
        payload({"inputs": [tensor | {"data": rows}]}),
        payload({"data": {"ndarray": rows}}),
        payload({"data": {"tensor": {"shape": shape, "values": flat}}}),
        payload(rows),
        payload(lines, "application/jsonlines"),
        payload(text, "text/csv; charset=utf-8"),
        payload(b"\xef\xbb\xbf" + text, "text/csv"),
    ]


@given(matrices)
def test_rows_by_place_are_the_same_in_every_form(rows):
    expected = (len(rows), True, {str(place): [row[place] for row in rows] for place in range(len(rows[0]))})
    for form in forms_of(rows):
        assert held(read(form)) == expected


@given(columns)
def test_rows_by_name_are_the_same_in_every_form(table):
    names, rows = list(table), [list(row) for row in zip(*table.values(), strict=True)]
    records = [dict(zip(names, row, strict=True)) for row in rows]
    documents = [
        {"instances": records},
        {"dataframe_records": records},
        {"dataframe_split": {"columns": names, "data": rows}},
        {"inputs": table},
        {"columns": names, "data": rows},
        {"data": {"names": names, "ndarray": rows}},
        records,
    ]
    for document in documents:
        assert held(read(payload(document))) == (len(rows), False, table)


@given(matrices, st.text(st.characters(categories=["Ll"]), min_size=1, max_size=3))
def test_a_name_for_each_place_names_each_place_and_any_other_number_of_names_is_refused(rows, word):
    width = len(rows[0])
    names = tuple(f"{word}{place}" for place in range(width))
    exchange = Exchange("e", NOW, "m", payload({"instances": rows}), payload([0] * len(rows)))
    found = columns_of(exchange, Naming(inputs=names))
    assert {f"feature.{name}" for name in names} == {name for name in found if name.startswith("feature.")}
    assert [found[f"feature.{name}"] for name in names] == [list(values) for values in zip(*rows, strict=True)]
    with pytest.raises(InvalidInput, match=f"has {width} values a row, and the model's inputs are {width - 1}"):
        columns_of(exchange, Naming(inputs=names[1:]))


@given(matrices, st.none() | st.floats(1, 100))
def test_every_row_of_an_exchange_has_an_id_of_its_own_and_what_is_said_of_all(rows, weight):
    exchange = Exchange("e", NOW, "m", payload(rows), payload([1] * len(rows)), "7", weight)
    found = columns_of(exchange, Naming())
    assert len(set(found["id"])) == len(rows)
    assert {len(values) for values in found.values()} == {len(rows)}
    assert (set(found["time"]), set(found["version"])) == ({NOW}, {"7"})
    assert found.get("weight") == (None if weight is None else [weight] * len(rows))


exchanges = st.lists(
    st.tuples(st.sampled_from(["fraud", "churn"]), st.sampled_from("abc"), st.integers(1, 3)), max_size=12
)


@given(exchanges)
def test_gathering_keeps_every_row_once_in_its_order_with_the_place_it_came_from(given_exchanges):
    gathering = Gathering()
    expected = {}
    for place, (model, name, rows) in enumerate(given_exchanges):
        gathering.add(model, {"id": [f"{place}:{row}" for row in range(rows)], name: [place] * rows}, place)
        expected.setdefault((model, name), []).append((place, rows))
    groups = gathering.take()
    assert {(group.model, next(n for n in group.columns if n != "id")): group.parts for group in groups} == expected
    for group in groups:
        assert group.columns["id"] == [f"{place}:{row}" for place, rows in group.parts for row in range(rows)]
    assert gathering.take() == []


@given(st.text(max_size=20))
def test_a_text_in_base64_is_that_text_wherever_it_stands(text):
    coded = base64.b64encode(text.encode()).decode()
    assert text_in_base64(coded) == text
    assert held(read(payload({"instances": [{"b64": coded}]})))[2] == {"0": [text]}
    assert held(read(payload({"instances": [{"name": {"b64": coded}, "x": 1}]})))[2] == {"name": [text], "x": [1]}


@pytest.mark.parametrize("coded", ["?", "abc", base64.b64encode(b"\xff\xd8\xff").decode(), 7, None, ["YQ=="]])
def test_what_is_no_text_in_base64_is_left_out(coded):
    assert text_in_base64(coded) is None
    assert held(read(payload({"instances": [{"b64": coded}, {"b64": "YQ=="}]})))[2] == {"0": [None, "a"]}


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1.0), (" 2.5 ", 2.5), ("", None), (" ", None), ("x", "x"), ("1,5", "1,5")]
)
def test_a_field_of_csv_is_a_number_where_it_reads_as_one(text, value):
    assert held(read(payload(f'"{text}",7'.encode(), "text/csv")))[2] == {"0": [value], "1": [7.0]}


def test_empty_lines_of_csv_and_json_lines_are_no_rows():
    assert read(payload(b"1,2\n\n3,4\n\n", "text/csv")).rows == 2
    assert read(payload(b"[1,2]\n \n[3,4]\n", "application/x-ndjson")).rows == 2


@pytest.mark.parametrize("media", ["text/csv", "application/jsonlines", "application/json", ""])
@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"", b"[1, 2"])
def test_bytes_that_are_no_rows_are_refused_whatever_they_are_called(media, body):
    if (media, body) == ("text/csv", b"[1, 2"):
        assert read(payload(body, media)).rows == 1
        return
    with pytest.raises(InvalidInput):
        read(payload(body, media))


def test_what_looks_like_json_is_read_as_json_and_what_does_not_is_named_by_its_type():
    assert read(payload(b" [[1, 2]]", "application/octet-stream")).rows == 1
    with pytest.raises(InvalidInput, match="type 'image/png' cannot be read"):
        read(payload(b"\x89PNG", "image/png; q=1"))


def test_more_cells_than_a_payload_may_have_are_too_large():
    check_cells(5_000_000, 1)
    with pytest.raises(TooLarge, match="5,000,001 rows of 1 columns"):
        check_cells(5_000_001, 1)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_tensors_stand_beside_each_other_only_where_they_have_the_same_rows(sizes):
    sheets = [sheet_of([{f"t{place}": row} for row in range(rows)]) for place, rows in enumerate(sizes)]
    if len(set(sizes)) > 1:
        with pytest.raises(InvalidInput, match="rows"):
            merged(sheets)
        return
    assert list(merged(sheets).columns) == [f"t{place}" for place in range(len(sizes))]


# --- events ------------------------------------------------------------------------------------

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
reserved = {"id", "type", "time", "data", "datacontenttype", "specversion"}
extensions = st.dictionaries(
    names.filter(lambda name: name not in reserved), st.text(min_size=1, max_size=8), max_size=4
)
texts = st.text(min_size=1, max_size=20)


@given(texts, texts, extensions, st.binary(max_size=20))
def test_an_event_says_the_same_in_its_headers_and_in_a_document(id, kind, own, body):
    attributes = {"id": id, "type": kind} | own
    headers = {"content-type": "text/csv"} | {f"ce-{name}": quote(value) for name, value in attributes.items()}
    document = attributes | {"datacontenttype": "text/csv", "data_base64": base64.b64encode(body).decode()}
    [binary] = events(headers, body)
    [structured] = events({"content-type": f"{STRUCTURED}; charset=utf-8"}, json.dumps(document).encode())
    batch = events({"content-type": BATCHED}, json.dumps([document] * 2).encode())
    assert [structured] * 2 == batch
    assert (binary.id, binary.type, binary.media, binary.body) == (id, kind, "text/csv", body)
    assert (structured.id, structured.type, structured.media, structured.body) == (id, kind, "text/csv", body)
    assert attributes == binary.attributes
    assert attributes.items() <= structured.attributes.items()
