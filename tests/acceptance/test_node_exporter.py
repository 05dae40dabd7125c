"""Debian's node exporter, scraped by the real server: what a machine says of itself arrives in the canonical units."""

import os
import shutil
import subprocess

import numpy as np
import psutil
import pytest
from tests.acceptance.prometheus import free_port
from tests.acceptance.serving import serve, until

from seamark.clock import MINUTE_US, now_us
from seamark.records.window import Window
from seamark.store.backends.local import LocalStore

pytestmark = pytest.mark.acceptance
PROGRAM = "prometheus-node-exporter"
SCRAPED = """
[metrics]
flush_seconds = 0.2

[sources.machine]
type = "scrape"
url = "http://127.0.0.1:{port}/metrics"
every_seconds = 0.5
timeout_seconds = 20
"""


def stored(served):
    """(kind, component, metric) → the points' values."""
    store = LocalStore(served.data, beside=True)
    try:
        found = store.metrics.read("default", Window(now_us() - 30 * MINUTE_US, now_us() + MINUTE_US))
    finally:
        store.close()
    places = ((each.series.component.kind.value, each.series.component.name, each.series.metric) for each in found)
    return dict(zip(places, (each.values for each in found), strict=True))


@pytest.mark.skipif(
    shutil.which(PROGRAM) is None and not os.environ.get("CI"), reason="needs Debian's prometheus-node-exporter"
)
def test_a_real_node_exporter_tells_the_memory_and_processors_of_this_machine(tmp_path):
    port = free_port()
    command = [PROGRAM, f"--web.listen-address=127.0.0.1:{port}"]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as exporter,
        serve(tmp_path / "server", SCRAPED.format(port=port)) as served,
    ):
        try:
            until(lambda: served.counted("seamark_store_metric_series") >= 9, 60)
            found = stored(served)
        finally:
            exporter.kill()
    node = ("node", "127.0.0.1")
    total, count, *_ = np.nansum(found[*node, "memory_total_bytes"], axis=1)
    assert total / count == pytest.approx(psutil.virtual_memory().total, rel=0.01)
    assert np.nansum(found[*node, "memory_available_bytes"][0]) < total
    assert 0 < np.nansum(found[*node, "cpu_seconds"]) <= np.nansum(found[*node, "cpu_available_seconds"])
    assert np.nansum(found["endpoint", f"machine/127.0.0.1:{port}", "checks"]) >= 2
