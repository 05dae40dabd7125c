"""A column that numbers or names the rows gets a hint; a feature never does because its values happen to differ."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.compare import Verdict, compare
from seamark.compare.identity import are_distinct_integers, are_ids, hint

HINT = "unique per row: an id? exclude it with --exclude x"
RNG = np.random.default_rng(0)
NAMES = [f"user-{number}" for number in range(1_000)]


def only(reference, current, **named):
    (column,) = compare({"x": reference}, {"x": current}, **named).columns
    return column


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (np.arange(500), np.arange(500, 900)),
        (np.arange(500), np.arange(500)),
        (RNG.permutation(500), RNG.permutation(np.arange(10_000, 10_300))),
        (np.arange(500.0), np.arange(500.0, 900.0)),
        (np.arange(0, 5_000, 10), np.arange(5_000, 9_000, 10)),
        (pd.Series(range(500), dtype="Int64"), pd.Series(range(500, 900), dtype="Int64")),
        (1_700_000_000 + np.arange(500) * 17, 1_700_100_000 + np.arange(500) * 17),
        (NAMES[:500], NAMES[500:]),
        (NAMES[:500], NAMES[:500]),
    ],
)
def test_values_of_which_none_comes_twice_on_either_side_are_taken_for_ids(reference, current):
    column = only(reference, current)
    assert column.verdict is Verdict.NOT_COMPARED
    assert column.summary == HINT


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (np.arange(500), np.arange(500, 900) // 2),
        (np.arange(500) // 2, np.arange(500, 900)),
        (RNG.choice(10**9, 500, replace=False), RNG.choice(10**9, 500, replace=False) + 10**9),
        (np.arange(500) + 0.5, np.arange(500, 900) + 0.5),
        (np.arange(500) / 4, np.arange(500, 900) / 4),
        (RNG.normal(size=500), RNG.normal(3.0, 1.0, 500)),
        ([True, False] * 250, [True] * 500),
    ],
    ids=["repeated now", "repeated before", "large amounts", "halves", "quarters", "reals", "yes and no"],
)
def test_a_feature_keeps_its_verdict(reference, current):
    assert only(reference, current).verdict is Verdict.DRIFTED


def test_too_few_rows_are_no_ids_but_too_few():
    assert only(np.arange(10), np.arange(10)).verdict is Verdict.NOT_ENOUGH


def test_an_id_that_goes_missing_is_news_all_the_same():
    holes = np.where(np.arange(500) % 2, np.nan, np.arange(500.0))
    column = only(np.arange(500.0), holes)
    assert column.verdict is Verdict.DRIFTED
    assert column.summary == "missing 0 % → 50 %"


def test_missing_ids_are_no_repetition():
    holes = np.where(np.arange(500) % 10, np.arange(500.0), np.nan)
    assert only(holes, holes + 500).summary == HINT
    names = [None if number % 10 == 0 else name for number, name in enumerate(NAMES[:500])]
    assert only(names, names).summary == HINT


@pytest.mark.parametrize("role", ["prediction", "score", "outcome", "segment"])
def test_a_column_with_a_role_is_compared_whatever_it_holds(role):
    column = only(np.arange(500), np.arange(500, 900), **{role: "x"})
    assert column.verdict is Verdict.DRIFTED


def test_times_are_times_and_no_ids():
    hours = np.datetime64("2026-01-01") + np.arange(500) * np.timedelta64(1, "h")
    assert only(hours, hours + np.timedelta64(500, "h")).verdict is Verdict.DRIFTED


def test_ids_of_a_file_longer_than_any_sample_are_recognised(tmp_path):
    rows = 450_000
    for at, name in enumerate(("r", "c")):
        pq.write_table(pa.table({"x": np.arange(rows) + at * rows}), tmp_path / f"{name}.parquet")
    (column,) = compare(tmp_path / "r.parquet", tmp_path / "c.parquet").columns
    assert column.summary == HINT
    assert (column.reference.rows, column.current.rows) == (rows, rows)


def test_ids_that_all_come_twice_in_a_long_file_are_recognised_as_no_ids(tmp_path):
    pq.write_table(pa.table({"x": np.repeat(np.arange(300_000), 2)}), tmp_path / "r.parquet")
    assert compare(tmp_path / "r.parquet", tmp_path / "r.parquet")["x"].verdict is Verdict.STABLE


def test_an_id_fails_no_build_and_counts_as_no_column():
    report = compare({"row": np.arange(500), "a": NAMES[:500]}, {"row": np.arange(500, 900), "a": NAMES[500:900]})
    assert report.ok
    assert str(report).startswith("0 of 0 columns drifted")


def test_a_name_a_shell_would_split_is_quoted():
    assert hint("row number") == "unique per row: an id? exclude it with --exclude 'row number'"


def test_integers_past_what_a_float_holds_are_left_alone():
    far = 2**62 + np.arange(500)
    assert only(far, far).verdict is Verdict.STABLE


@given(st.lists(st.integers(-50, 50)))
def test_distinct_integers_are_those_a_set_keeps(values):
    found = np.array(values, dtype=np.float64)
    assert are_distinct_integers(found) == (len(set(values)) == len(values))
    for stranger in (np.inf, -np.inf, np.nan, 0.5):
        assert not are_distinct_integers(np.append(found, stranger))


@given(st.integers(2, 400), st.integers(1, 10**7))
def test_what_chance_brings_about_once_in_a_million_is_compared(rows, reach):
    """The rule errs on the side of comparing: a drift that is not shown costs more than an id that is."""
    ordered = np.unique(np.linspace(0, reach, rows).round())
    by_chance = np.exp(-len(ordered) * (len(ordered) - 1) / (2 * (reach + 1)))
    assert are_ids(ordered) == (by_chance < np.exp(-14))


def test_amounts_by_chance_all_different_are_seldom_taken_for_ids():
    rng = np.random.default_rng(5)
    taken = [are_ids(rng.integers(0, 10 * rows, rows).astype(float)) for rows in (50, 100, 500) for _ in range(400)]
    assert not any(taken)
