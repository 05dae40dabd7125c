"""Monitors are data: what is stored of them is read again as it was, or refused."""

import json
from dataclasses import MISSING, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import Corrupt
from seamark.records.monitor import (
    Monitor,
    Priority,
    Rule,
    RuleKind,
    Severity,
    monitors_from_json,
    monitors_to_json,
)
from seamark.records.signals import Layer, Role

MONITOR = Monitor("feature.amount:psi", "feature.amount", Layer.DATA, "psi", Rule(RuleKind.FIXED, 0.2, 0.1))
numbers = st.floats(allow_nan=False)
rules = st.builds(
    Rule,
    kind=st.sampled_from(RuleKind),
    fire=numbers,
    clear=numbers,
    alpha=st.floats(0, 1),
    min_n=st.integers(0, 10**6),
    breaches=st.integers(1, 5),
    of=st.integers(1, 9),
    severity=st.sampled_from(Severity),
    priority=st.sampled_from(Priority),
)
texts = st.text(max_size=20)
monitors = st.builds(
    Monitor,
    name=texts,
    signal=texts,
    layer=st.sampled_from(Layer),
    statistic=texts,
    rule=rules,
    subject=texts,
    baseline=st.sampled_from(["static", "rolling"]),
)


@given(st.lists(monitors, max_size=5))
def test_monitors_are_read_as_they_were_written_in_their_order(found):
    assert monitors_from_json(monitors_to_json(found)) == tuple(found)


def test_what_is_read_has_the_types_code_compares_with():
    (read,) = monitors_from_json(monitors_to_json([MONITOR]))
    assert isinstance(read.layer, Layer)
    assert isinstance(read.rule.kind, RuleKind)
    assert isinstance(read.rule.severity, Severity)
    assert isinstance(read.rule.priority, Priority)


def test_no_monitors_are_a_set_too():
    assert monitors_from_json(monitors_to_json([])) == ()


def broken(**changed):
    (stored,) = json.loads(monitors_to_json([MONITOR]))
    return json.dumps([{**stored, **changed}]).encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b"\xff\xfe",
        b'[{"name": "x"}]',
        broken(layer="cellar"),
        broken(rule={"kind": "fixed"}),
        broken(rule={"kind": "guess", "severity": "high", "priority": "P1"}),
        broken(surprise=1),
    ],
)
def test_anything_else_is_corrupt_and_no_other_error(payload):
    with pytest.raises(Corrupt, match="A stored monitor set cannot be read"):
        monitors_from_json(payload)


@pytest.mark.parametrize("name", [each.name for each in fields(Monitor) if each.default is MISSING])
def test_a_monitor_without_one_of_its_fields_is_corrupt(name):
    (stored,) = json.loads(monitors_to_json([MONITOR]))
    del stored[name]
    with pytest.raises(Corrupt):
        monitors_from_json(json.dumps([stored]).encode())


def test_a_monitor_written_before_a_field_with_a_default_was_born_is_read():
    (stored,) = json.loads(monitors_to_json([replace(MONITOR, subject="yes", baseline="rolling")]))
    del stored["subject"], stored["baseline"], stored["rule"]["missed_windows"]
    assert monitors_from_json(json.dumps([stored]).encode()) == (MONITOR,)


@pytest.mark.parametrize("role", list(Role))
def test_what_goes_in_is_data_and_what_comes_out_is_model(role):
    assert role.layer is (Layer.DATA if role in (Role.FEATURE, Role.JOINT) else Layer.MODEL)


def test_priorities_and_severities_are_listed_from_the_most_urgent_down():
    assert [each.value for each in Priority] == ["P1", "P2", "P3"]
    assert next(iter(Severity)) is Severity.CRITICAL
