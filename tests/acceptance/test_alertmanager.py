"""A real Alertmanager on loopback: what Seamark tells it is there, can be silenced, and ends."""

import shutil
import socket
import subprocess
import time
from dataclasses import replace

import httpx
import pytest
from tests.unit.notify.test_webhook import MESSAGE

from seamark.clock import now_us, to_iso
from seamark.notify.notifiers.alertmanager import Options, deliver

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(shutil.which("prometheus-alertmanager") is None, reason="Alertmanager is not installed"),
]
CONFIG = "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n"


@pytest.fixture
def url(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "alertmanager.yml").write_text(CONFIG)
    flags = {
        "config.file": tmp_path / "alertmanager.yml",
        "storage.path": tmp_path / "data",
        "web.listen-address": f"127.0.0.1:{port}",
        "cluster.listen-address": "",
    }
    command = ["prometheus-alertmanager", *(f"--{name}={value}" for name, value in flags.items())]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                if httpx.get(f"{address}/-/ready").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield address
        server.terminate()


def alerts(url, **asked):
    return httpx.get(f"{url}/api/v2/alerts", params=asked).raise_for_status().json()


def test_an_incident_is_an_alert_that_can_be_silenced_changes_its_priority_and_ends(url):
    begun = replace(MESSAGE, opened=to_iso(now_us() - 60_000_000))
    reference = deliver(Options(url), begun)
    [alert] = alerts(url)
    assert alert["labels"] == {
        "alertname": "SeamarkIncident",
        "incident": "inc_1",
        "project": "default",
        "model": "fraud",
        "priority": "P2",
        "severity": "high",
    }
    assert (alert["status"]["state"], alert["generatorURL"]) == ("active", MESSAGE.link)

    matcher = {"name": "model", "value": "fraud", "isRegex": False, "isEqual": True}
    times = {"startsAt": to_iso(now_us()), "endsAt": to_iso(now_us() + 3_600_000_000)}
    silence = {"matchers": [matcher], **times, "createdBy": "ana", "comment": "a test"}
    httpx.post(f"{url}/api/v2/silences", json=silence).raise_for_status()
    assert [each["status"]["state"] for each in alerts(url)] == ["suppressed"]

    newer = deliver(Options(url), replace(begun, priority="P1", reason="priority", thread=reference))
    assert [each["labels"]["priority"] for each in alerts(url)] == ["P1"]
    over = replace(begun, priority="P1", state="resolved", resolved=to_iso(now_us()), thread=newer)
    deliver(Options(url), over)
    assert alerts(url) == []
