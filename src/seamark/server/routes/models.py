"""GET /v1/models, POST /v1/models/{model}/baseline and /attributions."""

from __future__ import annotations

import asyncio
import functools
from urllib.parse import unquote

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from seamark.query.reference import notes_on
from seamark.records.attribution import Explained, Scale, scale_of
from seamark.records.log import EntryKind
from seamark.server.context import HttpRequest, as_json, context_of, project_of
from seamark.server.routes.batches import idempotency_key, required_media
from seamark.wire.media import BASELINE_MEDIA, Media
from seamark.wire.roles import Roles, parse_score
from seamark.wire.submission import Submission


@get("/v1/models", operation_id="listModels", summary="All models", sync_to_thread=True)
def list_models(request: HttpRequest) -> Response[bytes]:
    """Every model of the project with the state of its layers."""
    services = context_of(request).services
    return as_json(services.questions.models(project_of(request), now_us=services.now_us()))


@post(
    "/v1/models/{model:str}/baseline",
    status_code=202,
    operation_id="sendBaseline",
    summary="Give a model its reference",
)
async def send_baseline(
    request: HttpRequest,
    model: FromPath[str],
    time: FromQuery[str | None] = None,
    id: FromQuery[str | None] = None,
    version: FromQuery[str | None] = None,
    prediction: FromQuery[str | None] = None,
    score: FromQuery[list[str] | None] = None,
    outcome: FromQuery[str | None] = None,
    segment: FromQuery[list[str] | None] = None,
    exclude: FromQuery[list[str] | None] = None,
    time_zone: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Upload a reference (Arrow, Parquet, CSV), or name stored traffic as JSON `{"from", "to"}`.

    Column roles that are not named are inferred and said in `notes`, as is what the reference replaces and in which
    features it differs from that.
    """
    media = required_media(request, BASELINE_MEDIA)
    context = context_of(request)
    body = await context.bodies.read(request)
    services, project, model = context.services, project_of(request), unquote(model)
    # Asked beforehand: a moment after its acknowledgement the reference may be the present one.
    present = await asyncio.to_thread(services.questions.reference, project, model)
    if media is Media.JSON:
        await services.door.baseline_from_traffic(project, model, body)
        notes = ["The stored traffic becomes the baseline at the next tick.", present["replaced"]]
        return as_json({"accepted": 0, "notes": notes}, 202)
    roles = Roles(
        time=time,
        id=id,
        version=version,
        prediction=prediction,
        scores=tuple(map(parse_score, score or ())),
        outcome=outcome,
        segments=tuple(segment or ()),
        excluded=tuple(exclude or ()),
        time_zone=time_zone,
    )
    key = idempotency_key(request)
    receipt = await services.door.baseline(
        Submission(EntryKind.REFERENCE, project, media, body, model, idempotency_key=key, roles=roles)
    )
    notes = [*receipt.notes, *notes_on(present, receipt.features)]
    return as_json({"accepted": receipt.accepted, "notes": notes}, 202)


@post(
    "/v1/models/{model:str}/attributions",
    status_code=202,
    operation_id="sendAttributions",
    summary="Say what each feature adds to a model's answers",
)
async def send_attributions(
    request: HttpRequest,
    model: FromPath[str],
    target: FromQuery[str] = "",
    scale: FromQuery[str] = Scale.RESPONSE.value,
) -> Response[bytes]:
    """Upload SHAP values of predictions (Arrow, Parquet, CSV, JSON columns), or mean attributions per bin (JSON).

    They are put on the model's bins, and from then on say which drift matters (GET /v1/impact).
    """
    media = required_media(request, BASELINE_MEDIA)
    explained = Explained(target, scale_of(scale))
    context = context_of(request)
    body = await context.bodies.read(request)
    services, project, model = context.services, project_of(request), unquote(model)
    key = idempotency_key(request)
    receipt = await services.door.attributions(
        Submission(EntryKind.ATTRIBUTIONS, project, media, body, model, idempotency_key=key, explained=explained),
        functools.partial(services.questions.attributable, project, model),
    )
    return as_json({"accepted": receipt.accepted, "notes": list(receipt.notes)}, 202)
