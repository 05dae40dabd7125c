"""GET /v1/components and the metrics of one."""

import pytest
from tests.conformance.stored import TODAY, fast_commit
from tests.unit.server.test_metrics_in import WRITE, memory
from tests.unit.server.wiring import FakeServices, ask
from tests.unit.wire.writing import snappy

from seamark.clock import MINUTE_US, to_iso
from seamark.query.metrics import MetricQuestions
from seamark.records.evaluation import Status
from seamark.records.metric import Component, ComponentKind
from seamark.records.metric_rule import Judgement
from seamark.records.verdict import VerdictBlock
from seamark.store.verdicts import Verdicts, to_bytes


@pytest.fixture
def services():
    services = FakeServices()
    services.metric_questions = MetricQuestions(services.store)
    ask(services, "POST", "/api/v1/write", content=snappy(memory()), headers=WRITE)
    services.metrics_door.flush()
    return services


def test_what_was_sent_is_listed(services):
    listed = ask(services, "GET", "/v1/components").json()
    assert (listed["kind"], listed["name"], listed["metrics"]) == (["process"], ["api/a"], [["memory_bytes"]])


def test_its_series_are_told(services):
    answer = ask(services, "GET", "/v1/components/process/metrics", params={"name": "api/a"})
    [series] = answer.json()["series"]
    assert answer.status_code == 200
    assert [value for value in series["value"] if value is not None] == [5.0]


def test_what_was_never_judged_is_held_to_nothing(services):
    answer = ask(services, "GET", "/v1/components/process/rules", params={"name": "api/a"})
    assert answer.status_code == 404
    assert "Nothing was judged" in answer.json()["detail"]


def test_what_was_judged_is_told_rule_by_rule_in_the_range_that_was_asked_for(services):
    api = Component("default", ComponentKind.PROCESS, "api/a")
    judged = Judgement(Status.BREACH, 4.0, 2.0, 1.0, TODAY)
    said = Verdicts.none().said(5, {"p99": judged}).said(7, {"saturation": judged})
    block = VerdictBlock(api, TODAY.start_us, to_bytes(said))
    fast_commit(services.store, verdicts=(block,), heard=((api, TODAY.end_us),))
    asked = {"name": "api/a", "from": to_iso(TODAY.start_us), "to": to_iso(TODAY.start_us + 6 * MINUTE_US)}
    told = ask(services, "GET", "/v1/components/process/rules", params=asked).json()
    assert (told["kind"], told["name"], told["from_ms"]) == ("process", "api/a", TODAY.start_us // 1000)
    found = {each["statistic"]: each["points"]["value"] for each in told["rules"]}
    assert found == {"p99": [4.0], "saturation": []}


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("process", {"name": "nobody"}, 404),
        ("planet", {"name": "api/a"}, 422),
        ("process", {}, 422),
        ("process", {"name": "api/a", "from": "yesterday"}, 422),
        ("process", {"name": "api/a", "to": "2026-01-01T00:00:00Z"}, 422),
    ],
)
def test_a_wrong_question_is_answered_by_what_is_wrong(services, path, parameters, status):
    answer = ask(services, "GET", f"/v1/components/{path}/metrics", params=parameters)
    assert answer.status_code == status
    assert answer.json()["detail"]
