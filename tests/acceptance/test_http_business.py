"""A business metric, from a line of configuration to the answer, counted over rows that were there before the line."""

from __future__ import annotations

import httpx
import pytest
from tests.acceptance.serving import TIME, serve, until

pytestmark = pytest.mark.acceptance

QUICK = "[pipeline]\nslow_seconds = 0.05\nfast_seconds = 0.05\n"
DECLARED = """
[models.fraud.business.value_of_refusals]
numerator = "if(label, amount, -25)"
where = "prediction = 1"

[models.fraud.business.reviews_per_euro]
numerator = "reviewed"
denominator = "amount"

[models.fraud.business.never]
numerator = "amount"
where = "score > 2"

[models.fraud.business.typing_error]
numerator = "lable = 1"
"""
ROWS = 1_200
AMOUNTS = [10 + number % 7 for number in range(ROWS)]
SAID = [number % 2 for number in range(ROWS)]
LABELS = [number % 3 == 0 for number in range(ROWS)]


def send(served, path, **body):
    assert httpx.post(f"{served.address}/v1/{path}", json={"model": "fraud", **body}).status_code == 202


def send_everything(served):
    predictions = [
        {"id": f"p{at}", "time": TIME, "prediction": said, "score": (said + 0.5) / 2, "features": {"amount": amount}}
        for at, (said, amount) in enumerate(zip(SAID, AMOUNTS, strict=True))
    ]
    outcomes = [
        {"id": f"p{at}", "time": TIME, "values": {"label": label, "reviewed": at % 5 == 0}}
        for at, label in enumerate(LABELS)
    ]
    send(served, "predictions", predictions=predictions)
    send(served, "outcomes", outcomes=outcomes)


def quality(served):
    day = {"model": "fraud", "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    answer = httpx.get(f"{served.address}/v1/quality", params=day)
    return answer.json() if answer.status_code == 200 else {"overall": {"joined": 0}, "business": {}}


def when(served, condition):
    until(lambda: condition(quality(served)))
    return quality(served)


def test_a_metric_that_is_declared_later_is_counted_over_what_is_stored(tmp_path):
    with serve(tmp_path, QUICK) as served:
        send_everything(served)
        before = when(served, lambda answer: answer["overall"]["joined"] == ROWS)
        assert before["business"] == {}
        assert served.stop() == 0
    with serve(tmp_path, QUICK + DECLARED) as served:
        answer = when(served, lambda answer: answer["business"] and answer["overall"]["joined"] == ROWS)
        assert "'typing_error' of model 'fraud'" in served.log.read_text()
    overall = answer["overall"]["metrics"]
    refused = [amount if label else -25 for amount, said, label in zip(AMOUNTS, SAID, LABELS, strict=True) if said]
    found = overall["value_of_refusals"]
    assert found["value"] == pytest.approx(sum(refused) / len(refused), abs=0.01)
    assert found["low"] < found["value"] < found["high"]
    assert found["n"] == len(refused)
    assert overall["reviews_per_euro"]["value"] == pytest.approx(ROWS / 5 / sum(AMOUNTS), rel=1e-3)
    nothing = dict.fromkeys(("value", "low", "high", "n"), [None] * len(answer["windows"]["start_ms"]))
    assert answer["metrics"]["never"] == answer["metrics"]["typing_error"] == nothing
    assert not {"never", "typing_error"} & overall.keys()
    assert overall["auc"] == before["overall"]["metrics"]["auc"]
    told = answer["business"]
    assert (told["value_of_refusals"], told["reviews_per_euro"], told["never"]) == (None, None, None)
    assert "there is no column 'lable'; did you mean 'label'?" in told["typing_error"]
