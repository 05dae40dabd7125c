"""Errors as `application/problem+json` (RFC 9457), with the place of the fault and what would be accepted."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from seamark.errors import (
    Conflict,
    Corrupt,
    DiskFull,
    InvalidConfig,
    InvalidInput,
    Malformed,
    NotFound,
    Overloaded,
    SeamarkError,
    TooLarge,
    Unauthorised,
    Unavailable,
)

PROBLEM_TYPE: Final = "application/problem+json"
_log = logging.getLogger(__name__)

_STATUS: Final = (
    (InvalidConfig, HTTPStatus.INTERNAL_SERVER_ERROR),
    (Malformed, HTTPStatus.BAD_REQUEST),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Unauthorised, HTTPStatus.UNAUTHORIZED),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (Overloaded, HTTPStatus.TOO_MANY_REQUESTS),
    (DiskFull, HTTPStatus.INSUFFICIENT_STORAGE),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (Corrupt, HTTPStatus.INTERNAL_SERVER_ERROR),
)


_TITLES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}  # RFC 9110; older Pythons say otherwise


class Problem(msgspec.Struct, omit_defaults=True):
    """What went wrong, for programs (`type`, `status`, `field`, …) and for people (`detail`)."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    row: int | None = None
    value: Any = None
    accepted: str | None = None


def problem(status: int, detail: str, **place: Any) -> Problem:
    """A problem of an HTTP status."""
    phrase = _TITLES.get(status) or HTTPStatus(status).phrase
    return Problem(f"urn:seamark:problem:{phrase.lower().replace(' ', '-')}", phrase, status, detail, **place)


def problem_of(error: SeamarkError) -> Problem:
    """The problem an error is to the caller."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    if isinstance(error, InvalidInput):
        return problem(
            status, error.message, field=error.field, row=error.row, value=error.value, accepted=error.accepted
        )
    return problem(status, error.message)


def headers_of(error: SeamarkError) -> dict[str, str]:
    """What the answer's headers say beside the problem."""
    if isinstance(error, TooLarge):
        return {"Connection": "close"}
    if isinstance(error, Overloaded):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, Unavailable):
        return {"Retry-After": "5"}
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthorised) else {}


def encode(found: Problem) -> bytes:
    """As JSON; a value JSON cannot say is shown as text."""
    return msgspec.json.encode(found, enc_hook=repr)


def explain(error: Exception, method: str, path: str) -> tuple[Problem, dict[str, str]]:
    """What an error is to the caller, and the headers that go with it; Seamark's own faults are logged."""
    if isinstance(error, SeamarkError):
        found = problem_of(error)
        if found.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
            _log.error("%s", error.message, exc_info=error)
        return found, headers_of(error)
    if isinstance(error, ValidationException):
        return _of_parameters(error), {}
    if isinstance(error, HTTPException):
        details = {
            HTTPStatus.NOT_FOUND: f"There is nothing at {path}; see /schema for what there is.",
            HTTPStatus.METHOD_NOT_ALLOWED: f"{path} does not take {method}.",
        }
        return problem(error.status_code, details.get(HTTPStatus(error.status_code), error.detail)), dict(
            error.headers or {}
        )
    _log.error("%s %s failed.", method, path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Seamark failed at this request; its log says why."), {}


def _answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    found, headers = explain(error, request.method, request.url.path)
    return Response(encode(found), status_code=found.status, media_type=PROBLEM_TYPE, headers=headers)


def _of_parameters(error: ValidationException) -> Problem:
    """A query parameter that is missing or of a wrong type."""
    extra = error.extra if isinstance(error.extra, list) and error.extra else [{}]
    first: dict[str, Any] = extra[0] if isinstance(extra[0], dict) else {}
    field = first.get("key")
    reason = first.get("message", error.detail)
    detail = f"The parameter {field!r} cannot be used: {reason}." if field else f"{error.detail.rstrip('.')}."
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=field)


HANDLERS: Final[ExceptionHandlersMap] = {SeamarkError: _answer, HTTPException: _answer, Exception: _answer}
