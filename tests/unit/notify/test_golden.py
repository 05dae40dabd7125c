"""Every message as its receivers get it, held in a file: what a webhook is sent, and the line on the console.

Run with SEAMARK_WRITE_GOLDEN=1 to rewrite the files after a deliberate change, and read the diff.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conformance.stored import ALERT
from tests.unit.notify.office import Office, quick
from tests.unit.notify.test_outbox import INCIDENT, NOW_US

from seamark.clock import HOUR_US
from seamark.notify.desk import Notice
from seamark.notify.notifier import Section
from seamark.notify.notifiers import alertmanager, email, github, jira, pagerduty, slack, teams
from seamark.notify.notifiers.console import line
from seamark.notify.notifiers.webhook import body_of
from seamark.notify.outbox import news, read
from seamark.notify.summaries import batch_of
from seamark.records.incident import Cause, IncidentState
from seamark.records.monitor import Priority, Severity
from seamark.records.secret import Secret
from seamark.records.signals import Layer

SECRET = Secret("s3cret", "env:SECRET")
MAIL = email.Options("smtp.example", "seamark@example.com", ("team@example.com", "Ana <ana@example.com>"))
HUB = github.Options("acme/models", SECRET, labels=("ml",))
JIRA = jira.Options("https://acme.atlassian.net", "bot@example.com", SECRET, "OPS")
FOLDER = Path(__file__).parents[2] / "golden" / "notify"
OVER = replace(INCIDENT, state=IncidentState.RESOLVED, revision=2, resolved_us=NOW_US + HOUR_US)
ALERTS = [replace(ALERT, id=f"alt_{name}", signal=f"feature.{name}", model="car loan") for name in ("value", "age")]
URGENT = replace(
    INCIDENT,
    priority=Priority.P1,
    severity=Severity.CRITICAL,
    layers=(Layer.SERVING, Layer.DATA),
    alerts=("alt_value", "alt_age", "alt_of_yesterday"),
    causes=(
        Cause(
            "version",
            "7",
            0.8,
            "version 7 was deployed",
            ("All of it is in version 7.", "It began 4 minutes after the deploy."),
            ("GPU and latency are normal, so not infrastructure.",),
            "Roll version 7 back.",
        ),
        Cause("feature", "feature.age", 0.3, "age changed its distribution"),
    ),
)
SECTIONS = (
    Section("Most alarms", ("age of car loan: 7 alarms; psi > 0.31 would have raised 2.",), {"age": (0.1, 0.4, 0.2)}),
)
CASES = {
    "opened": ({}, INCIDENT),
    "resolved": ({INCIDENT.id: INCIDENT}, OVER),
    "answered": ({INCIDENT.id: INCIDENT}, replace(OVER, ended="New normal, says ana: prices went up.")),
    "urgent": ({}, URGENT),
}


def message_of(name):
    before, after = CASES[name]
    at_hand = {alert.id: alert for alert in ALERTS} if after is URGENT else {}
    [delivery] = news(before, [after], at_hand, "http://localhost:8420", NOW_US)
    return read(delivery.payload)


def many():
    """A batch of two and a digest."""
    office = Office(options=quick(), now_us=NOW_US)
    desk = office.office._desk([], [], NOW_US)
    notices = [
        Notice(each, read(each.payload))
        for incident in (INCIDENT, replace(OVER, id="inc_2", title="salary <drifted> & more"))
        for each in news({}, [incident], {}, "http://localhost:8420", NOW_US)
    ]
    batch = batch_of(desk, "team", notices).message
    return {"batch": batch, "digest": replace(batch, reason="digest", sections=SECTIONS, title="Your week")}


def rendered(message):
    """Everything a receiver may get, by notifier."""
    mail = email.mail_of(MAIL, message)
    plain, page = mail.iter_parts()
    return {
        "webhook": json.loads(body_of(message)),
        "webhook, as Alertmanager's": json.loads(body_of(message, "alertmanager")),
        "console": line(message),
        "slack": slack.payload_of(message),
        "teams": teams.payload_of(message),
        "pagerduty": pagerduty.event_of(message),
        "pagerduty, change": pagerduty.change_of(message),
        "alertmanager": alertmanager.alert_of(
            message, alertmanager.labels_of(message), over=message.state == "resolved"
        ),
        "github": github.issue_of(message, HUB),
        "jira": jira.fields_of(message, JIRA),
        "e-mail": {
            "headers": {name: str(each) for name, each in mail.items() if name not in ("MIME-Version", "Content-Type")},
            "text": plain.get_content(),
            "html": page.get_content(),
        },
    }


@pytest.mark.parametrize("name", [*CASES, "batch", "digest"])
def test_a_message_is_what_its_receivers_know(name, monkeypatch):
    monkeypatch.setattr("seamark.clock.now_us", lambda: NOW_US)
    found = rendered(message_of(name) if name in CASES else many()[name])
    path = FOLDER / f"{name}.json"
    if os.environ.get("SEAMARK_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(path.read_text())
    assert json.dumps(found["slack"]).count("http://localhost:8420/") == 1, "one link"
