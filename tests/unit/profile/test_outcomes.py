"""Of several outcomes about a prediction, the newest values count."""

import pyarrow as pa
import pytest

from seamark.clock import DAY_US
from seamark.profile.outcomes import Pairing

T0 = 20_000 * DAY_US


def predictions(*rows):
    ids, days, versions = zip(*rows, strict=True)
    times = pa.array([T0 + day * DAY_US for day in days], pa.timestamp("us", "UTC"))
    return pa.table({"id": pa.array(ids), "time": times, "version": pa.array(versions)})


def outcomes(*rows):
    """(id, day, seq, values)."""
    names = sorted({name for *_, values in rows for name in values})
    return pa.table(
        {
            "id": pa.array([row[0] for row in rows]),
            "time": pa.array([T0 + row[1] * DAY_US for row in rows], pa.timestamp("us", "UTC")),
            "seq": pa.array([row[2] for row in rows]),
            **{f"value.{name}": pa.array([row[3].get(name) for row in rows]) for name in names},
        }
    )


def labels(predicted, known):
    found = Pairing.of(predicted, known).joined()
    return dict(zip(zip(found["id"].to_pylist(), found["version"].to_pylist()), found["value.label"].to_pylist()))  # noqa: B905 two columns of one table


ONE = predictions(("a", 0, "1"))


def test_an_outcome_joins_every_version_that_predicted_its_id():
    known = outcomes(("a", 3, 1, {"label": 1.0}))
    assert labels(predictions(("a", 0, "1"), ("b", 0, "1"), ("a", 1, "2")), known) == {("a", "1"): 1, ("a", "2"): 1}


@pytest.mark.parametrize(
    ("rows", "label"),
    [
        ([(3, 1, 0.0), (4, 2, 1.0)], 1.0),
        ([(4, 1, 1.0), (3, 2, 0.0)], 1.0),  # what came last is about an earlier time
        ([(3, 2, 1.0), (3, 1, 0.0)], 1.0),  # about the same time: what came last
        ([(3, 1, 0.0), (3, 1, 1.0)], 1.0),  # in one batch: the later row
        ([(3, 1, 1.0), (4, 2, None)], 1.0),  # null says nothing
        ([(3, 1, 1.0), (4, 2, float("nan"))], 1.0),
    ],
)
def test_the_newest_value_counts(rows, label):
    known = outcomes(*(("a", day, seq, {"label": value}) for day, seq, value in rows))
    assert labels(ONE, known) == {("a", "1"): label}


def test_each_named_value_is_the_newest_of_its_own():
    known = outcomes(("a", 3, 1, {"label": 1.0, "revenue": 5.0}), ("a", 4, 2, {"revenue": 7.0}))
    found = Pairing.of(ONE, known).joined()
    assert (found["value.label"].to_pylist(), found["value.revenue"].to_pylist()) == ([1.0], [7.0])
    assert found["first_known"].to_pylist() == [T0 + 3 * DAY_US]


def test_an_outcome_may_be_about_a_later_prediction_but_not_after_ninety_days():
    known = outcomes(("a", 0, 1, {"label": 1.0}))
    assert labels(predictions(("a", 90, "1"), ("a", 91, "2")), known) == {("a", "1"): 1}


def test_outcomes_that_say_nothing_join_nothing():
    assert Pairing.of(ONE, outcomes(("a", 3, 1, {"label": None}))).joined().num_rows == 0
    assert Pairing.of(ONE, outcomes(("a", 3, 1, {"label": 1.0}))).before(0).joined().num_rows == 0


def test_ids_without_a_prediction_wait_from_their_first_outcome_on():
    known = outcomes(("b", 4, 1, {"label": 1.0}), ("a", 3, 1, {"label": 1.0}), ("b", 2, 2, {"label": 0.0}))
    found = Pairing.of(ONE, known).matches()
    assert (found.matched, found.waiting) == (1, {20_002: 1})


def test_a_prediction_made_too_late_leaves_the_outcome_waiting():
    found = Pairing.of(predictions(("a", 200, "1")), outcomes(("a", 0, 1, {"label": 1.0}))).matches()
    assert (found.matched, found.waiting) == (0, {20_000: 1})
