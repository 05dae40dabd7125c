"""A model whose input is a vector and a sentence, over HTTP in every format, up to the screen's answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.acceptance.contents import DIMENSIONS, HOURLY, HOURS, PARQUET, ROWS, SECRET, parquet, post, send_hours
from tests.acceptance.serving import serve, until

pytestmark = pytest.mark.acceptance


def test_vectors_and_sentences_are_watched_from_the_upload_to_the_screen(tmp_path):
    with serve(tmp_path, HOURLY) as served:
        first, said = send_hours(served.address)
        assert any("'prompt' is watched as a text" in note for note in said["notes"])

        def overview():
            return httpx.get(f"{served.address}/v1/overview", params={"model": "m"}).json()

        def status(monitor):
            found = overview()
            place = found["signals"]["monitor"].index(monitor)
            return found["cells"]["status"][place][:HOURS]

        until(lambda: "feature.vector:group_shift" in str(overview().get("signals")), 60)
        until(lambda: len(status("feature.vector:group_shift")) == HOURS, 60)
        until(lambda: None not in status("feature.vector:group_shift"), 60)
        assert status("feature.vector:group_shift") == [0, 0, 0, 2, 2, 2]
        assert status("feature.prompt:group_shift") == [0] * HOURS
        assert "feature.vector/norm" not in overview()["signals"]["name"]

        since, until_ = ((first + timedelta(hours=hour)).isoformat().replace("+00:00", "Z") for hour in (3, 6))
        asked = {"model": "m", "from": since, "to": until_}
        shown = httpx.get(f"{served.address}/v1/distribution", params={**asked, "signal": "feature.vector"}).json()
        assert shown["signal"].startswith("feature.vector/")
        assert len(shown["group"]["signal"]) == 18
        one = httpx.get(f"{served.address}/v1/distribution", params={**asked, "signal": "feature.vector/norm"}).json()
        assert (one["n"], one["signal"], one["group"]) == (3 * ROWS, "feature.vector/norm", shown["group"])
        assert served.stop() == 0
    everything = b"".join(path.read_bytes() for path in served.data.rglob("*") if path.is_file())
    assert SECRET.encode() not in everything


@pytest.mark.parametrize("form", ["rows", "columns"])
def test_json_takes_vectors_and_texts_of_any_shape_and_refuses_none(tmp_path, form):
    rng = np.random.default_rng(1)
    vector = [0.5] * DIMENSIONS
    vectors = [vector, vector[:-1], [], None, [None, *vector[1:]], 7, "x", [["a"]], vector]
    prompts = ["👋 nul\0byte", "", None, "x" * 1_000_000, 5, "plain", "plain", "plain", "plain"]
    moment = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    features = {"vector": vectors, "prompt": prompts}
    ids = [f"p{number}" for number in range(len(vectors))]
    if form == "rows":
        rows = [
            {"id": id, "time": moment, "features": {name: values[place] for name, values in features.items()}}
            for place, id in enumerate(ids)
        ]
        body = {"model": "m", "predictions": rows}
    else:
        named = {f"feature.{name}": values for name, values in features.items()}
        body = {"model": "m", "columns": {"id": ids, "time": [moment] * len(ids), **named}}
    with serve(tmp_path) as served:
        post(served.address, "/v1/models/m/baseline", parquet(rng, 500), PARQUET)
        said = httpx.post(f"{served.address}/v1/predictions", json=body)
        assert said.json() == {"accepted": len(ids)}

        def shown(signal):
            day = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
            found = httpx.get(f"{served.address}/v1/distribution", params={"model": "m", "signal": signal, **day})
            return found.json() if found.is_success else {"n": 0}

        until(lambda: shown("feature.vector/norm")["n"] == len(ids), 60)
        rates = {name: shown(f"feature.{name}") for name in ("vector/norm", "prompt/length")}
        assert rates["vector/norm"]["mistyped"]["current"] == pytest.approx(6 / 9)
        assert rates["vector/norm"]["missing"]["current"] == pytest.approx(1 / 9)
        assert rates["prompt/length"]["mistyped"]["current"] == pytest.approx(1 / 9)
        assert served.stop() == 0
    [stored] = (served.data / "rows").rglob("predictions/**/*.parquet")
    assert pq.read_table(stored)["feature.prompt/length"].to_pylist()[:4] == [10.0, 0.0, None, 1_000_000.0]
