import math
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.writing import labelled, request, series, sized, snappy, varint

from seamark.errors import Malformed, TooLarge
from seamark.wire import remote_write
from seamark.wire.compression import expand_snappy
from seamark.wire.readings import REFUSED, UNMATCHED, Book

NOW_MS = 1_764_000_000_000
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=200)
labels = st.dictionaries(words.filter(bool), words, max_size=6).map(lambda found: {**found, "__name__": "m"})
samples = st.lists(st.tuples(st.integers(0, 2**41), st.floats(allow_nan=False)), max_size=4)


class Known:
    """Gives every new series the next number, and remembers who came."""

    def __init__(self):
        self.sent = []
        self.book = Book(self.enter)

    def enter(self, sent):
        self.sent.append(sent)
        return len(self.sent) - 1


def read(readings):
    return sorted(zip(readings.series.tolist(), readings.time_ms.tolist(), readings.value.tolist(), strict=True))


@given(st.lists(st.tuples(labels, samples), max_size=5))
def test_every_sample_of_every_series_is_read_the_first_time_and_the_second(sent):
    known = Known()
    body = request(*(series(named, *each) for named, each in sent))
    numbers = {}
    for named, _ in sent:
        numbers.setdefault(tuple(sorted(named.items())), len(numbers))
    expected = sorted(
        (numbers[tuple(sorted(named.items()))], time_ms, value) for named, each in sent for time_ms, value in each
    )
    assert read(remote_write.decode(body, known.book)) == expected
    assert read(remote_write.decode(body, known.book)) == expected
    assert [{"__name__": each.name, **each.labels} for each in known.sent] == [dict(key) for key in numbers]


def whole(readings):
    """What was read can be stored: a series and a time for every value."""
    assert len(readings.series) == len(readings.time_ms) == len(readings.value)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body):
    with suppress(Malformed):
        whole(remote_write.decode(body, Known().book))


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_request_with_a_wrong_byte_is_read_or_refused(place, octet):
    known = Known()
    body = bytearray(request(*(series(labelled("m", host=str(n)), (NOW_MS, 1.5)) for n in range(5))))
    remote_write.decode(bytes(body), known.book)
    body[place % len(body)] = octet
    with suppress(Malformed):
        whole(remote_write.decode(bytes(body), known.book))


@pytest.mark.parametrize("length", range(1, 61))
def test_a_truncated_request_is_refused(length):
    body = request(series(labelled("requests_total", code="200"), (NOW_MS, 17.0)))
    assert len(body) == 61
    with pytest.raises(Malformed):
        remote_write.decode(body[:length], Known().book)


def test_a_stale_marker_keeps_its_bits():
    stale = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
    body = request(series(labelled("m"), (NOW_MS, stale)))
    for _ in range(2):
        assert math.isnan(remote_write.decode(body, Known().book).value[0])


def test_metadata_and_exemplars_are_passed_over_and_native_histograms_counted():
    exemplar, histogram = b"\x1a" + sized(b"\x11" + bytes(8)), b"\x22" + sized(b"")
    body = request(series(labelled("m"), (NOW_MS, 1.0)) + exemplar + histogram) + b"\x1a" + sized(b"\x08\x01")
    found = remote_write.decode(body, Known().book)
    assert (read(found), found.ignored) == ([(0, NOW_MS, 1.0)], 1)


@pytest.mark.parametrize(
    "named",
    [
        [("a", "b")],
        [("__name__", "")],
        [("__name__", "m"), ("a", "1"), ("a", "2")],
    ],
)
def test_a_series_without_a_name_or_with_a_label_twice_is_refused(named):
    parts = [b"\x0a" + sized(b"\x0a" + sized(n.encode()) + b"\x12" + sized(v.encode())) for n, v in named]
    with pytest.raises(Malformed, match="no name"):
        remote_write.decode(request(b"".join(parts)), Known().book)


def test_labels_after_samples_are_the_same_series():
    named = series(labelled("m", a="1"))
    sample = b"\x12" + sized(b"\x09" + struct.pack("<d", 2.0) + b"\x10" + varint(NOW_MS))
    known = Known()
    for body in (request(named + sample), request(sample + named)):
        assert read(remote_write.decode(body, known.book)) == [(0, NOW_MS, 2.0)]


def test_series_nobody_asks_for_are_forgotten_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr("seamark.wire.readings._FORGOTTEN", 10)
    book = Book(lambda sent: 7 if sent.name == "kept" else UNMATCHED)
    flood = [series(labelled("other", id=str(n)), (NOW_MS, 1.0)) for n in range(50)]
    found = remote_write.decode(request(series(labelled("kept"), (NOW_MS, 1.0)), *flood), book)
    assert (found.series == UNMATCHED).sum() == 50
    assert len(book.numbers) <= 12
    assert 7 in book.numbers.values()


def test_a_refused_series_is_asked_for_again():
    answers = iter([REFUSED, 3])
    book = Book(lambda _: next(answers))
    body = request(series(labelled("m"), (NOW_MS, 1.0)))
    assert [remote_write.decode(body, book).series.tolist() for _ in range(2)] == [[REFUSED], [3]]


def test_snappy_is_taken_off():
    body = request(series(labelled("m"), (NOW_MS, 1.0))) * 20
    assert expand_snappy(snappy(body), len(body)) == body


def test_a_snappy_bomb_is_refused_by_what_it_declares():
    with pytest.raises(TooLarge, match="4,294,967,295 bytes"):
        expand_snappy(varint(2**32 - 1) + b"\x00", 1 << 20)


@given(st.binary(max_size=60))
def test_what_is_no_snappy_block_is_refused(body):
    with suppress(Malformed, TooLarge):
        assert len(expand_snappy(body, 1 << 20)) <= 1 << 20


def test_readings_are_arrays_of_one_length():
    empty = remote_write.decode(b"", Known().book)
    assert [len(each) for each in (empty.series, empty.time_ms, empty.value)] == [0, 0, 0]
    assert empty.time_ms.dtype == np.int64
