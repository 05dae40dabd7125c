"""Seldon's request logger: CloudEvents (0.3) like KServe's, but joined by `ce-requestid`; each has an id of its own."""

from __future__ import annotations

from typing import Final

from seamark.errors import InvalidInput
from seamark.wire.cloudevents import Event, required
from seamark.wire.halves import Half
from seamark.wire.payloads import Payload

REQUEST: Final = "io.seldon.serving.inference.request"
RESPONSE: Final = "io.seldon.serving.inference.response"
TYPES: Final = (REQUEST, RESPONSE)


def half(event: Event, model: str = "", version: str = "") -> Half:
    """The half an event is; `model` and `version` go before what it says. Raises InvalidInput."""
    own, id = event.attributes, required(event, "requestid")
    deployment, node = own.get("inferenceservicename", ""), own.get("modelid", "")
    if not (model or deployment or node):
        accepted = "the header ce-modelid or ce-inferenceservicename, or model in the address"
        raise InvalidInput(f"The event names no model; send {accepted}.", field="ce-modelid", accepted=accepted)
    return Half(
        key=("seldon", own.get("namespace", ""), deployment, node, id),
        is_request=event.type == REQUEST,
        id=id,
        model=model or deployment or node,
        version=version or own.get("endpoint", ""),
        time_us=event.time_us,
        payload=Payload(event.media, event.body),
    )
