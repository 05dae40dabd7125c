"""Whatever arrives over HTTP, the answer is never the server's fault."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.server.wiring import FakeServices, client_of

from seamark.ingest.options import IngestOptions

SMALL = IngestOptions(max_body_bytes=2_000, max_decompressed_bytes=5_000, max_rows=3)
TIME = "2026-01-01T00:00:00Z"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(TIME),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["model", "version", "predictions", "outcomes", "columns", "features", "kind", "time", "summary", "from", "to"]
)
documents = (st.dictionaries(names, values, max_size=5) | values).map(lambda document: json.dumps(document).encode())
bodies = documents | st.binary(max_size=300) | documents.map(gzip.compress)
posts = st.tuples(
    st.just("POST"),
    st.sampled_from(
        [
            "/v1/predictions",
            "/v1/outcomes?model=m",
            "/v1/changes",
            "/v1/models/m/baseline?time=a&score=b=c",
            "/v1/models/m/attributions?target=score",
        ]
    ),
    bodies,
    st.fixed_dictionaries(
        {},
        optional={
            "Content-Type": st.sampled_from(
                ["application/json", "text/csv", "application/vnd.apache.arrow.stream", "x"]
            ),
            "Content-Encoding": st.sampled_from(["gzip", "zstd", "identity", "br"]),
            "Idempotency-Key": st.text("ab ", max_size=300),
        },
    ),
)
queries = st.dictionaries(
    st.sampled_from(
        ["model", "from", "to", "version", "segment", "limit", "monitor", "signal", "state", "target", "top", "x"]
    ),
    st.text(max_size=8) | st.just(TIME) | st.integers().map(str),
    max_size=6,
)
paths = [
    "/v1/overview",
    "/v1/impact",
    "/v1/groups",
    "/v1/versions",
    "/v1/rows",
    "/v1/series",
    "/v1/slices",
    "/v1/quality",
    "/v1/distribution",
    "/v1/incidents",
    "/v1/incidents/é",
    "/v1/models",
]
gets = st.tuples(st.just("GET"), st.sampled_from(paths), queries)


@pytest.fixture(scope="module")
def exchange():
    """One application and one event loop for all examples."""
    services = FakeServices(options=SMALL)
    with asyncio.Runner() as runner:
        opened = client_of(services)
        client = runner.run(opened.__aenter__())
        yield lambda *asked, **request: runner.run(client.request(*asked, **request))
        runner.run(opened.__aexit__(None, None, None))


several = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


@several
@given(posts)
def test_any_post_is_taken_or_refused_with_a_problem(exchange, post):
    method, path, body, headers = post
    answer = exchange(method, path, content=body, headers=headers)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"].endswith(".")


@several
@given(gets)
def test_any_question_is_answered_or_refused_with_a_problem(exchange, get):
    method, path, query = get
    answer = exchange(method, path, params=query)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.json()["detail"].endswith(".")
