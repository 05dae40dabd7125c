"""Evaluation blocks hold what was said of a window, exactly enough, and give out what can change an alert."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import HOUR_US
from seamark.detect.blocks import pack, quiet_signals, unpack, worth_a_look
from seamark.errors import Corrupt
from seamark.records.blocks import EvaluationBlock
from seamark.records.evaluation import Status
from seamark.records.monitor import Monitor, Rule, RuleKind
from seamark.records.signals import Layer
from seamark.records.window import Window
from seamark.stats import columns

WINDOW = Window(100 * HOUR_US, 101 * HOUR_US)
RULE = Rule(RuleKind.ONE_SHOT, 0.05, 0.04)
OK, ELEVATED, BREACH = Status.OK, Status.ELEVATED, Status.BREACH


def monitors(*names):
    found = (name.split(":") for name in names)
    return tuple(Monitor(":".join(each), each[0], Layer.DATA, each[1], RULE) for each in found)


def said(*statuses, **changed):
    """The arrays of one window."""
    count = len(statuses)
    arrays = {
        "value": np.linspace(0.1, 0.9, count),
        "threshold": np.full(count, 0.05),
        "exceedance": np.full(count, 2.0),
        "effect": np.linspace(0.1, 0.9, count),
        "p": np.full(count, 0.001),
        "n": np.full(count, 300.0),
        "status": np.array(statuses),
    }
    return {**arrays, **changed}


def block(arrays, **fields):
    made = EvaluationBlock("default", "fraud", "", "", WINDOW, 1, 300, pack(arrays), seq=9)
    return replace(made, **fields)


floats = st.floats(width=32)
verdicts = st.lists(st.tuples(floats, floats, floats, st.sampled_from(Status), st.integers(1, 30)), max_size=20)


@given(verdicts)
def test_what_is_packed_is_unpacked(rows):
    value, threshold, n, status, span = (np.array(column) for column in zip(*rows, strict=True)) if rows else [[]] * 5
    arrays = said(*status, value=value, threshold=threshold, effect=value, exceedance=value, p=value, n=n, span=span)
    back = unpack(block({name: np.asarray(array) for name, array in arrays.items()}))
    assert back["status"].tolist() == [int(each) for each in status]
    assert back["span"].tolist() == list(span)
    np.testing.assert_array_equal(back["value"], np.asarray(value, dtype=np.float32))
    np.testing.assert_array_equal(back["n"], np.asarray(n, dtype=np.float64))


def test_a_count_of_millions_of_rows_keeps_its_last_digit():
    back = unpack(block(said(OK, n=np.array([16_777_217.0]))))
    assert back["n"].tolist() == [16_777_217.0]


def test_blocks_from_before_spans_speak_of_their_own_window():
    arrays = {name: array.astype(np.float32) for name, array in said(OK, BREACH).items()}
    old = replace(block(said()), payload=columns.pack(arrays))
    assert unpack(old)["span"].tolist() == [1, 1]


@pytest.mark.parametrize("name", ["value", "threshold", "effect", "p", "n", "status"])
def test_a_block_that_lacks_an_array_is_corrupt_and_says_which(name):
    arrays = said(OK)
    del arrays[name]
    broken = replace(block(said()), payload=columns.pack(arrays))
    with pytest.raises(Corrupt, match=f"Evaluation block 9 lacks {name}"):
        unpack(broken)


@pytest.mark.parametrize("payload", [b"", b"SMC", b"nothing of ours", b"SMC\x01" + b"\x00" * 20])
def test_bytes_that_are_no_block_are_corrupt(payload):
    with pytest.raises(Corrupt):
        unpack(replace(block(said()), payload=payload))


def test_breaches_and_whatever_has_an_alert_are_worth_a_look():
    watched = monitors("feature.a:js", "feature.b:js", "feature.c:js")
    found = worth_a_look(block(said(OK, BREACH, ELEVATED)), watched, {"feature.c:js"})
    assert [(monitor.name, evaluation.status) for monitor, evaluation in found] == [
        ("feature.b:js", BREACH),
        ("feature.c:js", ELEVATED),
    ]


def test_an_evaluation_says_where_it_stands_and_what_it_measured():
    [(_, evaluation)] = worth_a_look(
        block(said(BREACH, span=np.array([3])), version="2", segment="country=FR", late=True),
        [replace(monitor, provisional=True) for monitor in monitors("feature.a:js")],
        (),
    )
    assert (evaluation.block_seq, evaluation.version, evaluation.segment) == (9, "2", "country=FR")
    assert (evaluation.late, evaluation.provisional, evaluation.n) == (True, True, 300.0)
    assert evaluation.value == pytest.approx(0.1)
    assert evaluation.evidence == Window(WINDOW.end_us - 3 * HOUR_US, WINDOW.end_us)


def test_nothing_to_look_at_is_an_empty_list():
    watched = monitors("feature.a:js")
    assert worth_a_look(block(said(OK)), watched, ()) == []
    assert worth_a_look(block(said()), (), {"x"}) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(Status)), max_size=9))
def test_a_signal_is_quiet_where_one_monitor_is_fine_and_none_is_not(found):
    watched = monitors(*(f"feature.{name}:m{at}" for at, (name, _) in enumerate(found)))
    quiet = quiet_signals(block(said(*(status for _, status in found))), watched)
    assert len(quiet) == len(set(quiet))
    for name in "abc":
        statuses = {status for of, status in found if of == name}
        expected = OK in statuses and not statuses & {ELEVATED, BREACH}
        assert (f"feature.{name}" in quiet) is expected
