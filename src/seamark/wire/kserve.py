"""KServe's inference logger: requests and responses as CloudEvents, joined by `ce-id`.

The response carries the Content-Type of the request, an answer other than 200 is never logged, and nothing is sent
twice. `ce-endpoint` is "" or says which of two revisions answered: it stands for the version where none is named.
"""

from __future__ import annotations

from typing import Final

from seamark.wire.cloudevents import Event, required
from seamark.wire.halves import Half
from seamark.wire.payloads import Payload

REQUEST: Final = "org.kubeflow.serving.inference.request"
RESPONSE: Final = "org.kubeflow.serving.inference.response"
TYPES: Final = (REQUEST, RESPONSE)


def half(event: Event, model: str = "", version: str = "") -> Half:
    """The half an event is; `model` and `version` go before what it says. Raises InvalidInput."""
    service = required(event, "inferenceservicename")
    own = event.attributes
    place = (own.get("namespace", ""), service, own.get("component", ""))
    return Half(
        key=("kserve", *place, event.id),
        is_request=event.type == REQUEST,
        id=event.id,
        model=model or service,
        version=version or own.get("endpoint", ""),
        time_us=event.time_us,
        payload=Payload(event.media, event.body),
    )
