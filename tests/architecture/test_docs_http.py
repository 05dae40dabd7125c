"""docs/http.md knows every endpoint and parameter, and every request in it is answered with success."""

import asyncio
import json
import re
from dataclasses import replace

import httpx
import pytest
from tests.architecture.house import ROOT
from tests.conformance.stored import ALERT, INCIDENT

from seamark import clock
from seamark.app import build
from seamark.config import Config, StoreOptions
from seamark.records.delivery import FastStep
from seamark.records.options import ModelOptions
from seamark.server.application import create_server
from seamark.server.problems import problem

TEXT = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")


def section(endpoint):
    found = re.search(rf"^### {re.escape(endpoint)}\n.*?(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"docs/http.md has no heading '### {endpoint}'"
    return found[0]


def requests():
    """Every ```http block: method, target, headers and body."""
    for block in re.findall(r"^```http\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL):
        head, _, body = block.partition("\n\n")
        first, *headers = head.strip().splitlines()
        method, _, target = first.partition(" ")
        yield method, target, dict(line.split(": ", 1) for line in headers), body


@pytest.fixture
def app(tmp_path):
    models = {"fraud": ModelOptions(segments=("channel",))}
    app = build(Config(store=StoreOptions(str(tmp_path / "data")), models=models))
    told = {"monitor": "feature.amount:jensen_shannon", "project": "default", "incident": "inc_1a2b", "opened_us": 1}
    alert = replace(ALERT, id="alt_3c4d", **told)
    incident = replace(INCIDENT, id="inc_1a2b", project="default", alerts=(alert.id,))
    app.store.fast.commit(FastStep(0, alerts=(alert,), incidents=(incident,)))
    yield app
    app.stop()


def test_every_request_is_answered_with_success_in_the_order_of_the_page(app):
    async def play():
        transport = httpx.ASGITransport(create_server(app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for method, target, headers, body in requests():
                answer = await client.request(method, target, headers=headers, content=body.encode())
                assert answer.is_success, f"{method} {target}: {answer.text}"
                app.pipeline.tick(clock.now_us())

    assert len(list(requests())) > 10
    asyncio.run(play())


def test_the_example_of_an_error_has_the_words_the_server_uses():
    example = json.loads(re.search(r"^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[1])
    said = problem(example["status"], "")
    assert (example["type"], example["title"]) == (said.type, said.title)


@pytest.fixture
def schema(app):
    """The OpenAPI document the server gives of itself."""

    async def ask():
        transport = httpx.ASGITransport(create_server(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/schema")).json()

    return asyncio.run(ask())


def test_every_endpoint_has_a_section_and_no_section_is_about_nothing(schema):
    there = {f"{method.upper()} {path}" for path, operations in schema["paths"].items() for method in operations}
    assert set(re.findall(r"^### ([A-Z]+ /\S*)", TEXT, re.MULTILINE)) == there


def test_every_parameter_is_described(schema):
    missing = [
        f"{method.upper()} {path}: {parameter['name']}"
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and f"`{parameter['name']}`" not in section(f"{method.upper()} {path}")
    ]
    assert not missing, missing
