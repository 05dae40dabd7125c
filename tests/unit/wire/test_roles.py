"""What the columns of somebody's own table are taken for, and said to be."""

from __future__ import annotations

import pytest

from seamark.errors import InvalidInput
from seamark.wire.roles import Roles, canonical_names, infer, parse_score


def test_usual_names_are_recognised_whatever_their_case_and_said():
    roles, notes = infer(["Timestamp", "request_id", "amount", "y_pred", "proba", "target"], Roles())
    assert roles == Roles(
        time="Timestamp", id="request_id", prediction="y_pred", scores=(("proba", None),), outcome="target"
    )
    assert notes[0] == "Column 'Timestamp' is taken as the time."
    assert len(notes) == 5


def test_what_is_named_is_not_inferred_again():
    roles, notes = infer(["time", "ts", "score", "p"], Roles(time="ts", scores=(("p", "yes"),)))
    assert (roles.time, roles.scores, notes) == ("ts", (("p", "yes"),), ())


def test_a_named_column_that_is_missing_gets_a_hint():
    with pytest.raises(InvalidInput, match=r"There is no column 'scor'; the nearest one is 'score'\."):
        infer(["time", "score"], Roles(scores=(("scor", None),)))


def test_every_other_column_is_a_feature():
    roles = Roles(
        time="t", prediction="p", scores=(("a", "yes"), ("b", None)), outcome="y", segments=("s",), excluded=("x",)
    )
    assert canonical_names(["t", "p", "a", "b", "y", "s", "x", "amount", "weight"], roles) == {
        "time": "t",
        "feature.amount": "amount",
        "weight": "weight",
        "prediction": "p",
        "score.yes": "a",
        "score": "b",
        "segment.s": "s",
    }


def test_canonical_names_stay_as_they_are():
    columns = ["id", "time", "feature.a", "mistyped.a", "score.yes", "segment.c", "latency_ms"]
    roles, _ = infer(columns, Roles())
    assert canonical_names(columns, roles) == {column: column for column in columns}


def test_an_excluded_column_gets_no_role():
    roles, _ = infer(["time", "label"], Roles(excluded=("label",)))
    assert roles.outcome is None


@pytest.mark.parametrize(("text", "score"), [("p", ("p", None)), ("p=yes", ("p", "yes")), ("p=a=b", ("p", "a=b"))])
def test_a_score_may_name_its_class(text, score):
    assert parse_score(text) == score
