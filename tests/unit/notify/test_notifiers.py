"""Each notifier against a server that answers as the service does: what is sent, edited, retried and given up."""

import json
from dataclasses import replace

import pytest
from tests.unit.notify.listening import listening
from tests.unit.notify.test_webhook import MESSAGE

from seamark.errors import InvalidInput
from seamark.notify.notifier import DeliveryFailed, Item, notifiers
from seamark.notify.notifiers import alertmanager, apprise, email, github, heartbeat, jira, pagerduty, slack, teams
from seamark.notify.notifiers._http import check_target
from seamark.notify.notifiers._text import cut, headline, sparkline
from seamark.records.secret import Secret

OVER = replace(MESSAGE, reason="resolved", state="resolved", resolved="2026-11-01T02:00:00Z", revision=3, key="inc_1:3")
TOKEN = Secret("xoxb-secret", "env:TOKEN")


@pytest.fixture
def server():
    with listening() as found:
        yield found


def secret(text):
    return Secret(text, "env:ADDRESS")


# --- Slack ---------------------------------------------------------------------------------------


def test_a_bot_posts_once_then_edits_and_answers_in_the_thread(server):
    server.otherwise = {"ok": True, "channel": "C1", "ts": "17.5"}
    options = slack.Options(token=TOKEN, channel="#alerts", api_url=server.url, allow_private=True)
    reference = slack.deliver(options, MESSAGE)
    assert (reference, server.said()) == ("C1/17.5", [("POST", "/chat.postMessage")])
    assert server.heard[0].headers["Authorization"] == "Bearer xoxb-secret"
    member = replace(MESSAGE, reason="member", thread=reference)
    assert slack.deliver(options, member) == reference
    assert server.said()[1:] == [("POST", "/chat.update")]
    slack.deliver(options, replace(OVER, thread=reference))
    assert server.said()[2:] == [("POST", "/chat.update"), ("POST", "/chat.postMessage")]
    assert [each.body.get("ts") or each.body.get("thread_ts") for each in server.heard[1:]] == ["17.5"] * 3
    slack.deliver(options, replace(OVER, thread=reference, shared=True))
    assert server.said()[4:] == [("POST", "/chat.postMessage")], "a batch's message stays what it is"


def test_a_webhook_of_slack_only_posts_and_its_address_is_never_shown(server):
    options = slack.Options(webhook=secret(f"{server.url}/services/T0/B0/k3y"), allow_private=True)
    assert slack.deliver(options, MESSAGE) is None
    server.otherwise = 404
    with pytest.raises(DeliveryFailed, match="The webhook of Slack answered 404") as failure:
        slack.deliver(options, MESSAGE)
    assert failure.value.permanent
    assert "k3y" not in failure.value.message + repr(options)


@pytest.mark.parametrize(("error", "permanent"), [("ratelimited", False), ("channel_not_found", True)])
def test_what_slack_refuses_for_good_is_not_tried_again(server, error, permanent):
    server.otherwise = {"ok": False, "error": error}
    with pytest.raises(DeliveryFailed, match=error) as failure:
        slack.deliver(slack.Options(token=TOKEN, channel="C1", api_url=server.url, allow_private=True), MESSAGE)
    assert failure.value.permanent is permanent


def test_a_message_of_slack_keeps_to_its_limits_and_escapes():
    long = replace(MESSAGE, title="<b>&" * 100, causes=("x" * 5_000,), evidence=("y" * 5_000,) * 3)
    payload = slack.payload_of(long)
    header, section, _ = payload["blocks"]
    assert (len(header["text"]["text"]), len(section["text"]["text"])) == (150, 3_000)
    assert "&lt;b&gt;&amp;" in payload["text"]
    assert "<" not in payload["text"]


@pytest.mark.parametrize("wrong", [{}, {"webhook": TOKEN, "token": TOKEN}, {"token": TOKEN}])
def test_slack_needs_a_webhook_or_a_bot_with_a_channel(wrong):
    with pytest.raises(InvalidInput, match="must be"):
        slack.Options(**wrong)


# --- Teams, PagerDuty, Alertmanager --------------------------------------------------------------


