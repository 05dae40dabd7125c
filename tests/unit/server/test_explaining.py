"""From an explainer's upload to the answer it changes, through a whole application and its log."""

import asyncio
import io
import json
from contextlib import asynccontextmanager

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.simulation.served_model import START_US, binary_columns
from tests.unit.profile.traffic import ipc

from seamark.app import build
from seamark.clock import HOUR_US, to_iso
from seamark.config import Config, StoreOptions
from seamark.records.log import EntryKind, LogEntry
from seamark.server.application import create_server

NAME = "fraud"
NOW_US = START_US + 2 * HOUR_US
QUESTION = {"model": NAME, "from": to_iso(START_US), "to": to_iso(START_US + HOUR_US)}


def table(seed, rows, amounts=1.0):
    rng = np.random.default_rng(seed)
    columns = binary_columns(rng, rows)
    columns["feature.amount"] = columns["feature.amount"] * amounts
    times = pa.array(START_US + np.arange(rows) % HOUR_US, pa.timestamp("us", "UTC"))
    made = {"id": pa.array([f"{seed}-{row}" for row in range(rows)]), "time": times, "version": pa.array(["1"] * rows)}
    return pa.table({**made, **{name: pa.array(values) for name, values in columns.items()}})


@pytest.fixture
def app(tmp_path):
    """A model with a reference and an hour of traffic whose amounts have tripled."""
    app = build(Config(store=StoreOptions(str(tmp_path / "data"))))
    for kind, found in ((EntryKind.REFERENCE, table(1, 5_000)), (EntryKind.PREDICTIONS, table(2, 2_000, amounts=3.0))):
        app.store.log.append([LogEntry(kind, "default", NAME, NOW_US, found.num_rows, ipc(found))])
    app.pipeline.tick(NOW_US)
    yield app
    app.stop()


