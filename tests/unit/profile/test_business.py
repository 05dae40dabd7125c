"""Business metrics on joined rows: what is missing stays missing, and labels are one however they are written."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import InvalidInput
from seamark.profile.business import (
    asked_columns,
    business_sides,
    column_of,
    columns_of,
    evaluate,
    known_names,
    unknown_names,
)
from seamark.records.business import BusinessOptions
from seamark.records.expression import parse_expression

NAN = math.nan
TABLE = pa.table(
    {
        "prediction": pa.array([1, 0, 1, None]),
        "score": pa.array([0.9, 0.1, NAN, 0.5]),
        "feature.amount": pa.array([10.0, 20.0, None, 0.0]),
        "feature.label": pa.array(["a", "b", "c", "d"]),
        "feature.vector": pa.array([[1.0], [2.0], None, [3.0]]),
        "segment.country": pa.array(["FR", "DE", None, "FR"]),
        "value.label": pa.array([True, False, True, None]),
        "value.grade": pa.array(["1.0", "0", "x", "1"]),
        "value.revenue": pa.array([5, 0, 7, 1]),
    }
)


def value(text, table=TABLE, outcome="value.label"):
    return [None if math.isnan(each) else each for each in evaluate(parse_expression(text), table, outcome).tolist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prediction", [1, 0, 1, None]),
        ("label = 1", [1, 0, 1, None]),
        ("label = 'true'", [1, 0, 1, None]),
        ("outcome = 0", [0, 1, 0, None]),
        ("prediction = label", [1, 1, 1, None]),
        ("feature.label = 'a'", [1, 0, 0, 0]),
        ("grade = '1'", [1, 0, 0, 1]),
        ("grade = 1", [1, 0, None, 1]),
        ("country in ('FR', 'US')", [1, 0, None, 1]),
        ("country not in ('FR')", [0, 1, None, 0]),
        ("country is missing", [0, 0, 1, 0]),
        ("score is not missing", [1, 1, 0, 1]),
        ("score >= .5", [1, 0, None, 1]),
        ("amount * 2 - 1", [19, 39, None, -1]),
        ("revenue / amount", [0.5, 0, None, None]),
        ("if(label, revenue, -1)", [5, -1, 7, None]),
        ("max(revenue, 5, prediction)", [5, 5, 7, None]),
        ("-abs(0 - revenue)", [-5, 0, -7, -1]),
        ("vector is missing", [1, 1, 1, 1]),
        ("false and country = 'FR'", [0, 0, 0, 0]),
        ("true or country = 'FR'", [1, 1, 1, 1]),
        ("not (country = 'FR')", [0, 1, None, 0]),
        ("5", [5, 5, 5, 5]),
        ("'x' = 'x'", [1, 1, 1, 1]),
        ("version is missing or 1 = 1", None),
    ],
)
def test_an_expression_has_a_value_in_each_row(text, expected):
    if expected is None:
        with pytest.raises(InvalidInput, match="there is no column 'version'"):
            value(text)
    else:
        assert value(text) == pytest.approx(expected)


def test_an_unknown_column_is_told_with_the_nearest():
    with pytest.raises(InvalidInput, match=r"Column 1: there is no column 'revenu'; did you mean 'revenue'\?"):
        value("revenu + 1")
    with pytest.raises(InvalidInput, match="no outcome is known yet"):
        value("outcome = 1", outcome=None)


def test_a_bare_name_is_an_outcome_value_before_a_feature_before_a_segment():
    known = TABLE.column_names
    assert column_of("label", known) == "value.label"
    assert column_of("amount", known) == "feature.amount"
    assert column_of("country", known) == "segment.country"
    assert column_of("feature.label", known) == "feature.label"
    assert column_of("id", [*known, "id"]) is None
    assert {"label", "value.label", "feature.label", "country", "outcome"} <= set(known_names(known))


def test_sides_of_a_ratio_are_missing_where_the_row_does_not_count():
    metrics = {
        "wrong_reviews": BusinessOptions(numerator="label = 0", where="prediction = 1 and country = 'FR'"),
        "margin": BusinessOptions(numerator="revenue", denominator="amount"),
        "worth": BusinessOptions(matrix={"1/1": 100.0, "0/1": -5.0, "0/0": 1.0}),
        "unknown": BusinessOptions(numerator="refund"),
    }
    sides = business_sides(metrics, TABLE, "value.label")
    assert sides["wrong_reviews"][0] == pytest.approx([0, NAN, NAN, NAN], nan_ok=True)
    assert sides["wrong_reviews"][1].tolist() == [1, 1, 1, 1]
    assert sides["margin"][1] == pytest.approx([10, 20, NAN, 0], nan_ok=True)
    assert sides["worth"][0] == pytest.approx([100, 1, 100, NAN], nan_ok=True)
    assert np.isnan(sides["unknown"]).all()
    assert columns_of(metrics, TABLE.column_names, "value.label") == {
        "value.label",
        "prediction",
        "segment.country",
        "value.revenue",
        "feature.amount",
    }


NUMBERS = st.sampled_from(["1", "revenue", "amount", "prediction", "score", "0"])
TRUTHS = st.sampled_from(["label", "country = 'FR'", "score > .5", "amount is missing", "true"])


def grown(children):
    numbers, truths = children
    return st.one_of(
        st.tuples(numbers, st.sampled_from("+-*/"), numbers).map(lambda each: f"({' '.join(each)})"),
        st.tuples(truths, numbers, numbers).map(lambda each: f"if({', '.join(each)})"),
    )


@given(st.recursive(NUMBERS, lambda numbers: grown((numbers, TRUTHS)), max_leaves=8))
def test_rows_do_not_depend_on_their_neighbours(text):
    whole = evaluate(parse_expression(text), TABLE)
    rows = np.concatenate([evaluate(parse_expression(text), TABLE.slice(row, 1)) for row in range(TABLE.num_rows)])
    assert np.array_equal(whole, rows, equal_nan=True)
    assert len(evaluate(parse_expression(text), TABLE.slice(0, 0))) == 0


METRICS = {
    "worth": BusinessOptions(matrix={"1/1": 2.0}),
    "slow": BusinessOptions("latency_ms > 100", where="country = 'FR' and feature.amount > 3 and score.cat > .5"),
    "named": BusinessOptions("value.label", "segment.plan = 'pro'"),
}


def test_what_a_metric_may_need_beside_answers_and_outcomes_are_features_and_the_latency():
    assert (
        asked_columns({})
        == asked_columns({"worth": METRICS["worth"]})
        == asked_columns({"n": METRICS["named"]})
        == set()
    )
    assert asked_columns(METRICS) == {"latency_ms", "feature.country", "feature.amount"}


def test_a_name_without_a_column_is_told_with_the_nearest_that_has_one():
    metrics = {"fine": BusinessOptions("revenue"), "wrong": BusinessOptions("1", where="grade = 1 or revenu > 2")}
    told = unknown_names(metrics, TABLE.column_names)
    assert list(told) == ["wrong"]
    assert "there is no column 'revenu'; did you mean 'revenue'?" in told["wrong"]
    assert told["wrong"].startswith("Column 14: ")
