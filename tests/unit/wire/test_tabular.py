"""Reference data sets in the formats people have them in."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.wire.batches import LIMITS, NOW, request

from seamark.errors import InvalidInput, Malformed, TooLarge
from seamark.records.log import EntryKind
from seamark.wire.batch import encode
from seamark.wire.limits import Limits
from seamark.wire.media import BASELINE_MEDIA, BATCH_MEDIA, Media, media_of
from seamark.wire.roles import Roles
from seamark.wire.tabular import reference

FRAME = pd.DataFrame(
    {"amount": [1.5, None, 3.0], "country": ["FR", "DE", None], "score": [0.1, 0.2, 0.3], "y": [1, 0, 1]}
)


def body_of(frame, media):
    if media is Media.CSV:
        return frame.to_csv(index=False).encode()
    if media is Media.PARQUET:
        return frame.to_parquet()
    return encode(pa.Table.from_pandas(frame))


def decode(body, media, roles=None, limits=LIMITS):
    return reference(media, body, roles or Roles(), request(EntryKind.REFERENCE), limits)


@pytest.mark.parametrize("media", [Media.CSV, Media.PARQUET, Media.ARROW])
def test_every_format_becomes_the_same_table(media):
    batch, notes = decode(body_of(FRAME, media), media)
    table = batch.table
    assert table.column_names == ["id", "time", "version", "feature.amount", "feature.country", "score"]
    assert table["feature.amount"].to_pylist() == [1.5, None, 3.0]
    assert table["feature.country"].to_pylist() == ["FR", "DE", None]
    assert "Column 'y' is taken as the outcome." in notes


def test_rows_without_id_and_time_get_their_number_and_the_time_of_upload():
    table = decode(body_of(FRAME, Media.PARQUET), Media.PARQUET)[0].table
    assert table["id"].to_pylist() == ["0", "1", "2"]
    assert table["time"].cast("int64").to_pylist() == [NOW] * 3


def test_csv_columns_are_numbers_where_most_values_are():
    text = b"a,b,c,d\n1,x, 2 ,1\n2,1,inf,\n?,y,nan,x\n4.5e1,,,y\n"
    table = decode(text, Media.CSV)[0].table
    assert table["feature.a"].to_pylist() == [1.0, 2.0, None, 45.0]
    assert table["mistyped.a"].to_pylist() == [None, None, "?", None]
    assert table["feature.b"].to_pylist() == ["x", "1", "y", None]
    assert table["feature.c"].to_pylist() == [2.0, float("inf"), None, None]
    assert table["feature.d"].to_pylist() == ["1", None, "x", "y"]


def test_a_late_text_among_numbers_in_csv_is_mistyped_not_fatal():
    rows = "\n".join(["amount", *map(str, range(300_000)), "oops"])
    table = decode(rows.encode(), Media.CSV, limits=Limits(max_rows=10**6))[0].table
    assert table["mistyped.amount"].drop_null().to_pylist() == ["oops"]


def test_naive_times_need_a_zone():
    frame = FRAME.assign(when=pd.to_datetime(["2026-07-01"] * 3))
    with pytest.raises(InvalidInput, match=r"have no zone; name it, as time_zone or --time-zone"):
        decode(body_of(frame, Media.PARQUET), Media.PARQUET, Roles(time="when"))
    batch, _ = decode(body_of(frame, Media.PARQUET), Media.PARQUET, Roles(time="when", time_zone="Europe/Paris"))
    assert batch.table["time"][0].as_py().isoformat() == "2026-06-30T22:00:00+00:00"


def test_an_unknown_zone_is_named():
    frame = FRAME.assign(when=pd.to_datetime(["2026-07-01"] * 3))
    with pytest.raises(InvalidInput, match="cannot be read in zone 'Mars/Olympus'"):
        decode(body_of(frame, Media.PARQUET), Media.PARQUET, Roles(time="when", time_zone="Mars/Olympus"))


@pytest.mark.parametrize(
    ("media", "body", "sentence"),
    [
        (Media.PARQUET, b"PAR1 nonsense", "The body is not a Parquet file: "),
        (Media.PARQUET, b"", "The body is not a Parquet file: "),
        (Media.CSV, b"", "The body is not a CSV file with a header: "),
        (Media.CSV, b"a,b\n1,2,3\n", "The body is not a CSV file with a header: "),
        (Media.CSV, b"a\n\xff\n", "The body is not a CSV file with a header: "),
        (Media.ARROW, b"nonsense", "The body is not an Arrow IPC stream: "),
    ],
)
def test_bytes_of_another_format_are_malformed(media, body, sentence):
    with pytest.raises(Malformed) as caught:
        decode(body, media)
    assert caught.value.message.startswith(sentence)


def test_a_file_without_rows_is_refused():
    for media in (Media.CSV, Media.PARQUET, Media.ARROW):
        with pytest.raises(InvalidInput, match="holds no rows"):
            decode(body_of(FRAME.head(0), media), media)


def test_a_parquet_file_is_refused_by_what_its_footer_says():
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array([0.5] * 1_000_000)}), sink)
    with pytest.raises(TooLarge, match="The batch has 1,000,000 rows; at most 10 are accepted"):
        decode(sink.getvalue(), Media.PARQUET, limits=Limits(max_rows=10))
    with pytest.raises(TooLarge, match="bytes when expanded; at most 1,000 are accepted"):
        decode(sink.getvalue(), Media.PARQUET, limits=Limits(max_rows=10**7, max_decoded_bytes=1_000))


@pytest.mark.parametrize(
    ("header", "accepted", "media"),
    [
        ("", BATCH_MEDIA, Media.JSON),
        ("application/json; charset=utf-8", BATCH_MEDIA, Media.JSON),
        ("Application/VND.apache.arrow.stream", BATCH_MEDIA, Media.ARROW),
        ("application/x-parquet", BASELINE_MEDIA, Media.PARQUET),
        ("text/csv", BATCH_MEDIA, None),
        ("text/plain", BASELINE_MEDIA, None),
    ],
)
def test_the_content_type_names_the_format(header, accepted, media):
    assert media_of(header, accepted) is media
