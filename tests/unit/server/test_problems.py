"""Each error has one status, one form, and the headers that say what to do next."""

from __future__ import annotations

import inspect
import json

import pytest

from seamark import errors
from seamark.server.problems import encode, headers_of, problem, problem_of


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (errors.Malformed("x."), 400, "Bad Request"),
        (errors.Unauthorised("x."), 401, "Unauthorized"),
        (errors.NotFound("x."), 404, "Not Found"),
        (errors.Conflict("x."), 409, "Conflict"),
        (errors.TooLarge("x."), 413, "Content Too Large"),
        (errors.InvalidInput("x."), 422, "Unprocessable Content"),
        (errors.Overloaded("x.", retry_after_seconds=3), 429, "Too Many Requests"),
        (errors.Unavailable("x."), 503, "Service Unavailable"),
        (errors.Corrupt("x."), 500, "Internal Server Error"),
        (errors.InvalidConfig("x."), 500, "Internal Server Error"),
        (errors.SeamarkError("x."), 500, "Internal Server Error"),
    ],
)
def test_an_error_has_its_status_and_title(error, status, title):
    found = problem_of(error)
    assert (found.status, found.title, found.detail) == (status, title, "x.")
    assert found.type == f"urn:seamark:problem:{title.lower().replace(' ', '-')}"


def test_no_error_is_forgotten():
    tree = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.SeamarkError)]
    for kind in tree:
        error = kind("x.", retry_after_seconds=1) if kind is errors.Overloaded else kind("x.")
        assert problem_of(error).status >= 400


def test_a_wrong_configuration_is_never_the_callers_fault():
    error = errors.InvalidConfig("ingest.hash_key is missing.", field="ingest.hash_key")
    assert (problem_of(error).status, problem_of(error).field) == (500, "ingest.hash_key")


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (errors.Overloaded("x.", retry_after_seconds=9), {"Retry-After": "9"}),
        (errors.Unavailable("x."), {"Retry-After": "5"}),
        (errors.Unauthorised("x."), {"WWW-Authenticate": "Bearer"}),
        (errors.TooLarge("x."), {"Connection": "close"}),
        (errors.InvalidInput("x."), {}),
        (errors.NotFound("x."), {}),
    ],
)
def test_the_headers_say_what_to_do_next(error, headers):
    assert headers_of(error) == headers


def test_places_are_there_only_where_they_are_known():
    bare = json.loads(encode(problem(404, "Nothing.")))
    assert set(bare) == {"type", "title", "status", "detail"}
    full = errors.InvalidInput("x.", field="time", row=0, value=0, accepted="a time")
    assert json.loads(encode(problem_of(full))) == {
        "type": "urn:seamark:problem:unprocessable-content",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "x.",
        "field": "time",
        "row": 0,
        "value": 0,
        "accepted": "a time",
    }


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), b"\xff", 10**30, [float("inf")], {"a": {1}}])
def test_any_value_can_be_shown(value):
    body = encode(problem_of(errors.InvalidInput("x.", value=value)))
    assert json.loads(body)["status"] == 422