@asynccontextmanager
async def session(app):
    transport = httpx.ASGITransport(create_server(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def upload(app, *, tick=True, query="", **request):
    """The answer to an upload, and of what is asked afterwards."""

    async def exchange():
        async with session(app) as client:
            sent = await client.post(f"/v1/models/{NAME}/attributions{query}", **request)
            if tick:
                app.pipeline.tick(NOW_US)
            return sent, (await client.get("/v1/impact", params=QUESTION)).json()

    return asyncio.run(exchange())


def shap_rows(effect):
    """Explained predictions in which the amount alone decides."""
    amount = np.random.default_rng(3).lognormal(3, 1, 3_000)
    body = io.BytesIO()
    columns = {"feature.amount": amount, "attribution.amount": effect * np.log(amount)}
    pq.write_table(pa.table({**columns, "feature.age": amount, "attribution.age": np.zeros(3_000)}), body)
    return {"content": body.getvalue(), "headers": {"Content-Type": "application/vnd.apache.parquet"}}


def impacts(answer):
    return dict(zip(answer["features"]["feature"], answer["features"]["impact"], strict=True))


def test_explained_predictions_take_the_place_of_the_references_means(app):
    sent, answer = upload(app, **shap_rows(0.1))
    assert sent.status_code == 202
    assert sent.json()["notes"] == ["Attributions of amount, age are put on the bins of fraud at the next tick."]
    assert answer["attributions"] == "uploaded"
    assert impacts(answer)["feature.amount"] == pytest.approx(0.1 * np.log(3), rel=0.25)
    assert impacts(answer)["feature.age"] == pytest.approx(0, abs=1e-9)
    assert impacts(answer)["feature.country"] is None, "nobody attributed to it"


def test_until_the_next_tick_nothing_has_changed(app):
    _, answer = upload(app, tick=False, **shap_rows(0.1))
    assert answer["attributions"] == "reference"
    assert None not in impacts(answer).values()


def test_means_per_bin_say_the_same_as_the_rows_they_are_means_of(app):
    _, of_rows = upload(app, **shap_rows(0.1))
    edges = np.exp(np.linspace(-1, 7, 400))
    means = (0.1 * (np.log(edges[:-1]) + np.log(edges[1:])) / 2).tolist()
    _, of_means = upload(app, json={"features": {"amount": {"edges": edges.tolist(), "mean": means}}})
    assert of_means["attributions"] == "uploaded"
    assert impacts(of_means)["feature.amount"] == pytest.approx(impacts(of_rows)["feature.amount"], rel=0.4), (
        "the center of the last, wide bin is not the mean of its rows"
    )


def test_log_odds_explain_the_shift_of_the_log_odds(app):
    """The score's log-odds have 0.8·log(amount) in them, and the amount has tripled unseen by the score."""
    sent, answer = upload(app, query="?scale=log_odds&target=score", **shap_rows(0.8))
    assert sent.status_code == 202
    assert answer["scale"] == "log_odds"
    score = table(1, 5_000)["score"].to_numpy()
    assert answer["mean"]["baseline"] == pytest.approx(np.log(score / (1 - score)).mean(), abs=0.02)
    assert impacts(answer)["feature.amount"] == pytest.approx(0.8 * np.log(3), rel=0.25)


def test_what_does_not_fit_is_a_422_and_leaves_no_trace(app):
    before = app.store.log.last_seq()
    for body in (
        {"features": {"shoes": {"edges": [0, 1], "mean": [1]}}},
        {"features": {"country": {"edges": [0, 1], "mean": [1]}}},
    ):
        sent, answer = upload(app, json=body)
        assert sent.status_code == 422
        assert sent.headers["content-type"] == "application/problem+json"
        assert answer["attributions"] == "reference"
    assert app.store.log.last_seq() == before


def test_a_model_nobody_knows_is_a_conflict_that_says_what_to_send(app):
    async def exchange():
        async with session(app) as client:
            return await client.post(
                "/v1/models/none/attributions", json={"features": {"x": {"edges": [0, 1], "mean": [1]}}}
            )

    answer = asyncio.run(exchange())
    assert answer.status_code == 409
    assert "send its reference first" in answer.json()["detail"]


def test_a_new_reference_begins_with_its_own_means(app):
    upload(app, **shap_rows(0.1))
    fresh = table(4, 5_000)
    app.store.log.append([LogEntry(EntryKind.REFERENCE, "default", NAME, NOW_US, fresh.num_rows, ipc(fresh))])
    _, answer = upload(app, json={"features": {}})
    assert answer["attributions"] == "reference"
    _, answer = upload(app, **shap_rows(0.1))
    assert answer["attributions"] == "uploaded"


def test_a_restart_between_upload_and_tick_loses_nothing(app, tmp_path):
    upload(app, tick=False, **shap_rows(0.1))
    app.stop()
    again = build(Config(store=StoreOptions(str(tmp_path / "data"))))
    try:
        again.pipeline.tick(NOW_US)
        _, answer = upload(again, json={})
        assert answer["attributions"] == "uploaded"
    finally:
        again.stop()


def test_slices_are_answered_over_the_stored_rows(app):
    async def exchange():
        async with session(app) as client:
            return await client.get("/v1/slices", params=QUESTION)

    answer = asyncio.run(exchange()).json()
    assert (answer["n"], answer["baseline_n"], answer["target"]) == (2_000, 5_000, "score")
    json.dumps(answer, allow_nan=False)


def labelled(right):
    """What came true of all predictions; of each the prediction itself where it was `right`."""
    found = table(2, 2_000)
    answers = [int(answer) for answer in found["prediction"].to_pylist()]
    told = [answer if each else 1 - answer for answer, each in zip(answers, right, strict=True)]
    made = zip(found["id"].to_pylist(), told, strict=True)
    return [{"id": id, "time": to_iso(START_US + HOUR_US), "values": {"label": label}} for id, label in made]


def test_what_came_true_is_joined_and_a_correction_replaces_it(app):
    right = np.arange(2_000) % 4 > 0

    async def exchange():
        async with session(app) as client:
            said = []
            for outcomes in (labelled(right), [row | {"time": to_iso(NOW_US)} for row in labelled(right | True)]):
                taken = await client.post("/v1/outcomes", json={"model": NAME, "outcomes": outcomes})
                assert taken.status_code == 202, taken.text
                app.pipeline.tick(NOW_US)
                said.append((await client.get("/v1/quality", params=QUESTION)).json())
            [model] = (await client.get("/v1/models")).json()["models"]
            return said, model, (await client.get("/metrics")).text

    (first, second), model, metrics = asyncio.run(exchange())
    assert first["overall"]["metrics"]["accuracy"]["value"] == pytest.approx(0.75)
    assert second["overall"]["metrics"]["accuracy"]["value"] == 1.0
    assert first["overall"]["joined"] == second["overall"]["joined"] == 2_000
    assert model["outcomes"] == {"rows": 4_000, "matched": 2_000, "waiting": 0, "expired": 0}
    assert f'seamark_outcome_ids{{model="{NAME}",project="default",state="matched"}} 2000' in metrics