def test_a_workflow_of_teams_gets_one_card_that_fits(server):
    server.otherwise = 202
    teams.deliver(teams.Options(secret(f"{server.url}/workflow?sig=k3y"), allow_private=True), MESSAGE)
    [card] = server.heard[0].body["attachments"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["actions"][0]["url"] == MESSAGE.link
    huge = replace(MESSAGE, reason="digest", items=(), sections=(), evidence=("z" * 400,) * 200)
    items = tuple(item(number) for number in range(90))
    assert len(json.dumps(teams.payload_of(replace(huge, items=items))).encode()) <= 28_000


def item(number):
    return Item(f"inc_{number}", 1, "opened", "t" * 3_000, "fraud", "open", "P2", "http://localhost:8420/")


def test_pagerduty_knows_an_incident_by_its_id_from_trigger_to_resolve(server):
    server.otherwise = 202
    options = pagerduty.Options(secret("r0uting"), url=server.url, allow_private=True)
    acknowledged = replace(MESSAGE, reason="acknowledged", note="Acknowledged by ana.")
    for message in (replace(MESSAGE, change="version 7 was deployed"), acknowledged, OVER):
        pagerduty.deliver(options, message)
    assert server.said() == [
        ("POST", "/v2/enqueue"),
        ("POST", "/v2/change/enqueue"),
        ("POST", "/v2/enqueue"),
        ("POST", "/v2/enqueue"),
    ]
    events = [each.body for each in server.heard if each.path == "/v2/enqueue"]
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {"inc_1"}
    assert {each.body["routing_key"] for each in server.heard} == {"r0uting"}
    assert len(pagerduty.event_of(replace(MESSAGE, title="x" * 3_000))["payload"]["summary"]) == 1_024


def test_an_alert_of_alertmanager_whose_labels_change_is_ended_under_the_old_ones(server):
    options = alertmanager.Options(server.url, labels=("team=fraud",))
    reference = alertmanager.deliver(options, MESSAGE)
    assert json.loads(reference)["team"] == "fraud"
    urgent = replace(MESSAGE, priority="P1", thread=reference)
    newer = alertmanager.deliver(options, urgent)
    first, second = server.heard[1].body
    assert (first["labels"]["priority"], first["endsAt"]) == ("P1", "2027-11-01T00:00:00Z")
    assert second["labels"] == json.loads(reference)
    assert second["endsAt"] < first["endsAt"]
    alertmanager.deliver(options, replace(OVER, priority="P1", thread=newer))
    assert [each["endsAt"] for each in server.heard[2].body] == ["2026-11-01T02:00:00Z"]
    with pytest.raises(InvalidInput, match="labels must be a list like"):
        alertmanager.Options(server.url, labels=("fraud",))


# --- tickets -------------------------------------------------------------------------------------


def test_github_has_one_issue_per_incident_which_closes_with_it(server):
    server.answers = {("GET", "/issues"): [], ("POST", "/issues"): {"number": 7}}
    options = github.Options("acme/models", secret("ghp_k3y"), url=server.url, allow_private=True)
    assert github.deliver(options, MESSAGE) == "7"
    github.deliver(options, replace(OVER, thread="7"))
    assert server.said()[1:] == [
        ("POST", "/repos/acme/models/issues"),
        ("PATCH", "/repos/acme/models/issues/7"),
        ("POST", "/repos/acme/models/issues/7/comments"),
    ]
    assert server.heard[2].body["state"] == "closed"


def test_an_issue_whose_number_was_lost_is_found_again(server):
    server.answers = {
        ("GET", "/issues"): [{"number": 5, "body": None}, {"number": 6, "body": "<!-- seamark inc_1 -->"}]
    }
    options = github.Options("acme/models", secret("ghp_k3y"), url=server.url, allow_private=True)
    assert github.deliver(options, MESSAGE) == "6"
    assert ("POST", "/repos/acme/models/issues") not in server.said()


def test_jira_has_one_issue_per_incident_which_is_done_with_it(server):
    done = {"id": "31", "to": {"statusCategory": {"key": "done"}}}
    server.answers = {
        ("POST", "/search/jql"): {"issues": []},
        ("POST", "/issue"): {"key": "OPS-1"},
        ("GET", "/transitions"): {"transitions": [{"id": "11", "to": {"statusCategory": {"key": "new"}}}, done]},
    }
    options = jira.Options(server.url, "bot@example.com", secret("k3y"), "OPS", allow_private=True)
    assert jira.deliver(options, MESSAGE) == "OPS-1"
    fields = server.heard[1].body["fields"]
    assert (fields["project"], fields["labels"]) == ({"key": "OPS"}, ["seamark", "seamark-inc_1"])
    jira.deliver(options, replace(OVER, thread="OPS-1"))
    assert server.said()[2:] == [
        ("PUT", "/rest/api/3/issue/OPS-1"),
        ("POST", "/rest/api/3/issue/OPS-1/comment"),
        ("GET", "/rest/api/3/issue/OPS-1/transitions"),
        ("POST", "/rest/api/3/issue/OPS-1/transitions"),
    ]
    server.answers[("POST", "/search/jql")] = {"issues": [{"key": "OPS-9"}]}
    assert jira.deliver(options, MESSAGE) == "OPS-9"


# --- apprise, heartbeat --------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a module that Apprise loads
def test_apprise_reaches_what_its_urls_name(server):
    options = apprise.Options(secret(server.url.replace("http://", "json://")))
    apprise.deliver(options, MESSAGE)
    assert "amount drifted" in server.heard[0].body["title"]
    server.otherwise = 500
    with pytest.raises(DeliveryFailed, match="env:ADDRESS") as failure:
        apprise.deliver(options, MESSAGE)
    assert not failure.value.permanent
    with pytest.raises(DeliveryFailed, match="does not know the URL in env:ADDRESS") as unknown:
        apprise.deliver(apprise.Options(secret("nonsense")), MESSAGE)
    assert unknown.value.permanent


def test_a_heartbeat_asks_an_address(server):
    heartbeat.deliver(heartbeat.Options(f"{server.url}/ping/1", allow_private=True), MESSAGE)
    assert server.said() == [("GET", "/ping/1")]
    with pytest.raises(InvalidInput, match="every_seconds must be 10 or more"):
        heartbeat.Options(server.url, every_seconds=1.0)


# --- what all share ------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "192.168.0.9", "localhost"])
def test_a_private_network_is_asked_only_where_that_is_meant(address):
    with pytest.raises(DeliveryFailed, match=r"leads into a private network .* allow_private = true") as failure:
        check_target(f"http://{address}:80/x", "The hook", allow_private=False)
    assert failure.value.permanent
    check_target(f"http://{address}/x", "The hook", allow_private=True)
    check_target("https://93.184.215.14/x", "The hook", allow_private=False)


def test_a_host_that_cannot_be_found_is_asked_again():
    with pytest.raises(DeliveryFailed, match="The host of The hook cannot be found") as failure:
        check_target("http://nobody.invalid/", "The hook", allow_private=False)
    assert not failure.value.permanent
    with pytest.raises(DeliveryFailed, match="is not a URL"):
        check_target("http://[", "The hook", allow_private=False)


@pytest.mark.parametrize("status", [500, "close"])
@pytest.mark.parametrize(
    ("deliver", "make"),
    [
        (pagerduty.deliver, lambda url: pagerduty.Options(TOKEN, url=url, allow_private=True)),
        (teams.deliver, lambda url: teams.Options(secret(url), allow_private=True)),
        (github.deliver, lambda url: github.Options("a/b", TOKEN, url=url, allow_private=True)),
        (jira.deliver, lambda url: jira.Options(url, "u", TOKEN, "OPS", allow_private=True)),
        (alertmanager.deliver, alertmanager.Options),
    ],
)
def test_a_service_that_is_down_is_tried_again(server, status, deliver, make):
    server.otherwise = status
    with pytest.raises(DeliveryFailed) as failure:
        deliver(make(server.url), MESSAGE)
    assert not failure.value.permanent
    assert "xoxb-secret" not in failure.value.message


@pytest.mark.parametrize("wrong", ["{titel}", "{title", "{0}", "{title.__class__}"])
def test_a_template_with_a_field_no_message_has_is_refused(wrong):
    with pytest.raises(InvalidInput, match=r"template must be text with fields among \{about\}, \{incident\}"):
        teams.Options(TOKEN, template=wrong)


def test_an_owner_words_the_headline():
    assert headline(MESSAGE) == "[P2] opened: amount drifted (fraud)"
    assert headline(MESSAGE, "{model}: {title}\n{severity}") == "fraud: amount drifted high"
    mail = email.mail_of(email.Options("h", "a@b.c", ("d@e.f",), template="{title}!"), MESSAGE)
    assert mail["Subject"] == "amount drifted!"


def test_small_pictures_and_cuts():
    assert sparkline(()) == ""
    assert sparkline((2.0, 2.0)) == "▁▁"
    assert [cut("abcdef", most) for most in (6, 4)] == ["abcdef", "abc…"]


def test_those_that_reach_people_are_paced():
    paced = {name for name, each in notifiers().items() if each.paced}
    assert paced == {"apprise", "email", "github", "jira", "pagerduty", "slack", "teams"}
