"""Health, metrics, schema, static files and events."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.server.wiring import FakeServices, ask

from seamark.server import openapi
from seamark.server.application import create_context
from seamark.server.routes import events, static
from seamark.wire.bodies import PredictionsBody

BODY = {"model": "m", "predictions": [{"id": "a", "time": "2026-01-01T00:00:00Z"}]}


def test_the_process_is_alive_and_ready():
    assert ask(FakeServices(), "GET", "/healthz").json() == {"status": "ok"}
    assert ask(FakeServices(), "GET", "/readyz").json() == {"status": "ok"}


def test_a_broken_store_makes_it_unready_but_alive():
    services = FakeServices(broken="The disk is full.")
    answer = ask(services, "GET", "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unready", "reason": "The disk is full."})
    assert ask(services, "GET", "/healthz").status_code == 200


def test_metrics_are_an_exposition_prometheus_reads():
    services = FakeServices()
    ask(services, "POST", "/v1/predictions", json=BODY)
    services = FakeServices(store=services.store)
    answer = ask(services, "GET", "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert answer.headers["content-type"].startswith("text/plain")
    assert families["seamark_drift_distance"].samples[0].labels == {"model": "m", "signal": "x"}
    assert families["seamark_ingest_queue_rows"].samples[0].value == 0
    assert families["process_resident_memory_bytes"].samples[0].value > 0
    assert all(family.documentation.endswith(".") for name, family in families.items() if name.startswith("seamark"))


def test_answers_are_counted_by_method_and_status():
    context = create_context(FakeServices())
    for status in (200, 200, 404):
        context.observe("GET", status)
    assert context.answers == {("GET", 200): 2, ("GET", 404): 1}


def test_the_schema_documents_the_bodies_the_raw_routes_take():
    document = ask(FakeServices(), "GET", "/schema").json()
    post = document["paths"]["/v1/predictions"]["post"]
    assert post["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/PredictionsBody"
    }
    assert "application/vnd.apache.arrow.stream" in post["requestBody"]["content"]
    assert set(document["components"]["schemas"]["PredictionsBody"]["properties"]) == set(
        PredictionsBody.__struct_fields__
    )
    assert "400" not in post["responses"]


def test_every_error_in_the_schema_is_a_problem():
    document = ask(FakeServices(), "GET", "/schema").json()
    for path in document["paths"].values():
        for operation in path.values():
            content = operation["responses"]["default"]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            assert operation["summary"]
            assert operation["description"]


def test_every_reference_in_the_schema_leads_somewhere():
    document = ask(FakeServices(), "GET", "/schema").json()

    def references(node):
        if isinstance(node, dict):
            yield from [node["$ref"]] if "$ref" in node else []
            node = list(node.values())
        for child in node if isinstance(node, list) else []:
            yield from references(child)

    def target(reference):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step, {})
        return found

    found = set(references(document))
    assert {"#/components/schemas/Problem", "#/components/schemas/PredictionsBody"} <= found
    assert [reference for reference in found if not target(reference)] == []
    named = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert named <= found, "a schema nothing refers to is left over"


def test_the_types_of_a_range_have_their_public_names():
    document = ask(FakeServices(), "GET", "/schema").json()
    assert set(document["components"]["schemas"]["BaselineBody"]["properties"]) == {"from", "to", "version"}
    assert msgspec.json.schema(openapi.Problem)["$ref"] == "#/$defs/Problem"


@pytest.fixture
def built(tmp_path, monkeypatch):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>the page")
    (tmp_path / "assets" / "index-abc123.js").write_text("run()")
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path.parent / "secret.txt").write_text("secret")
    monkeypatch.setattr(static, "ROOT", tmp_path)
    return tmp_path


def test_the_page_is_asked_for_anew_and_its_assets_last(built):
    page = ask(FakeServices(), "GET", "/")
    assert (page.text, page.headers["cache-control"]) == ("<!doctype html>the page", "no-cache")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    asset = ask(FakeServices(), "GET", "/assets/index-abc123.js")
    assert (asset.text, asset.headers["cache-control"]) == ("run()", "public, max-age=31536000, immutable")
    assert "javascript" in asset.headers["content-type"]
    icon = ask(FakeServices(), "GET", "/icon.svg")
    assert (icon.headers["content-type"], icon.headers["cache-control"]) == ("image/svg+xml", "no-cache")


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets", "/none.js", "//etc/passwd"],
)
def test_nothing_outside_the_folder_is_served(built, path):
    answer = ask(FakeServices(), "GET", path)
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace(path, "").replace("secret.txt", "")


def test_a_dashboard_that_was_not_built_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(static, "ROOT", tmp_path)
    answer = ask(FakeServices(), "GET", "/")
    assert answer.status_code == 200
    assert "The dashboard is not built" in answer.text


def test_events_tell_the_revision_at_the_start_and_when_it_changes(monkeypatch):
    monkeypatch.setattr(events, "_POLL_SECONDS", 0.0)
    monkeypatch.setattr(events, "_SILENT_POLLS", 3)
    services = FakeServices(number=7)
    context = create_context(services)

    async def listen():
        told = []
        async for part in events._revisions(context):
            told.append(part)
            if part.startswith(b":"):
                services.number = 8
            if b"8" in part:
                context.stopping = True
        return told

    told = asyncio.run(listen())
    services.door.drain()
    assert told == [b'data: {"revision": 7}\n\n', b": still here\n\n", b'data: {"revision": 8}\n\n']
    assert json.loads(told[0].removeprefix(b"data: ")) == {"revision": 7}
    assert context.streams == 0


def test_too_many_event_streams_are_told_to_poll(monkeypatch):
    monkeypatch.setattr(events, "_MAX_STREAMS", 0)
    answer = ask(FakeServices(), "GET", "/v1/events")
    assert (answer.status_code, answer.json()["detail"]) == (503, "0 event streams are open already; poll instead.")
