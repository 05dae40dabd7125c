"""What a store has written once stays readable."""

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.stored import ALERT, CHANGE, INCIDENT, MODEL

from seamark.errors import Corrupt
from seamark.records.alert import Alert, AlertState
from seamark.records.incident import Incident
from seamark.records.log import Change
from seamark.records.model import Model, Task
from seamark.records.token import StoredToken
from seamark.store.codec import from_text, to_text

TOKEN = StoredToken("tok_1", "laptop", "shop", "ab" * 32, 1)
KEPT_WHOLE = [ALERT, INCIDENT, CHANGE, MODEL, TOKEN]
GOLDEN = Path(__file__).parent / "golden"


def named(record):
    return type(record).__name__.lower()


@pytest.mark.parametrize("record", KEPT_WHOLE, ids=named)
def test_the_first_text_ever_stored_still_reads(record):
    """These files are never written again: a record that changes must still read what it wrote in version 0.1."""
    assert from_text((GOLDEN / f"{named(record)}.json").read_text(), type(record)) == record


@pytest.mark.parametrize("record_type", [Alert, Incident, Change, Model, StoredToken])
@settings(deadline=None)
@given(data=st.data())
def test_a_record_survives_its_text(record_type, data):
    record = data.draw(st.from_type(record_type))
    again = from_text(to_text(record), record_type)
    assert to_text(again) == to_text(record)
    assert [type(getattr(again, each.name)) for each in fields(record)] == [
        type(getattr(record, each.name)) for each in fields(record)
    ]
    assert repr(again) == repr(record), "repr, because a NaN equals nothing"


def test_numbers_that_json_does_not_know_survive():
    odd = replace(ALERT, value=math.nan, threshold=math.inf, effect=-math.inf, n=-0.0)
    again = from_text(to_text(odd), Alert)
    assert math.isnan(again.value)
    assert (again.threshold, again.effect) == (math.inf, -math.inf)
    assert math.copysign(1, again.n) == -1


def test_a_field_that_did_not_exist_yet_takes_its_default():
    old = json.loads(to_text(MODEL))
    del old["retired"], old["task"]
    assert from_text(json.dumps(old), Model) == replace(MODEL, retired=False, task=Task.UNKNOWN)


def test_a_field_that_is_no_more_is_ignored():
    assert from_text(json.dumps(json.loads(to_text(MODEL)) | {"mood": "sunny"}), Model) == MODEL


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", to_text(ALERT).replace('"firing"', '"asleep"'), to_text(ALERT).replace('"id":"alt_1",', "")],
    ids=["empty", "torn", "list", "unknown state", "no id"],
)
def test_a_text_that_does_not_fit_is_corrupt(text):
    with pytest.raises(Corrupt, match="A stored Alert cannot be read"):
        from_text(text, Alert)


def test_enums_come_back_as_themselves():
    assert from_text(to_text(ALERT), Alert).state is AlertState.FIRING
