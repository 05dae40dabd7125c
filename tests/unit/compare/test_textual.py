"""Texts: a bounded vocabulary of the reference, counted on both sides without favour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.compare.chunks import Column, Reading, Texts
from seamark.compare.textual import MAX_DISTINCT, TextLearner, distinct
from seamark.stats.hashing import hash_texts

TEXT = Column("x", Reading.TEXT, "str")
words = st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh")), max_size=60)


def plain(values):
    """One text per row."""
    texts = ["" if value is None else value for value in values]
    valid = np.array([value is not None for value in values], dtype=bool)
    return Texts(hash_texts(texts), None, valid, texts.__getitem__)


def coded(values):
    """Codes into a dictionary, one entry of which may be unused."""
    texts = [*sorted({value for value in values if value is not None}), "unused"]
    codes = np.array([len(texts) - 1 if value is None else texts.index(value) for value in values], dtype=np.int32)
    valid = np.array([value is not None for value in values], dtype=bool)
    return Texts(hash_texts(texts), codes, valid, texts.__getitem__)


def learn(values, make=plain):
    learner = TextLearner(TEXT)
    for start in range(0, max(len(values), 1), 13):
        learner.add(make(values[start : start + 13]))
    return learner.baseline()


def evidence(reference, current, make=plain):
    baseline = learn(reference, make)
    tally = baseline.tally()
    for start in range(0, max(len(current), 1), 17):
        tally.add(make(current[start : start + 17]))
    return baseline.evidence(tally)


@given(reference=words, current=words)
def test_plain_and_coded_texts_are_counted_alike(reference, current):
    one, other = evidence(reference, current, plain), evidence(reference, current, coded)
    assert one.bars.labels == other.bars.labels
    assert one.reference_bins.tolist() == other.reference_bins.tolist()
    assert one.current_bins.tolist() == other.current_bins.tolist()
    assert (one.reference, one.current) == (other.reference, other.current)


@given(reference=words, current=words)
def test_every_row_is_counted_once(reference, current):
    found = evidence(reference, current)
    for side, values in ((found.reference, reference), (found.current, current)):
        assert side.rows == len(values)
        assert side.missing == values.count(None)
    if not found.uncountable:
        assert int(found.reference_bins.sum()) == int(found.bars.reference.sum()) == found.reference.present
        assert int(found.current_bins.sum()) == int(found.bars.current.sum()) == found.current.present


@given(values=words)
def test_distinct_finds_each_text_with_its_count_and_place(values):
    for chunk in (plain(values), coded(values)):
        hashes, counts, places = distinct(chunk)
        found = {chunk.text(place): count for place, count in zip(places.tolist(), counts.tolist(), strict=True)}
        assert found == {word: values.count(word) for word in set(values) - {None}}
        assert (np.diff(hashes.astype(object)) > 0).all()


def test_unseen_categories_are_counted_and_the_most_frequent_named():
    found = evidence(["a", "b"] * 50, ["a"] * 60 + ["new"] * 30 + ["newer"] * 9 + ["newest"])
    assert found.unseen.rows == 40
    assert found.unseen.examples == (("new", 30), ("newer", 9), ("newest", 1))
    assert "new" in found.bars.labels


def test_the_reference_says_how_many_categories_it_has_once_and_twice():
    found = evidence(["a"] * 5 + ["b", "b", "c", "d"], ["a"])
    assert (found.unseen.once, found.unseen.twice) == (2, 1)


def test_a_column_of_identifiers_is_endless_and_not_compared():
    found = evidence([f"user-{i}" for i in range(500)], [f"user-{i}" for i in range(500, 900)])
    assert "an id?" in found.uncountable
    assert found.current.rows == 400


def test_a_column_of_which_a_few_values_come_again_is_endless_but_no_id():
    once = [f"user-{i}" for i in range(500)]
    for reference, current in ((once, [*once, "user-1"]), ([*once, "user-1"], once)):
        assert "identifier or free text" in evidence(reference, current).uncountable


def test_a_long_column_of_identifiers_is_given_up_early_and_its_texts_forgotten():
    learner = TextLearner(TEXT)
    for start in range(0, 40_000, 10_000):
        learner.add(plain([f"id{i}" for i in range(start, start + 10_000)]))
    assert learner.endless
    assert len(learner.hashes) == 0


def test_past_the_most_distinct_texts_a_column_is_endless():
    learner = TextLearner(TEXT)
    texts = [f"word{i}" for i in range(MAX_DISTINCT + 1)]
    learner.add(plain(texts[: MAX_DISTINCT // 2] * 3))  # each word often enough to be no identifier
    assert not learner.endless
    learner.add(plain(texts * 3))
    assert learner.endless


def test_rare_categories_share_a_bin_so_that_ties_cannot_decide():
    reference = ["a"] * 100 + [f"r{i}" for i in range(40)] * 2
    current = ["a"] * 100 + [f"c{i}" for i in range(40)] * 2
    found = evidence(reference, current)
    assert found.reference_bins.tolist() == [100, 80]
    assert found.current_bins.tolist() == [100, 80]


def test_more_categories_than_bars_end_in_all_others():
    values = [f"k{i:02d}" for i in range(40)] * 30
    bars = evidence(values, values).bars
    assert len(bars.labels) == 13
    assert bars.labels[-1] == "all others"
    assert int(bars.reference.sum()) == len(values)


@pytest.mark.parametrize("make", [plain, coded])
def test_a_cell_for_each_row_adds_up_to_the_counts(make):
    values = ["a", "b", None, "a", "c"]
    baseline = learn(values, make)
    tally = baseline.tally()
    tally.add(make(values))
    cells = np.bincount(baseline.index(make(values)), minlength=len(baseline.texts) + 2)
    assert cells.tolist() == baseline.evidence(tally).current_cells.tolist()
