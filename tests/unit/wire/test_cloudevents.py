"""Events in the three modes of CloudEvents over HTTP, and what is missing or too much in them."""

from __future__ import annotations

import base64
import json

import pytest

from seamark.clock import from_iso
from seamark.errors import InvalidInput
from seamark.wire import kserve
from seamark.wire.cloudevents import BATCHED, STRUCTURED, events
from seamark.wire.inference_events import halves

TIME = "2026-11-01T11:00:00Z"
BODY = b'{"instances": [[1]]}'


def binary(**changed):
    attributes = {"id": "e", "type": kserve.REQUEST, "time": TIME, "inferenceservicename": "fraud"} | changed
    return {"content-type": "application/json", **{f"ce-{name}": value for name, value in attributes.items()}}


def document(**changed):
    own = {"specversion": "1.0", "id": "e", "type": kserve.REQUEST, "time": TIME, "inferenceservicename": "fraud"}
    return own | {"data": {"instances": [[1]]}} | changed


def structured(*documents, media=STRUCTURED):
    body = documents[0] if media == STRUCTURED else list(documents)
    return {"content-type": media}, json.dumps(body).encode()


def test_the_three_modes_say_the_same():
    [one] = events(binary(), BODY)
    [other] = events(*structured(document()))
    [third] = events(*structured(document(), media=BATCHED))
    assert one.id == other.id == third.id == "e"
    assert one.time_us == other.time_us == third.time_us == from_iso(TIME)
    assert json.loads(one.body) == json.loads(other.body) == json.loads(third.body)
    assert {each.attributes["inferenceservicename"] for each in (one, other, third)} == {"fraud"}


def test_data_in_base64_is_what_it_encodes_and_has_its_own_type():
    own = document(data_base64=base64.b64encode(b"1,2").decode(), datacontenttype="text/csv")
    del own["data"]
    [event] = events(*structured(own))
    assert (event.media, event.body) == ("text/csv", b"1,2")
    with pytest.raises(InvalidInput, match="data_base64 is not base64"):
        events(*structured(own | {"data_base64": "?"}))


def test_headers_are_percent_encoded_where_they_have_to_be():
    [event] = events(binary(id="a%20b", inferenceservicename="betr%C3%BCg"), BODY)
    assert (event.id, event.attributes["inferenceservicename"]) == ("a b", "betrüg")


@pytest.mark.parametrize("time", ["", "yesterday", "2026-11-01T11:00:00", "9" * 400])
def test_a_time_that_cannot_be_read_is_none(time):
    assert events(binary(time=time), BODY)[0].time_us is None


@pytest.mark.parametrize("name", ["id", "type"])
@pytest.mark.parametrize("value", ["", "x" * 257])
def test_an_event_without_what_it_needs_is_refused_by_name(name, value):
    with pytest.raises(InvalidInput, match=f"The event's {name} (is missing|has 257 characters)") as refused:
        events(binary(**{name: value}), BODY)
    assert refused.value.field == f"ce-{name}"


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b'{"id": ', b"\xff"])
def test_a_body_that_is_no_event_is_refused(body):
    with pytest.raises(InvalidInput):
        events({"content-type": STRUCTURED}, body)


def test_attributes_that_are_no_texts_are_none():
    [event] = events(*structured(document(extra=5, nested={"a": 1})))
    assert "extra" not in event.attributes
    assert "nested" not in event.attributes


def test_a_batch_has_a_bound(monkeypatch):
    monkeypatch.setattr("seamark.wire.cloudevents._MOST_EVENTS", 2)
    with pytest.raises(InvalidInput, match="3 events"):
        events(*structured(*[document()] * 3, media=BATCHED))


def test_an_address_may_say_what_the_event_does_not_or_says_otherwise():
    [half] = halves(binary(endpoint="canary"), BODY)
    assert (half.model, half.version, half.is_request) == ("fraud", "canary", True)
    [half] = halves(binary(endpoint="canary"), BODY, model="other", version="7")
    assert (half.model, half.version) == ("other", "7")


def test_components_and_namespaces_of_one_id_are_different_exchanges():
    keys = {
        halves(binary(namespace=namespace, component=component), BODY)[0].key
        for namespace in ("shop", "bank")
        for component in ("predictor", "transformer")
    }
    assert len(keys) == 4


def test_seldon_needs_a_model_from_somewhere():
    sent = {"ce-id": "1", "ce-type": "io.seldon.serving.inference.request", "ce-requestid": "r"}
    with pytest.raises(InvalidInput, match="names no model"):
        halves(sent, BODY)
    assert halves(sent, BODY, model="iris")[0].model == "iris"
    assert halves(sent | {"ce-modelid": "node"}, BODY)[0].model == "node"
    assert halves(sent | {"ce-modelid": "node", "ce-inferenceservicename": "iris"}, BODY)[0].model == "iris"
