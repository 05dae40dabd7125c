"""Every column gets a verdict and a sentence, whatever it holds."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import seamark
from seamark.compare import Verdict, compare

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=500)
WORDS = RNG.choice(["a", "b", "c"], 500).tolist()
DAYS = [dt.date(2020, 1, 1) + dt.timedelta(days=int(day)) for day in RNG.integers(0, 300, 500)]


def only(reference, current, **named):
    (column,) = compare({"x": reference}, {"x": current}, **named).columns
    return column


@pytest.mark.parametrize(
    ("reference", "current", "verdict", "sentence"),
    [
        (NUMBERS, NUMBERS, "stable", ""),
        (NUMBERS, NUMBERS + 1, "drifted", "mean -0.0"),
        (NUMBERS, NUMBERS * 2, "drifted", "sd "),
        (WORDS, WORDS, "stable", ""),
        (WORDS, ["a"] * 500, "drifted", "a: "),
        (WORDS, ["new"] * 500, "drifted", "100 % unseen before ('new')"),
        (DAYS, [day + dt.timedelta(days=365) for day in DAYS], "drifted", "around 2020-0"),
        ([True, False] * 250, [True] * 500, "drifted", "false: 50 % → 0 %"),
        ([True, False] * 250, [1, 0] * 250, "stable", ""),
        ([Decimal(1), Decimal(2)] * 250, [Decimal(1)] * 500, "drifted", "1: 50 % → 100 %"),
        ([7] * 500, [7] * 500, "stable", ""),
        ([7] * 500, [8] * 500, "drifted", "7: 100 % → 0 %"),
        (NUMBERS, [None] * 500, "drifted", "missing 0 % → 100 %"),
        (WORDS, [None] * 500, "drifted", "missing 0 % → 100 %"),
        ([None] * 500, NUMBERS, "drifted", "missing 100 % → 0 %"),
        ([None] * 500, [None] * 500, "not enough data", "fewer than 50 values: 0 in the reference"),
        ([], [], "not enough data", "fewer than 50 values: 0"),
        ([1.0], [2.0], "not enough data", "1 in the reference and 1 in the current data"),
        (NUMBERS, NUMBERS[:10], "not enough data", "500 in the reference and 10 in the current data"),
        (NUMBERS, WORDS, "type changed", "was float64, is str"),
        (WORDS, NUMBERS, "type changed", "was str, is float64"),
        (NUMBERS, DAYS, "type changed", "was float64, is date"),
        (NUMBERS, [[1]] * 500, "type changed", "was float64, is list"),
        ([["a"]] * 500, [["a"]] * 500, "not compared", "list"),
        ([1, 2, "x"] * 100, [1, 2, "x"] * 100, "stable", ""),
        ([1, 2, 3] * 100, [1, "x", "y"] * 100, "type changed", "was int, is str"),
        ([f"id{i}" for i in range(500)], [f"id{i}" for i in range(500)], "not compared", "an id?"),
        ([f"id{i}" for i in range(500)], ["a", "b"] * 250, "not compared", "identifier"),
        (np.r_[NUMBERS, np.inf], np.r_[NUMBERS, [-np.inf] * 100], "drifted", "< "),
        (np.arange(2**62, 2**62 + 500), np.arange(2**62, 2**62 + 500), "stable", ""),
        (NUMBERS * 1e307, NUMBERS * 1e307, "stable", ""),
        (NUMBERS * 1e-310, NUMBERS * 1e-310, "stable", ""),
        (["\ud800", "b"] * 250, ["\ud800", "c"] * 250, "drifted", "unseen"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_column_gets_its_verdict_and_says_what_changed(reference, current, verdict, sentence):
    column = only(reference, current)
    assert column.verdict == verdict
    assert sentence in column.summary


def test_columns_of_one_side_are_new_or_gone():
    report = compare({"a": NUMBERS, "b": NUMBERS}, {"b": NUMBERS, "c": NUMBERS})
    assert {column.name: column.verdict for column in report.columns} == {
        "a": Verdict.GONE,
        "b": Verdict.STABLE,
        "c": Verdict.NEW,
    }


def test_outcomes_that_have_not_come_yet_are_neither_gone_nor_new():
    report = compare({"x": NUMBERS, "label": WORDS}, {"x": NUMBERS})
    assert report["label"].verdict is Verdict.NOT_COMPARED
    assert report.ok


def test_data_without_columns_makes_an_empty_report():
    report = compare({}, {})
    assert report.columns == ()
    assert report.ok


def test_ten_thousand_columns_get_ten_thousand_verdicts():
    rows = np.random.default_rng(1).integers(0, 3, (10_000, 60))
    wide = pa.table({f"c{at}": row for at, row in enumerate(rows)})
    report = compare(wide, wide)
    assert [column.verdict for column in report.columns] == [Verdict.STABLE] * 10_000


def test_columns_that_matter_most_come_first():
    report = compare(
        {"calm": NUMBERS, "small": NUMBERS, "large": NUMBERS, "gone": NUMBERS, "kind": NUMBERS},
        {"calm": NUMBERS, "small": NUMBERS + 0.6, "large": NUMBERS + 3, "kind": WORDS, "new": NUMBERS},
    )
    assert [column.name for column in report.columns] == ["kind", "gone", "large", "small", "new", "calm"]


def test_drift_of_missing_values_and_of_the_distribution_are_both_said():
    current = (NUMBERS + 2).copy()
    current[::4] = np.nan
    summary = only(NUMBERS, current).summary
    assert "mean " in summary
    assert "missing 0 % → 25 %" in summary


def test_progress_grows_from_nothing_to_all_of_the_reference_and_then_of_the_current_data():
    told = []
    data = {f"c{at}": np.arange(150_000.0) for at in range(3)}
    compare(data, data, progress=lambda what, share: told.append((what, share)))
    sides = ["reference", "current"]
    assert sorted(told, key=lambda step: (sides.index(step[0]), step[1])) == told
    for side in sides:
        shares = [share for what, share in told if what == side]
        assert (shares[0], shares[-1]) == (0.0, 1.0)
        assert len(set(shares)) > 6


def test_the_public_face_compares():
    assert seamark.compare({"x": NUMBERS}, {"x": NUMBERS + 1}).drifted == ["x"]


def test_times_that_lie_outside_of_any_calendar_are_compared():
    edge = np.array(["0001-01-01", "9999-12-31"] * 100, dtype="M8[s]")
    assert only(edge, edge).verdict is Verdict.STABLE
    assert only(edge, np.array(["9999-12-31"] * 200, dtype="M8[s]")).verdict is Verdict.DRIFTED
