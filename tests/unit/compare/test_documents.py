"""The dict of a report is a contract: these keys, these types."""

import math

import numpy as np
import pytest

from seamark.compare import compare
from seamark.compare.documents import finite, to_rows

RNG = np.random.default_rng(0)

COLUMN_KEYS = {
    "name",
    "role",
    "verdict",
    "summary",
    "reading",
    "type",
    "value",
    "threshold",
    "p",
    "effect",
    "impact",
    "checks",
    "distances",
    "reference",
    "current",
    "unseen",
    "bins",
}
CHECK_KEYS = {"name", "statistic", "unit", "value", "effect", "threshold", "p", "p_adjusted", "drifted"}
SIDE_KEYS = {"rows", "missing", "mistyped", "mean", "sd", "minimum", "maximum", "distinct"}


@pytest.fixture(scope="module")
def report():
    reference = {
        "amount": RNG.normal(size=400),
        "word": RNG.choice(list("abc"), 400),
        "day": np.datetime64("2026-01-01") + RNG.integers(0, 90, 400),
        "score": RNG.random(400),
        "gone": RNG.random(400),
        "tags": [["a"]] * 400,
    }
    current = {
        "amount": RNG.normal(1, 1, 300),
        "word": RNG.choice(list("abcd"), 300),
        "day": np.datetime64("2026-02-01") + RNG.integers(0, 90, 300),
        "score": RNG.random(300),
        "fresh": RNG.random(300),
        "tags": [["a"]] * 300,
    }
    return compare(reference, current)


@pytest.fixture(scope="module")
def columns(report):
    return {column["name"]: column for column in report.to_dict()["columns"]}


def test_the_report_says_what_was_compared_and_how(report):
    document = report.to_dict()
    assert set(document) == {"reference", "current", "rule", "roles", "counts", "drifted", "columns"}
    assert document["current"] == {"name": "dict", "rows": 300, "columns": 6}
    assert document["rule"] == {"alpha": 0.01, "smallest_distance": 0.05, "smallest_share": 0.02, "min_rows": 50}
    assert document["roles"] == {"score": {"columns": ["score"], "inferred": True}}
    assert sum(document["counts"].values()) == 7


def test_every_column_has_every_key(columns):
    assert set(columns) == {"amount", "word", "day", "score", "gone", "fresh", "tags"}
    assert all(set(column) == COLUMN_KEYS for column in columns.values())


def test_checks_and_sides_have_every_key(columns):
    for name in ("amount", "word", "day", "score"):
        column = columns[name]
        assert [set(check) for check in column["checks"]] == [CHECK_KEYS] * len(column["checks"])
        assert set(column["reference"]) == set(column["current"]) == SIDE_KEYS
    assert [check["name"] for check in columns["word"]["checks"]] == ["distribution", "missing", "unseen"]


def test_the_leading_check_is_told_twice(columns):
    column = columns["amount"]
    leading = column["checks"][0]
    assert (column["value"], column["effect"], column["threshold"], column["p"]) == (
        leading["value"],
        leading["effect"],
        leading["threshold"],
        leading["p_adjusted"],
    )


def test_readings_say_the_units_of_moments_and_bins(columns):
    assert {name: column["reading"] for name, column in columns.items()} == {
        "amount": "number",
        "word": "text",
        "day": "time",
        "score": "number",
        "gone": None,
        "fresh": None,
        "tags": None,
    }
    assert columns["day"]["reference"]["minimum"] == pytest.approx(1_767_225_600, abs=90 * 86_400)


def test_bins_hold_every_row_that_has_a_value(columns):
    for name in ("amount", "word", "day", "score"):
        bins = columns[name]["bins"]
        assert {len(values) for values in bins.values()} == {len(bins["label"])}
        assert (sum(bins["reference"]), sum(bins["current"])) == (400, 300)


def test_bounds_of_bins_follow_each_other_and_categories_have_none(columns):
    bins = columns["amount"]["bins"]
    assert bins["low"][1:] == bins["high"][:-1]
    assert set(columns["word"]["bins"]["low"]) == {None}


def test_unseen_categories_are_named(columns):
    assert columns["word"]["unseen"]["examples"][0]["text"] == "d"
    assert columns["word"]["unseen"]["rows"] == columns["word"]["unseen"]["examples"][0]["rows"]
    assert columns["amount"]["unseen"] is None


def test_the_impact_of_a_drifted_feature_names_the_score(columns):
    assert columns["amount"]["impact"]["score"] == "score"
    assert columns["score"]["impact"] is None


def test_a_table_has_one_row_for_each_column_in_the_order_of_the_report(report):
    rows = to_rows(report.findings)
    assert rows["column"] == [column.name for column in report.columns]
    assert {len(values) for values in rows.values()} == {7}
    assert all(value is None or math.isfinite(value) for value in rows["effect"])


@pytest.mark.parametrize(
    ("value", "expected"), [(1 / 3, 0.333333), (123456789.0, 123457000.0), (float("nan"), None), (float("inf"), None)]
)
def test_numbers_keep_six_digits_and_are_numbers(value, expected):
    assert finite(value) == expected
