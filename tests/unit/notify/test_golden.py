"""Every message as its receivers get it, held in a file: what a webhook is sent, and the line on the console.

Run with SEAMARK_WRITE_GOLDEN=1 to rewrite the files after a deliberate change, and read the diff.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.notify.test_outbox import INCIDENT, NOW_US

from seamark.clock import HOUR_US
from seamark.notify.notifiers.console import line
from seamark.notify.notifiers.webhook import body_of
from seamark.notify.outbox import news, read
from seamark.records.incident import IncidentState

FOLDER = Path(__file__).parents[2] / "golden" / "notify"
OVER = replace(INCIDENT, state=IncidentState.RESOLVED, revision=2, resolved_us=NOW_US + HOUR_US)
CASES = {
    "opened": ({}, INCIDENT),
    "resolved": ({INCIDENT.id: INCIDENT}, OVER),
    "answered": ({INCIDENT.id: INCIDENT}, replace(OVER, ended="New normal, says ana: prices went up.")),
}


@pytest.mark.parametrize("name", CASES)
def test_a_message_is_what_its_receivers_know(name):
    before, after = CASES[name]
    [delivery] = news(before, [after], {}, "http://localhost:8420", NOW_US)
    message = read(delivery.payload)
    found = {"webhook": json.loads(body_of(message)), "console": line(message)}
    path = FOLDER / f"{name}.json"
    if os.environ.get("SEAMARK_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(path.read_text())
