"""A real service is made worse on cue, and a real server pages about it; what falls silent is not taken for well."""

import os
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest
from tests.acceptance.prometheus import IS_HERE, Exporter, prometheus
from tests.acceptance.serving import serve, until

from seamark import clock
from seamark.app import build
from seamark.clock import MINUTE_US
from seamark.config import parse
from seamark.ingest.metrics_door import MetricsDoor
from seamark.ingest.pulling import SourceFailed, pull
from seamark.records.alert import AlertState
from seamark.store.backends.memory import MemoryStore

pytestmark = pytest.mark.acceptance

HELD_TO = "[services.api.thresholds]\np99 = 0.5\n"
QUICK = f"[metrics]\nflush_seconds = 0.2\n[pipeline]\nfast_seconds = 0.2\nrules_seconds = 1.0\n{HELD_TO}"


def incidents(served, state):
    return httpx.get(f"{served.address}/v1/incidents", params={"state": state}).json()["incidents"]


def monitors(found):
    return {name for incident in found for name in incident["monitors"]}


@pytest.mark.skipif(not IS_HERE and not os.environ.get("CI"), reason="needs Debian's prometheus")
def test_slow_and_failing_answers_page_somebody_and_clear_with_hysteresis(tmp_path):
    exporter = Exporter()
    exporter.serve(times=1_000)
    with (
        serve(tmp_path / "server", QUICK) as served,
        prometheus(tmp_path / "prometheus", exporter.port, remote_write=f"{served.address}/api/v1/write"),
    ):
        until(lambda: served.counted("seamark_metric_samples_total", fate="accepted") > 20, 60)
        assert incidents(served, "open") == []
        exporter.serve(times=1_000)
        exporter.serve("5xx", seconds=2.0, times=200)
        until(lambda: {"service/api:p99", "service/api:server_error_rate"} <= monitors(incidents(served, "open")), 30)
        [urgent] = [each for each in incidents(served, "open") if "service/api:p99" in each["monitors"]]
        assert urgent["priority"] == "P1"
        assert "of api" in urgent["title"]
        alerts = httpx.get(f"{served.address}/v1/incidents/{urgent['id']}").json()["alerts"]
        told = {each["statistic"]: each["measured"] for each in alerts}
        assert told["p99"].endswith("s, promised 500 ms")
        assert told["server_error_rate"].endswith("%, threshold 5 %")
        exporter.serve(times=60_000)
        until(lambda: urgent["id"] in {each["id"] for each in incidents(served, "resolved")}, 30)
    exporter.stop()


def _no_rows(batches):
    raise AssertionError(f"an exporter tells no predictions: {batches}")


class Hour:
    """A server's own parts, whose clock a test moves on; the exporter and the way to it are real."""

    def __init__(self, exporter):
        asked = f'[sources.api]\ntype = "scrape"\nurl = "http://127.0.0.1:{exporter.port}/metrics"\n{HELD_TO}'
        app = build(parse(asked), store=MemoryStore())
        self.source = app.config.sources["api"]
        self.now_us = clock.now_us() // MINUTE_US * MINUTE_US
        self.door = MetricsDoor(
            app.store.metrics, app.config.metrics, app.metrics_door.catalogue, now_us=lambda: self.now_us
        )
        self.app = replace(app, metrics_door=self.door)

    def passes(self, minutes=1):
        for _ in range(minutes):
            self.now_us += MINUTE_US
            door, state = self.door, self.app.store.metrics.state
            with suppress(SourceFailed):  # the lane of a source says so in the log and asks again
                pull(self.source, door.receive, door.flush, state, door.catalogue, self.now_us - 1, log=_no_rows)
            self.app.pipeline.fast_lane(self.now_us)

    def states(self):
        """(component, rule) → state."""
        return {(each.component, each.monitor): each.state for each in self.app.store.fast.alerts()}


def test_an_exporter_that_stops_is_no_data_and_nothing_resolved():
    exporter = Exporter()
    hour = Hour(exporter)
    for errors in (0, 0, 0, 300, 300):
        exporter.serve(times=1_000)
        exporter.serve("5xx", times=errors)
        hour.passes()
    assert hour.states()["service/api", "server_error_rate"] is AlertState.FIRING
    exporter.stop()
    hour.passes(20)
    states = hour.states()
    assert states["service/api", "server_error_rate"] is AlertState.FIRING
    assert states["service/api", "no_data"] is AlertState.FIRING
    unavailable = [state for (_, rule), state in states.items() if rule == "unavailable"]
    assert unavailable == [AlertState.FIRING]
    [alert] = [each for each in hour.app.store.fast.alerts() if each.monitor == "server_error_rate"]
    assert alert.no_data
