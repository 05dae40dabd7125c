"""Who is told what when, how long things are kept, and what may be tried: read as written, or refused with the key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.config import Config, effective, parse
from seamark.config.reading import dotted
from seamark.config.tree import tried
from seamark.errors import InvalidConfig, InvalidInput
from seamark.notify.notifier import Receiver
from seamark.notify.notifiers import console, github, slack
from seamark.notify.options import DAYS, MaintenanceOptions, NotificationOptions, RouteOptions
from seamark.records.metric_rule import ServiceOptions
from seamark.records.options import ModelOptions
from seamark.records.quality import BOUNDED, QualityOptions
from seamark.records.retention import RetentionOptions

few = settings(max_examples=20, deadline=None)

CONSOLE = {name: Receiver(name, "console", console.Options()) for name in ("team", "on call", "a.b")}
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7).map(tuple)
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"])
matchers = st.lists(st.sampled_from(["model=fraud", "layer=~data|model", 'segment!="a b"']), min_size=1, max_size=3)
told = st.lists(st.sampled_from(sorted(CONSOLE)), min_size=1, max_size=3).map(tuple)
notifications = st.builds(
    NotificationOptions,
    time_zone=zones,
    workdays=days,
    holidays=st.sampled_from([(), ("2026-12-25",), ("FR", "DE-BY")]),
    batch_times=st.lists(times, min_size=1, max_size=3).map(tuple),
    digest_day=st.sampled_from(DAYS),
    digest_time=times,
    group_wait_seconds=st.integers(0, 600),
    storm_after=st.integers(1, 100),
    reminder_seconds=st.lists(st.integers(60, 10**6), max_size=3).map(tuple),
    at_once=st.just(()) | told,
)
kept = st.integers(1, 10_000)
configs = st.builds(
    Config,
    notifications=notifications,
    routes=st.dictionaries(names, st.builds(RouteOptions, matchers.map(tuple), told), max_size=2),
    maintenance=st.dictionaries(
        names, st.builds(MaintenanceOptions, matchers.map(tuple), times, times, days, zones), max_size=2
    ),
    retention=st.builds(RetentionOptions, kept, kept, kept, kept),
    receivers=st.just(CONSOLE),
)


@settings(max_examples=20, deadline=None)
@given(configs)
def test_what_is_said_about_being_told_reads_back_as_it_is_written(config):
    assert parse(effective(config)) == config


def refused(text):
    with pytest.raises(InvalidConfig) as wrong:
        parse(text)
    return wrong.value


TEAM = '[receivers.team]\ntype = "console"\n'


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ('[routes.x]\nmatch = ["model=a"]\nreceivers = ["tema"]', "routes.x.receivers[0]", 'must be one of "team"'),
        ('[routes."a b"]\nmatch = ["m=a"]\nreceivers = [""]', 'routes."a b".receivers[0]', "must be one of"),
        ('[routes.x]\nreceivers = ["team"]', "routes.x.match", "[routes.x] needs the key match."),
        ('[routes.x]\nmatch = ["m=a"]\nreceivers = []', "routes.x.receivers", "must be a list of names"),
        ('[notifications]\nat_once = ["pager"]', "notifications.at_once[0]", 'not "pager"'),
        ('[notifications]\nholidays = ["ZZ"]', "notifications.holidays[0]", "'ZZ' is no holiday"),
        ('[notifications]\nreminder_seconds = ["5s"]', "notifications.reminder_seconds[0]", "must be a whole number"),
        ("[notifications]\nreminder_seconds = [5]", "notifications.reminder_seconds", "60 or more each"),
        ('[maintenance.x]\nmatch = ["m=a"]\nstart = "02:00"', "maintenance.x.end", "needs the key end"),
        ('[maintenance.x]\nmatch = ["m=a"]\nstart = "2"\nend = "3"', "maintenance.x.start", 'not "2"'),
        ("[retention]\nrows_days = 0", "retention.rows_days", "must be at least 1 day, not 0."),
        ("[retention]\nrows_days = 1.5", "retention.rows_days", "must be a whole number"),
        ("[retention]\nrow_days = 9", "retention.row_days", "did you mean retention.rows_days?"),
    ],
)
def test_what_is_wrong_about_being_told_is_named_by_its_key(text, field, words):
    wrong = refused(TEAM + text)
    assert wrong.field == field
    assert words in wrong.message


def test_a_group_may_wait_as_long_as_a_text_says():
    found = parse('[notifications]\ngroup_wait_seconds = "2m"').notifications
    assert found.group_wait_seconds == 120


def test_a_list_of_seconds_is_of_whole_numbers_and_may_be_empty():
    assert parse("[notifications]\nreminder_seconds = [1800, 14400]").notifications.reminder_seconds == (1800, 14_400)
    assert parse("[notifications]\nreminder_seconds = []").notifications.reminder_seconds == ()


def test_the_tokens_of_receivers_are_never_shown(monkeypatch):
    monkeypatch.setenv("SLACK_TOKEN", "xoxb-hush")
    text = '[receivers.team]\ntype = "slack"\ntoken = "env:SLACK_TOKEN"\nchannel = "C1"\n'
    config = parse(text)
    assert isinstance(config.receivers["team"].options, slack.Options)
    assert "hush" not in effective(config) + repr(config)
    assert parse(effective(config)) == config


def test_a_receiver_is_refused_by_what_its_own_kind_accepts(monkeypatch):
    monkeypatch.setenv("TOKEN", "x")
    assert github.NOTIFIER.options is github.Options
    wrong = refused('[receivers.bugs]\ntype = "github"\nrepository = "acme"\ntoken = "env:TOKEN"')
    assert wrong.message == 'receivers.bugs.repository must be OWNER/NAME, not "acme".'
    wrong = refused('[receivers.bugs]\ntype = "github"\nrepository = "a/b"\ntoken = "ghp_real"')
    assert "ghp_real" not in wrong.message


@settings(max_examples=20, deadline=None)
@given(names, names)
def test_a_dotted_path_leads_back_to_its_keys(one, other):
    text = f'[{dotted("models", one)}.thresholds]\n{dotted("", other)} = "volume > 0.5"\n'
    assert parse(text).models[one].thresholds == {other: "volume > 0.5"}


# --- quality and services ------------------------------------------------------------------------------------------


def test_the_tolerance_of_a_metric_is_a_table_of_its_own():
    config = parse('[models.fraud.quality.accuracy]\ntolerance = 0.9\npriority = "P1"\n[models.fraud.quality.auc]')
    assert config.models["fraud"].quality == {"accuracy": QualityOptions(0.9, "P1"), "auc": QualityOptions()}
    assert parse(effective(config)) == config


@pytest.mark.parametrize("metric", sorted(BOUNDED))
def test_a_tolerance_that_nothing_reaches_is_refused_with_its_model(metric):
    wrong = refused(f"[models.fraud.quality.{metric}]\ntolerance = 1.0")
    assert wrong.field == "models.fraud.quality"
    assert f"with a tolerance of {metric} below 1" in wrong.message


@few
@given(st.dictionaries(st.sampled_from(["api", "web", "*"]), st.integers(1, 10**6), max_size=3), names)
def test_a_service_has_its_own_words_before_those_for_all(said, name):
    config = Config(services={key: ServiceOptions(min_requests=each) for key, each in said.items()})
    expected = said.get(name, said.get("*", ServiceOptions().min_requests))
    assert config.service(name).min_requests == expected


# --- what may be tried -----------------------------------------------------------------------------------------------

PRESENT = ModelOptions(budget=5.0, min_rows=80)


def test_what_is_tried_replaces_its_keys_and_keeps_the_others():
    found = tried(PRESENT, {"budget": 1.0, "thresholds": {"amount": "psi > 0.1"}}, fixed=["window_seconds"])
    assert (found.budget, found.min_rows, found.thresholds) == (1.0, 80, {"amount": "psi > 0.1"})
    assert tried(PRESENT, {}, fixed=[]) == PRESENT


@pytest.mark.parametrize(
    ("table", "field", "words"),
    [
        ({"window_seconds": 3600}, "options.window_seconds", "says how rows are counted"),
        ({"budget": 0.0}, "options.budget", "must be above 0"),
        ({"budgte": 1.0}, "options.budgte", "did you mean options.budget?"),
        ({"thresholds": {"amount": "psi >"}}, "options.thresholds.amount", "is not a threshold"),
        ({"holidays": ["Fr"]}, "options.holidays[0]", "is no holiday"),
        ({"min_rows": "50"}, "options.min_rows", "must be a whole number"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_a_sentence(table, field, words):
    with pytest.raises(InvalidInput) as wrong:
        tried(PRESENT, table, fixed=["window_seconds"])
    assert wrong.value.field == field
    assert words in wrong.value.message
    assert not isinstance(wrong.value, InvalidConfig)
