"""Whatever is to be said, every receiver gets it within its limits, and the first things first."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.notify.messages import items, messages, texts
from tests.unit.notify.test_webhook import MESSAGE

from seamark.errors import InvalidInput
from seamark.notify.notifier import DeliveryFailed, Item, Notifier, Receiver, Section
from seamark.notify.notifiers import github, jira, pagerduty, slack, teams, webhook
from seamark.notify.notifiers._text import check_template, cut, details, headline, item_line, sparkline, summary_lines
from seamark.notify.outbox import read, written
from seamark.notify.trial import send, trial
from seamark.records.secret import Secret

few = settings(max_examples=20, deadline=None)

TOKEN = Secret("k3y", "env:TOKEN")
ISSUES = github.Options("acme/models", TOKEN, labels=("ml",))
TICKETS = jira.Options("https://acme.example", "bot@acme.example", TOKEN, "OPS")
OVER = replace(MESSAGE, reason="resolved", state="resolved", resolved="2026-11-01T02:00:00Z")
any_message = settings(max_examples=20, deadline=None)


@any_message
@given(messages)
def test_a_headline_is_one_line(message):
    said = headline(message)
    assert said.splitlines() in ([said], [])
    assert said.startswith(f"[{message.priority}] {message.reads}:")


@any_message
@given(messages)
def test_slack_gets_no_more_than_it_takes(message):
    payload = slack.payload_of(message)
    assert len(payload["text"]) <= 4_000
    for block in payload["blocks"][:-1]:
        assert len(block["text"]["text"]) <= (150 if block["type"] == "header" else 3_000)
    assert payload["blocks"][-1]["elements"][0]["url"] == message.link


@any_message
@given(messages)
def test_teams_gets_a_card_that_fits(message):
    card = teams.payload_of(message)
    assert len(json.dumps(card).encode()) <= 28_000
    title = card["attachments"][0]["content"]["body"][0]
    assert (title["color"] == "good") is (message.state == "resolved")


@any_message
@given(messages)
def test_an_issue_stands_as_the_incident_does(message):
    issue = github.issue_of(message, ISSUES)
    assert issue["state"] == ("closed" if message.state == "resolved" else "open")
    assert len(issue["title"]) <= 256
    assert len(issue["body"]) <= 65_000
    assert issue["labels"] == ["seamark", "ml"]


@any_message
@given(messages)
def test_a_ticket_has_no_empty_paragraph_and_a_summary_that_fits(message):
    found = jira.fields_of(message, TICKETS)
    assert len(found["summary"]) <= 255
    said = [each["content"][0]["text"] for each in found["description"]["content"]]
    assert all(0 < len(line) <= 2_000 for line in said)
    assert said[-1] == message.link


@any_message
@given(messages)
def test_pagerduty_is_told_only_what_there_is_to_say(message):
    event = pagerduty.event_of(message)
    assert all(event["payload"]["custom_details"].values())
    assert len(event["payload"]["summary"]) <= 1_024
    assert event["dedup_key"] == message.incident
    if message.reason != "acknowledged":
        assert event["event_action"] == ("resolve" if message.state == "resolved" else "trigger")


@any_message
@given(messages)
def test_a_webhook_gets_every_word_and_nothing_that_is_known_of_itself(message):
    body = json.loads(webhook.body_of(replace(message, thread="C1/17.5", shared=True)))
    assert body.keys() == {"version", *(each.name for each in fields(message))} - {"thread", "shared"}
    assert (body["title"], tuple(body["causes"])) == (message.title, message.causes)


@any_message
@given(messages)
def test_what_the_outbox_keeps_is_read_as_it_was_written(message):
    assert read(written(message)) == message


@few
@given(st.lists(st.dictionaries(st.sampled_from(["model", "signal"]), texts), max_size=3).map(tuple), st.integers(0, 5))
def test_alertmanagers_form_has_an_alert_for_every_set_of_labels_and_counts_the_rest(alerts, more):
    message = replace(MESSAGE, alerts=alerts, alert_count=len(alerts) + more)
    body = webhook.as_alertmanager(message)
    assert len(body["alerts"]) == max(len(alerts), 1)
    assert body["truncatedAlerts"] == max(0, len(alerts) + more - len(body["alerts"]))
    for said, labels in zip(body["alerts"], alerts, strict=False):
        assert labels.items() <= said["labels"].items()
    same = [labels == other for labels in alerts for other in alerts]
    prints = [each["fingerprint"] for each in body["alerts"]][: len(alerts)]
    assert same == [one == other for one in prints for other in prints]


def test_what_is_open_says_since_when_and_what_it_may_be():
    said = details(replace(MESSAGE, note="Ana is at it.", causes=("a", "b"), evidence=("e",), counter_evidence=("c",)))
    assert said[:4] == ["Ana is at it.", "Since 2026-10-31T00:00:00Z.", "Suggested cause: a.", "Or: b."]
    assert said[4:] == ["For it: e", "Against it: c", "Layers: data."]


def test_what_has_no_cause_says_so_while_it_is_open_only():
    assert "No clear cause." in details(replace(MESSAGE, causes=()))
    assert "No clear cause." not in details(replace(OVER, causes=()))
    assert "No clear cause." not in details(replace(MESSAGE, causes=(), reason="test"))


def test_what_is_over_says_since_when_and_no_longer_when_it_began():
    said = details(replace(OVER, ended="It was a fault."))
    assert said[:2] == ["It was a fault.", "Over since 2026-11-01T02:00:00Z."]
    assert not any(line.startswith("Since") for line in said)


@few
@given(st.lists(items, min_size=1, max_size=30))
def test_a_summary_names_twenty_incidents_and_counts_the_others(found):
    said = summary_lines(replace(MESSAGE, reason="batch", items=tuple(found), sections=()))
    assert said[:20] == [item_line(each) for each in found[:20]]
    assert said[20:] == ([f"… and {len(found) - 20} more on the screen."] if len(found) > 20 else [])


def test_a_part_of_a_digest_is_its_heading_its_lines_and_its_pictures():
    section = Section("Alarms", ("3 this week.",), {"fraud": (0.0, 8.0)})
    said = summary_lines(replace(MESSAGE, reason="digest", sections=(section,)))
    assert said == ["Alarms:", "3 this week.", "fraud ▁█"]


def test_an_incident_of_no_model_is_a_line_without_a_gap():
    item = Item("inc_1", 1, "opened", "n1 is full", "", "open", "P1", "")
    assert item_line(item) == "P1 opened · n1 is full"


@few
@given(st.lists(st.floats(-1e9, 1e9), max_size=30))
def test_a_picture_has_a_bar_for_each_value_and_the_greatest_is_the_highest(values):
    drawn = sparkline(tuple(values))
    assert len(drawn) == len(values)
    if values and max(values) > min(values):
        assert drawn[values.index(min(values))] == "▁"
        assert drawn[values.index(max(values))] == max(drawn) == "█"
        pairs = sorted(zip(values, drawn, strict=True))
        assert [bar for _, bar in pairs] == sorted(drawn)


@few
@given(texts, st.integers(1, 50))
def test_a_cut_text_is_never_longer_and_what_fits_is_whole(text, most):
    assert len(cut(text, most)) == min(len(text), most)
    assert (cut(text, most) == text) is (len(text) <= most)


@pytest.mark.parametrize("wrong", ["{title:d}", "{title!x}", "{title:{model}}", "{}", "{ title}"])
def test_a_template_that_could_not_be_filled_in_is_refused_before_it_is_used(wrong):
    with pytest.raises(InvalidInput, match="template must be text with fields among"):
        check_template(slack_with(wrong))


@pytest.mark.parametrize("fine", ["", "{title}", "{{braces}} {priority}", "no fields at all"])
def test_a_template_of_known_fields_is_taken(fine):
    assert headline(MESSAGE, slack_with(fine).template)


def slack_with(template):
    return slack.Options(token=TOKEN, channel="C1", template=template)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: github.Options("acme", TOKEN), "repository must be OWNER/NAME, not 'acme'"),
        (lambda: github.Options("a/b/c", TOKEN), "repository must be OWNER/NAME"),
        (lambda: github.Options("a/b", TOKEN, url="api.github.com"), "url must be a URL that starts with http://"),
        (lambda: jira.Options("https://a.example", "u", TOKEN, "ops"), "key must be the key of a project, like OPS"),
        (lambda: jira.Options("a.example", "u", TOKEN, "OPS"), "url must be a URL"),
        (lambda: pagerduty.Options(TOKEN, url="ftp://x"), "url must be a URL"),
        (lambda: webhook.Options("//x"), "url must be a URL that starts with http:// or https://, not '//x'"),
    ],
)
def test_a_receiver_that_could_never_be_reached_is_refused_in_a_sentence(make, words):
    with pytest.raises(InvalidInput, match=words):
        make()


def test_a_trial_says_that_nothing_is_wrong_and_what_became_of_it():
    heard = []

    def deliver(_options, message):
        heard.append(message)

    said = trial("team", "http://seamark.example/", 1_000_000)
    receiver = Receiver("team", "team", None)
    assert send(receiver, Notifier("team", None, deliver), said) is None
    assert (heard[0].title, heard[0].note) == ("Seamark can reach team", "This is a test. Nothing is wrong.")
    assert heard[0].link == "http://seamark.example/"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (DeliveryFailed("The hook answered 500."), "team: The hook answered 500."),
        (KeyError("ts"), "team: KeyError: 'ts'."),
    ],
)
def test_a_trial_that_fails_says_why(failure, said):
    def deliver(_options, _message):
        raise failure

    receiver = Receiver("team", "team", None)
    assert send(receiver, Notifier("team", None, deliver), trial("team", "http://x", 1)) == said
