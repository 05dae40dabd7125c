"""Roles are what the caller names; the rest is inferred from usual names, and said."""

import pytest

from seamark.compare import Verdict, compare
from seamark.compare.chunks import Column, Reading
from seamark.compare.roles import ColumnRole, assign_roles
from seamark.errors import InvalidInput


def columns(**readings):
    return [Column(name, reading, str(reading)) for name, reading in readings.items()]


NUMBER, TEXT, TIME = Reading.NUMBER, Reading.TEXT, Reading.TIME


def roles(cols, **named):
    return assign_roles(cols, {ColumnRole(name): value for name, value in named.items()})


@pytest.mark.parametrize(
    ("name", "reading", "role"),
    [
        ("timestamp", TIME, "time"),
        ("Event Time", TIME, "time"),
        ("timestamp", NUMBER, "time"),
        ("ID", TEXT, "id"),
        ("Unnamed: 0", NUMBER, "id"),
        ("y_pred", NUMBER, "prediction"),
        ("y_pred_proba", NUMBER, "score"),
        ("score.fraud", NUMBER, "score"),
        ("target", NUMBER, "outcome"),
        ("segment.country", TEXT, "segment"),
        ("model_version", TEXT, "version"),
        ("timestamp", TEXT, "feature"),
        ("score", TEXT, "feature"),
        ("scores", NUMBER, "feature"),
        ("created", TIME, "feature"),
    ],
)
def test_usual_names_have_their_role_where_the_values_fit(name, reading, role):
    assert roles([Column(name, reading, "")]).of(name) == role


def test_the_clearest_of_several_usual_names_is_taken():
    found = roles(columns(ts=TIME, time=TIME))
    assert (found.of("time"), found.of("ts")) == (ColumnRole.TIME, ColumnRole.FEATURE)


def test_one_score_for_each_class_is_a_score():
    found = roles([Column(f"score.{label}", NUMBER, "") for label in "abc"])
    assert found.columns(ColumnRole.SCORE) == ["score.a", "score.b", "score.c"]


def test_what_is_named_is_not_inferred():
    found = roles(columns(score=NUMBER, risk=NUMBER), score="risk")
    assert found.columns(ColumnRole.SCORE) == ["risk"]
    assert found.inferred == frozenset()


def test_what_was_inferred_is_said():
    found = roles(columns(score=NUMBER, when=TIME), time="when")
    assert found.inferred == {ColumnRole.SCORE}


@pytest.mark.parametrize("nothing", ["", [], {}])
def test_an_empty_name_says_that_there_is_no_such_column(nothing):
    assert roles(columns(score=NUMBER), score=nothing).of("score") is ColumnRole.FEATURE


def test_scores_may_be_named_by_class():
    found = roles(columns(p1=NUMBER, p2=NUMBER), score={"p1": "fraud", "p2": "fine"})
    assert found.columns(ColumnRole.SCORE) == ["p1", "p2"]


def test_a_name_that_no_column_has_is_refused_with_the_nearest():
    with pytest.raises(InvalidInput, match="No column is called 'amonut', named as excluded; did you mean 'amount'"):
        roles(columns(amount=NUMBER), excluded="amonut")


def test_a_name_like_no_other_is_refused_with_what_there_is():
    with pytest.raises(InvalidInput, match=r"there are 'c0', .* and 4 more"):
        roles([Column(f"c{i}", NUMBER, "") for i in range(12)], excluded="zzz")


def test_a_column_in_two_roles_is_refused():
    with pytest.raises(InvalidInput, match="named both as time and as id"):
        roles(columns(a=TIME), time="a", id="a")


def test_time_id_version_and_excluded_columns_are_not_compared():
    data = {
        "timestamp": list(range(60)),
        "id": list(range(60)),
        "version": ["1"] * 60,
        "x": [1] * 60,
        "note": ["a"] * 60,
    }
    found = {column.name: column.verdict for column in compare(data, data, exclude="note").columns}
    assert found.pop("x") is Verdict.STABLE
    assert set(found.values()) == {Verdict.NOT_COMPARED}
