"""POST /v1/predictions, /v1/outcomes, /v1/changes and, of a model, its baseline and attributions."""

from __future__ import annotations

import asyncio
import gzip
import json
import math

import pyarrow as pa
import pytest
from tests.unit.server.wiring import FakeServices, ask, client_of, logged

from seamark.clock import now_us
from seamark.errors import Overloaded, Unavailable
from seamark.ingest.options import IngestOptions
from seamark.records.attribution import Explained, Scale
from seamark.records.log import EntryKind
from seamark.records.options import FeatureOptions, Handling, ModelOptions
from seamark.wire.batch import encode
from seamark.wire.json import baseline_path

TIME = "2026-01-01T00:00:00Z"
ONE = {"model": "fraud", "predictions": [{"id": "a", "time": TIME, "features": {"x": 1}}]}


ARROW = {"Content-Type": "application/vnd.apache.arrow.stream"}


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


def arrow_body(column):
    time = pa.array([now_us()], pa.int64()).cast(pa.timestamp("us", "UTC"))
    return encode(pa.table({"id": ["a"], "time": time, column: [1.0]}))


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/v1/predictions", json.dumps(ONE).encode(), {}),
        ("/v1/predictions", json.dumps(ONE).encode(), {"Content-Type": "application/json; charset=utf-8"}),
        ("/v1/predictions", gzip.compress(json.dumps(ONE).encode()), {"Content-Encoding": "gzip"}),
        ("/v1/predictions", gzip.compress(json.dumps(ONE).encode()), {"Content-Encoding": "x-gzip"}),
        ("/v1/predictions", zstd(json.dumps(ONE).encode()), {"Content-Encoding": "zstd"}),
        ("/v1/predictions", json.dumps(ONE).encode(), {"Content-Encoding": "identity"}),
        ("/v1/predictions?model=fraud&version=2", arrow_body("feature.x"), ARROW),
        ("/v1/outcomes?model=fraud", arrow_body("value.x"), ARROW),
    ],
)  # fmt: skip
def test_a_batch_is_acknowledged_when_it_is_logged(path, body, headers):
    services = FakeServices()
    answer = ask(services, "POST", path, content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    assert [entry.rows for entry in logged(services)] == [1]


@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "detail"),
    [
        ("/v1/predictions", b"{", {}, 400, "The body is not JSON: Input data was truncated."),
        ("/v1/predictions", b"[" * 10**6, {}, 422, "body: expected `object`, got `array`."),
        ("/v1/predictions", b'{"model":"m","columns":{"a":' + b"[" * 10**6, {}, 400, "The body is nested too deeply"),
        ("/v1/predictions", b'{"model":"\xff"}', {}, 400, "The body is not UTF-8: invalid start byte at byte 10."),
        ("/v1/predictions", b'{"model":"m","predictions":[]}', {}, 422, "The batch holds no rows"),
        ("/v1/predictions", b"x", {"Content-Type": "text/plain"}, 415, "Content-Type 'text/plain' cannot be read here"),
        ("/v1/predictions", b"x", {"Content-Encoding": "br"}, 415, "Content-Encoding 'br' cannot be read; send gzip"),
        ("/v1/predictions", b"x", {"Content-Encoding": "gzip"}, 400, "The body is not gzip: "),
        ("/v1/predictions", b"x", {"Idempotency-Key": "k" * 257}, 422, "Idempotency-Key has 257 characters"),
        ("/v1/predictions", b"x", ARROW, 422, "add ?model=NAME"),
        ("/v1/predictions?model=m", b"x", ARROW, 400, "not an Arrow"),
        ("/v1/predictions?partial=perhaps", b"{}", {}, 422, "The parameter 'partial' cannot be used: Expected `bool`"),
        ("/v1/outcomes", b'{"model":"m","outcomes":[{"id":"a"}]}', {}, 422, "Row 0: time is missing"),
        ("/v1/changes", b'{"kind":"x"}', {}, 422, "missing required field"),
        (
            "/v1/models/m/baseline",
            b"x",
            {"Content-Type": "image/png"},
            415,
            "send application/vnd.apache.arrow.stream, ",
        ),
        ("/v1/models/m/baseline", b"x\n", {"Content-Type": "text/csv"}, 422, "The batch holds no rows"),
    ],
)
def test_bad_input_is_a_problem_that_says_what_and_changes_nothing(path, content, headers, status, detail):
    services = FakeServices()
    answer = ask(services, "POST", path, content=content, headers=headers)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (status, status)
    assert detail in problem["detail"]
    assert logged(services) == []


