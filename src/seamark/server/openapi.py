"""The OpenAPI document at /schema: Litestar's, with the raw routes' bodies from the types that decode them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request
from litestar.enums import OpenAPIMediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from seamark.server.problems import Problem
from seamark.wire.bodies import AnswerBody, AttributionsBody, BaselineBody, ChangeBody, OutcomesBody, PredictionsBody
from seamark.wire.media import Media

_BODIES: Final[dict[str, tuple[type, tuple[Media, ...]]]] = {
    "/v1/predictions": (PredictionsBody, (Media.ARROW,)),
    "/v1/outcomes": (OutcomesBody, (Media.ARROW,)),
    "/v1/changes": (ChangeBody, ()),
    "/v1/alerts/{alert}/{answer}": (AnswerBody, ()),
    "/v1/incidents/{incident}/{answer}": (AnswerBody, ()),
    "/v1/models/{model}/baseline": (BaselineBody, (Media.ARROW, Media.PARQUET, Media.CSV)),
    "/v1/models/{model}/attributions": (AttributionsBody, (Media.ARROW, Media.PARQUET, Media.CSV)),
}
_TEMPLATE: Final = "#/components/schemas/{name}"


class _Document(OpenAPIRenderPlugin):
    """Serves the document as JSON."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document with bodies and problems added."""
        return self.render_json(request, complete(openapi_schema))


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what Litestar cannot know: bodies it does not decode, and the form of every error."""
    types = [Problem, *(body for body, _ in _BODIES.values())]
    references, schemas = msgspec.json.schema_components(types, ref_template=_TEMPLATE)
    found = {**document, "components": {**document.get("components", {})}}
    found["components"]["schemas"] = {**found["components"].get("schemas", {}), **schemas}
    by_type = dict(zip(types, references, strict=True))
    problem = {"application/problem+json": {"schema": by_type[Problem]}}
    for path, operations in found["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("400", None)  # Litestar's own form of errors, which HANDLERS replace
            operation["responses"]["default"] = {"description": "What went wrong, and where.", "content": problem}
        if path in _BODIES:
            body, binary = _BODIES[path]
            content: dict[str, Any] = {Media.JSON.value: {"schema": by_type[body]}}
            content |= {media.value: {"schema": {"type": "string", "format": "binary"}} for media in binary}
            operations["post"]["requestBody"] = {"required": body is not AnswerBody, "content": content}
    return found


def configuration(version: str) -> OpenAPIConfig:
    """Litestar's part: paths, parameters, the security scheme, and where the document is served."""
    return OpenAPIConfig(
        title="Seamark",
        version=version,
        summary="Monitors machine-learning models in production.",
        path="/schema",
        render_plugins=[_Document(path=["/", "/openapi.json"], media_type=OpenAPIMediaType.OPENAPI_JSON)],
        use_handler_docstrings=True,
        components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
        security=[{}, {"token": []}],
    )
