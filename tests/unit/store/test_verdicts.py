"""What rules said, as blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import Corrupt
from seamark.records.evaluation import Status
from seamark.records.metric_rule import Judgement
from seamark.records.window import Window
from seamark.store.verdicts import NOT_JUDGED, Verdicts, from_bytes, to_bytes

ORDER = [Status.BREACH, Status.ELEVATED, Status.OK, Status.INSUFFICIENT, Status.NO_DATA, NOT_JUDGED]
values = st.just(float("nan")) | st.floats(-(2**100), 2**100, width=32)
judgements = st.dictionaries(
    st.sampled_from(["p99", "no_data", "überlast"]),
    st.builds(Judgement, st.sampled_from(ORDER[:-1]), values, st.just(0.5), st.just(1.0), st.just(Window(0, 1))),
)
stories = st.lists(st.tuples(st.integers(0, 59), judgements), max_size=8)


def told(story):
    verdicts = Verdicts.none()
    for minute, said in story:
        verdicts = verdicts.said(minute, said)
    return verdicts


@given(stories)
def test_a_block_says_what_was_said_last_in_each_minute(story):
    kept = from_bytes(to_bytes(told(story)))
    for minute in range(60):
        last = next((said for at, said in reversed(story) if at == minute), {})
        for row, rule in enumerate(kept.rules):
            if rule not in last:
                assert kept.status[row, minute] == NOT_JUDGED
                continue
            assert kept.status[row, minute] == last[rule].status
            assert kept.value[row, minute] == pytest.approx(last[rule].value, rel=1e-3, abs=1e-37, nan_ok=True)


@given(stories)
def test_the_worst_of_an_hour_is_one_column_with_the_largest_value_it_was_said_of(story):
    verdicts = told(story)
    worst = from_bytes(to_bytes(verdicts)).worst()
    assert worst.status.shape == (len(verdicts.rules), 1)
    for row in range(len(verdicts.rules)):
        said = set(verdicts.status[row].tolist())
        expected = next(each for each in ORDER if each in said)
        assert worst.status[row, 0] == expected
        largest = verdicts.value[row][verdicts.status[row] == expected]
        finite = largest[np.isfinite(largest)]
        assert worst.value[row, 0] == pytest.approx(finite.max() if len(finite) else np.nan, rel=1e-3, nan_ok=True)


@given(st.binary(max_size=40))
def test_anything_else_is_refused(payload):
    with pytest.raises(Corrupt):
        from_bytes(payload)