def test_a_problem_names_row_field_value_and_what_is_accepted():
    body = {"model": "m", "predictions": [{"id": "a", "time": TIME}, {"id": "b", "time": "noon"}]}
    assert ask(FakeServices(), "POST", "/v1/predictions", json=body).json() == {
        "type": "urn:seamark:problem:unprocessable-content",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "Row 1: time 'noon' is not a time; send ISO 8601 with a zone, like 2026-11-01T12:00:00Z.",
        "row": 1,
        "field": "time",
        "value": "noon",
        "accepted": "ISO 8601 with a zone, like 2026-11-01T12:00:00Z",
    }


def test_a_partial_batch_lists_the_refused_rows():
    body = {"model": "m", "predictions": [{"id": "a", "time": TIME}, {"id": "b", "time": "noon"}]}
    answer = ask(FakeServices(), "POST", "/v1/predictions?partial=true", json=body)
    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 1,
        "refused": [
            {
                "row": 1,
                "field": "time",
                "value": "noon",
                "message": "time 'noon' is not a time; send ISO 8601 with a zone, like 2026-11-01T12:00:00Z.",
            }
        ],
        "refused_rows": 1,
    }


def test_a_partial_batch_without_a_good_row_is_a_problem_with_the_same_list():
    services = FakeServices()
    body = {"model": "m", "predictions": [{"id": "b", "time": "noon"}] * 2}
    answer = ask(services, "POST", "/v1/predictions?partial=true", json=body)
    assert (answer.status_code, answer.json()["accepted"], answer.json()["refused_rows"]) == (422, 0, 2)
    assert "Every row was refused. The first: row 0: time 'noon'" in answer.json()["detail"]
    assert logged(services) == []


def test_a_full_queue_and_a_broken_store_say_when_to_come_again():
    services = FakeServices()
    for error, status, seconds in [
        (Overloaded("Full.", retry_after_seconds=7), 429, "7"),
        (Unavailable("The log could not be written."), 503, "5"),
    ]:

        async def fail(_submission, error=error):
            raise error

        services.door.submit = fail
        answer = ask(services, "POST", "/v1/predictions", json=ONE)
        assert (answer.status_code, answer.headers["retry-after"], answer.json()["detail"]) == (
            status, seconds, error.message,
        )  # fmt: skip


def test_a_bug_is_a_500_that_is_logged_and_tells_nothing(caplog):
    services = FakeServices()

    async def fail(_submission):
        raise ZeroDivisionError("secret detail")

    services.door.submit = fail
    answer = ask(services, "POST", "/v1/predictions", json=ONE)
    assert answer.status_code == 500
    assert answer.json()["detail"] == "Seamark failed at this request; its log says why."
    assert "secret detail" in caplog.text


def test_an_unknown_model_is_a_404_when_models_are_not_created():
    answer = ask(
        FakeServices(options=IngestOptions(auto_create=False)),
        "POST",
        "/v1/predictions",
        json={**ONE, "model": "fraude"},
    )
    assert answer.status_code == 404
    assert "the nearest one is 'fraud'" in answer.json()["detail"]


def test_a_repeated_idempotency_key_is_acknowledged_and_stored_once():
    services = FakeServices()
    for _ in range(2):
        services = FakeServices(store=services.store)
        assert ask(services, "POST", "/v1/predictions", json=ONE, headers={"Idempotency-Key": "k"}).status_code == 202
    assert len(logged(services)) == 1


def test_a_body_over_the_limit_is_a_413_as_sent_or_expanded():
    bounds = IngestOptions(max_body_bytes=1_000, max_decompressed_bytes=5_000)
    answer = ask(FakeServices(options=bounds), "POST", "/v1/predictions", content=b"x" * 1_001)
    assert (answer.status_code, answer.json()["accepted"]) == (413, "at most 1000 bytes")
    chunks = (b"x" * 400 for _ in range(5))  # no Content-Length to believe
    assert ask(FakeServices(options=bounds), "POST", "/v1/predictions", content=aiter_of(chunks)).status_code == 413
    bomb = gzip.compress(bytes(500_000))
    answer = ask(
        FakeServices(options=bounds), "POST", "/v1/predictions", content=bomb, headers={"Content-Encoding": "gzip"}
    )
    assert (answer.status_code, answer.json()["accepted"]) == (413, "at most 5000 bytes when expanded")


async def aiter_of(parts):
    for part in parts:
        yield part


def test_a_change_is_answered_with_its_id():
    body = {"kind": "deploy", "time": TIME, "summary": "v2"}
    answer = ask(FakeServices(), "POST", "/v1/changes", json=body)
    assert (answer.status_code, answer.json()) == (202, {"id": "chg_1"})


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ci.example/7", "ftp://ci.example", ""])
def test_a_change_links_only_to_the_web(url):
    """The screen shows it as a link that people follow."""
    body = {"kind": "deploy", "time": TIME, "summary": "v2", "url": url}
    answer = ask(FakeServices(), "POST", "/v1/changes", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "url")
    assert answer.json()["detail"] == f"url {url!r} is no link; send one that starts with http:// or https://."


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize(
    "body",
    [
        '{"model": "m", "predictions": [{"id": %s, "time": "2026-01-01T00:00:00Z"}]}',
        '{"model": "m", "columns": {"id": [%s], "time": ["2026-01-01T00:00:00Z"]}}',
        '{"model": "m", "predictions": [{"id": "1", "time": %s}]}',
        '{"model": %s, "predictions": [{"id": "1", "time": "2026-01-01T00:00:00Z"}]}',
    ],
)
def test_a_number_that_is_none_is_no_name(body, constant):
    """A missing id that was written by a program without null must not become one prediction called NaN."""
    for partial in ("", "?partial=true"):
        services = FakeServices()
        answer = ask(services, "POST", f"/v1/predictions{partial}", content=body % constant)
        assert answer.status_code == 422
        assert logged(services) == []


def test_a_feature_may_have_the_name_of_a_field_and_be_no_number():
    services = FakeServices()
    row = {"id": "1", "time": TIME, "features": {"id": math.nan, "time": math.inf, "x": 1.5}}
    answer = ask(services, "POST", "/v1/predictions", content=json.dumps({"model": "m", "predictions": [row]}))
    assert answer.status_code == 202
    table = services.store.rows.decode(logged(services)[0].payload)
    assert table["feature.id"].to_pylist() == [None]
    assert table["feature.time"].to_pylist() == [float("inf")]


def test_a_text_that_says_nan_is_a_name_when_it_was_sent_as_a_text():
    services = FakeServices()
    row = {"id": "NaN", "time": TIME, "features": {"x": math.nan}}
    ask(services, "POST", "/v1/predictions", content=json.dumps({"model": "m", "predictions": [row]}))
    assert services.store.rows.decode(logged(services)[0].payload)["id"].to_pylist() == ["NaN"]


def test_a_baseline_may_be_uploaded_with_its_roles():
    services = FakeServices()
    path = "/v1/models/fr%C3%A4ud/baseline?score=p=yes&score=q=no&segment=c&exclude=z&time=when&time_zone=Europe/Paris"
    body = b"when,p,q,c,z,amount\n2026-01-01 00:00:00,0.1,0.9,FR,1,2.5\n"
    answer = ask(services, "POST", path, content=body, headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    (entry,) = logged(services)
    table = services.store.rows.decode(entry.payload)
    assert entry.model == "fräud"
    assert table.column_names == ["id", "time", "version", "feature.amount", "score.yes", "score.no", "segment.c"]


def test_a_baseline_says_what_it_replaces_and_how_its_features_differ():
    body = b"when,p,amount,fee\n2026-01-01T00:00:00Z,0.1,high,2\n"
    path = "/v1/models/fraud/baseline?score=p&time=when"
    answer = ask(FakeServices(), "POST", path, content=body, headers={"Content-Type": "text/csv"})
    replaced, differing = answer.json()["notes"]
    assert replaced == "It replaces that of fraud."
    assert differing.startswith("Its features, beside those of the old one: missing country; new fee; of another kind ")
    assert differing.endswith("amount (was numeric, is categorical).")


def test_a_dropped_feature_is_not_said_to_be_new():
    options = ModelOptions(features={"fee": FeatureOptions(Handling.DROP)})
    services = FakeServices(model_options={"fraud": options})
    body = b"amount,country,fee\n1,FR,2\n"
    answer = ask(services, "POST", "/v1/models/fraud/baseline", content=body, headers={"Content-Type": "text/csv"})
    assert answer.json()["notes"] == ["It replaces that of fraud."]


@pytest.mark.parametrize("model", ["team/fraud", "/", "a//b", "fraud/baseline", "100%", "a%2Fb", "a b?c#d", "../fraud"])
def test_every_model_that_can_have_traffic_can_have_a_baseline(model):
    """Both ways of naming a model take the same names: in a body, and quoted in an address."""
    rows = {"json": {"model": model, "predictions": [{"id": "1", "time": TIME}]}}
    reference = {"content": b"amount\n2.5\n", "headers": {"Content-Type": "text/csv"}}
    for path, body in (("/v1/predictions", rows), (baseline_path(model), reference)):
        services = FakeServices()
        assert ask(services, "POST", path, **body).status_code == 202
        assert [entry.model for entry in logged(services)] == [model]


@pytest.mark.parametrize("model", [".", ".."])
def test_a_step_of_a_path_is_no_name_of_a_model(model):
    """No client could send its baseline: addresses with such a segment are rewritten on their way."""
    body = {"model": model, "predictions": [{"id": "1", "time": TIME}]}
    for partial in ("", "?partial=true"):
        answer = ask(FakeServices(), "POST", f"/v1/predictions{partial}", json=body)
        assert answer.status_code == 422
        assert answer.json()["detail"].endswith("send 1 to 256 printable characters, but not '.' or '..'.")


def test_a_baseline_of_stored_traffic_checks_the_name_of_its_model():
    body = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    answer = ask(FakeServices(), "POST", f"/v1/models/{'a' * 300}/baseline", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "model")


def test_a_baseline_may_be_stored_traffic():
    services = FakeServices()
    body = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    answer = ask(services, "POST", "/v1/models/fraud/baseline", json=body)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    assert answer.json()["notes"][1] == "It replaces that of fraud."
    assert json.loads(logged(services)[0].payload)["action"] == "baseline"


SHAP = b"feature.amount,attribution.amount\n12.5,0.3\n3,-0.1\n"


def test_attributions_are_taken_with_what_they_add_up_to():
    services = FakeServices()
    path = "/v1/models/fr%C3%A4ud/attributions?target=score.a&scale=log_odds"
    answer = ask(services, "POST", path, content=SHAP, headers={"Content-Type": "text/csv"})
    notes = ["feature.amount, attribution.amount for fräud."]
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "notes": notes})
    (entry,) = logged(services)
    table = services.store.rows.decode(entry.payload)
    assert (entry.kind, entry.model) == (EntryKind.ATTRIBUTIONS, "fräud")
    assert Explained.from_metadata(table.schema.metadata) == Explained("score.a", Scale.LOG_ODDS)


def test_attributions_sent_again_under_their_key_are_taken_once():
    services = FakeServices()
    body = {"features": {"amount": {"edges": [0, 1], "mean": [0.5]}}}
    headers = {"Idempotency-Key": "monday"}

    async def twice():
        async with client_of(services) as client:
            for _ in range(2):
                answer = await client.post("/v1/models/m/attributions", json=body, headers=headers)
                assert answer.status_code == 202

    asyncio.run(twice())
    assert len(logged(services)) == 1


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("?scale=logit", b"{}", "scale 'logit' is not a scale of attributions; send response or log_odds."),
        ("", b"{}", "The body has neither 'features' nor 'columns'"),
        ("", b'{"features": {"x": {"mean": [1]}}}', "features.x has neither edges nor categories"),
    ],
)
def test_attributions_that_cannot_be_used_are_refused_with_a_sentence(path, body, detail):
    services = FakeServices()
    answer = ask(services, "POST", f"/v1/models/m/attributions{path}", content=body)
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]
    assert logged(services) == []
