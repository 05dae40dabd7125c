"""Laws and stories of the alert state machine."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from seamark.alert.identity import fingerprint
from seamark.alert.machine import close, step
from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import Alert, AlertState
from seamark.records.evaluation import Evaluation, Status
from seamark.records.monitor import Monitor, Rule, RuleKind
from seamark.records.signals import Layer
from seamark.records.window import Window

START_US = 1_700_000_000 * 1_000_000 // HOUR_US * HOUR_US
OK, ELEVATED, BREACH = Status.OK, Status.ELEVATED, Status.BREACH
INSUFFICIENT, NO_DATA = Status.INSUFFICIENT, Status.NO_DATA
MONITOR = Monitor("feature.amount:psi", "feature.amount", Layer.DATA, "psi", Rule(RuleKind.FIXED, fire=0.2, clear=0.16))


def evaluation(hour: int, status: Status, *, late: bool = False, value: float = 0.5) -> Evaluation:
    start = START_US + hour * HOUR_US
    return Evaluation(
        block_seq=hour + 1,
        project="default",
        model="fraud",
        version="",
        segment="",
        monitor=MONITOR.name,
        window=Window(start, start + HOUR_US),
        status=status,
        value=value,
        threshold=0.2,
        effect=value,
        n=500.0,
        late=late,
    )


def play(statuses: list[Status], alert: Alert | None = None, *, monitor: Monitor = MONITOR) -> list[Alert | None]:
    """The alert after each window; a resolved one is put away, as the fast lane does."""
    story = []
    for hour, status in enumerate(statuses):
        live = None if alert is not None and alert.state is AlertState.RESOLVED else alert
        now_us = START_US + (hour + 1) * HOUR_US
        alert = step(live, evaluation(hour, status), monitor, now_us=now_us, opens_after_us=now_us - DAY_US)
        story.append(alert)
    return story


def states(statuses: list[Status]) -> list[str | None]:
    return [None if alert is None else alert.state.value for alert in play(statuses)]


def test_a_window_that_waits_for_its_outcomes_is_heard_once_it_has_them():
    *_, firing = play([BREACH, BREACH])
    assert step(firing, evaluation(2, Status.AWAITED), MONITOR, now_us=0, opens_after_us=0) == firing
    judged = step(firing, evaluation(2, BREACH), MONITOR, now_us=1, opens_after_us=0)
    assert judged.evidence.end_us == evaluation(2, BREACH).window.end_us
    assert play([Status.AWAITED]) == [None]


def test_nothing_is_remembered_of_a_quiet_monitor():
    assert play([OK, ELEVATED, INSUFFICIENT, NO_DATA]) == [None] * 4


def test_one_breach_is_only_a_suspicion():
    assert states([BREACH, OK, OK, OK]) == ["pending", "pending", "pending", None]


def test_two_breaches_of_three_fire():
    assert states([BREACH, BREACH]) == ["pending", "firing"]
    assert states([BREACH, OK, BREACH]) == ["pending", "pending", "firing"]


def test_two_breaches_too_far_apart_do_not_fire():
    assert states([BREACH, OK, OK, BREACH])[-1] == "pending"


def test_alert_resolves_after_two_quiet_windows():
    assert states([BREACH, BREACH, OK, OK]) == ["pending", "firing", "recovering", "resolved"]


def test_a_breach_while_recovering_fires_again_without_a_new_alert():
    story = play([BREACH, BREACH, OK, BREACH, OK, OK])
    assert [alert.state.value for alert in story[1:]] == ["firing", "recovering", "firing", "recovering", "resolved"]
    assert len({alert.id for alert in story}) == 1


def test_between_clear_and_fire_nothing_changes():
    assert states([BREACH, BREACH, ELEVATED, ELEVATED]) == ["pending", "firing", "firing", "firing"]
    assert states([BREACH, BREACH, OK, ELEVATED, OK]) == ["pending", "firing", "recovering", "recovering", "resolved"]


def test_no_data_never_resolves_a_firing_alert_and_is_said_after_three():
    story = play([BREACH, BREACH, *[NO_DATA] * 50])
    assert {alert.state for alert in story[1:]} == {AlertState.FIRING}
    assert [alert.no_data for alert in story[2:6]] == [False, False, True, True]


def test_data_that_returns_takes_the_no_data_flag_away():
    story = play([BREACH, BREACH, NO_DATA, NO_DATA, NO_DATA, BREACH])
    assert story[-1].no_data is False
    assert story[-1].missed_windows == 0


def test_windows_without_enough_rows_neither_alarm_nor_reassure():
    assert states([BREACH, INSUFFICIENT, BREACH]) == ["pending", "pending", "firing"]
    assert states([BREACH, BREACH, INSUFFICIENT, INSUFFICIENT])[-1] == "firing"


def test_a_suspicion_lapses_when_nothing_more_is_heard():
    assert states([BREACH, INSUFFICIENT, INSUFFICIENT, INSUFFICIENT])[-1] is None


def test_the_evidence_covers_the_breaches_that_made_it_fire():
    fired = play([BREACH, OK, BREACH])[-1]
    assert fired.evidence == Window(START_US, START_US + 3 * HOUR_US)


def test_a_firing_alert_carries_its_newest_evidence():
    alert = play([BREACH, BREACH])[-1]
    now_us = START_US + 3 * HOUR_US
    newer = step(alert, evaluation(2, BREACH, value=0.9), MONITOR, now_us=now_us, opens_after_us=0)
    assert (newer.value, newer.evaluation_seq) == (0.9, 3)
    assert newer.evidence.end_us == START_US + 3 * HOUR_US
    assert newer.opened_us == alert.opened_us


def test_a_late_revision_replaces_what_its_window_said():
    pending = play([BREACH, OK])[-1]
    now_us = START_US + 2 * HOUR_US
    fired = step(pending, evaluation(1, BREACH, late=True), MONITOR, now_us=now_us, opens_after_us=0)
    assert fired.state is AlertState.FIRING
    assert len(fired.recent) == 2
    revised = step(pending, evaluation(0, OK, late=True), MONITOR, now_us=now_us, opens_after_us=0)
    assert revised is None


def test_a_late_revision_of_an_older_window_does_not_resolve():
    firing = play([BREACH, BREACH, BREACH])[-1]
    revised = step(firing, evaluation(1, OK, late=True), MONITOR, now_us=START_US + DAY_US, opens_after_us=0)
    assert revised.state is AlertState.FIRING
    assert revised.quiet_windows == 0


def test_a_window_judged_again_counts_once_towards_quiet():
    recovering = play([BREACH, BREACH, OK])[-1]
    again = step(recovering, evaluation(2, OK, late=True), MONITOR, now_us=START_US + DAY_US, opens_after_us=0)
    assert (again.state, again.quiet_windows) == (AlertState.RECOVERING, 1)


def test_a_thin_window_judged_again_counts_once_towards_silence():
    pending = play([BREACH, INSUFFICIENT])[-1]
    for _ in range(5):
        pending = step(pending, evaluation(1, NO_DATA, late=True), MONITOR, now_us=START_US, opens_after_us=0)
    assert pending.missed_windows == 1


def test_a_revision_of_the_past_does_not_bring_data_back():
    silent = play([BREACH, BREACH, NO_DATA, NO_DATA, NO_DATA])[-1]
    revised = step(silent, evaluation(1, OK, late=True), MONITOR, now_us=START_US + DAY_US, opens_after_us=0)
    assert revised.no_data


def test_breaches_days_apart_are_not_one_condition():
    first = step(None, evaluation(2, BREACH, late=True), MONITOR, now_us=START_US + DAY_US, opens_after_us=0)
    second = step(first, evaluation(20, BREACH), MONITOR, now_us=START_US + DAY_US, opens_after_us=0)
    assert second.state is AlertState.PENDING
    assert second.evidence.start_us == START_US + 20 * HOUR_US


def test_an_alert_nobody_watches_any_more_ends_and_a_suspicion_is_forgotten():
    firing, pending = play([BREACH, BREACH])[-1], play([BREACH])[-1]
    assert close(firing, START_US).state is AlertState.RESOLVED
    assert close(pending, START_US) is None


def test_nothing_opens_about_the_day_before_yesterday():
    now_us = START_US + 3 * DAY_US
    alert = None
    for hour in range(3):
        alert = step(alert, evaluation(hour, BREACH), MONITOR, now_us=now_us, opens_after_us=now_us - DAY_US)
    assert alert.state is AlertState.PENDING
    assert alert.opened_us is None


def test_an_old_condition_that_lasts_opens_now():
    now_us = START_US + 3 * DAY_US
    alert = None
    for hour in range(3 * 24):
        alert = step(alert, evaluation(hour, BREACH), MONITOR, now_us=now_us, opens_after_us=now_us - DAY_US)
    assert alert.state is AlertState.FIRING


def test_a_machine_in_alarm_is_another_condition_than_a_model_and_than_another_machine():
    model, first, second = (replace(evaluation(0, BREACH), component=name) for name in ("", "node/a", "node/b"))
    assert len({fingerprint(each) for each in (model, first, second)}) == 3
    alert = step(None, first, MONITOR, now_us=START_US, opens_after_us=0)
    assert (alert.component, alert.fingerprint) == ("node/a", fingerprint(first))


def test_the_fingerprint_ignores_value_and_time_but_not_identity():
    one = evaluation(0, BREACH)
    assert fingerprint(one) == fingerprint(evaluation(7, OK, value=0.1))
    assert fingerprint(one).startswith("v1:")
    for field in ("project", "model", "version", "segment", "monitor"):
        assert fingerprint(one) != fingerprint(replace(one, **{field: "other"}))


def test_the_fingerprint_scheme_is_frozen():
    assert fingerprint(evaluation(0, OK)) == "v1:ad45475993a09d123e64d74cc5baa4e8de8d761fe058578386b5f5d44b46a520"


any_status = st.sampled_from(list(Status))


@given(st.lists(any_status, max_size=60))
def test_it_never_fires_without_k_breaches_among_the_last_n_that_spoke(statuses):
    speaking: list[Status] = []
    before = None
    for status, alert in zip(statuses, play(statuses), strict=True):
        if status not in (INSUFFICIENT, NO_DATA, Status.AWAITED):
            speaking.append(status)
        fires_now = alert is not None and alert.state is AlertState.FIRING
        if fires_now and (before is None or before.state is AlertState.PENDING):
            assert speaking[-3:].count(BREACH) >= 2
        before = alert


@given(st.lists(any_status, max_size=60))
def test_it_resolves_only_on_quiet_windows_with_data(statuses):
    for status, alert in zip(statuses, play(statuses), strict=True):
        if alert is not None and alert.state is AlertState.RESOLVED:
            assert status is OK
            assert alert.quiet_windows == 2


@given(st.lists(any_status, max_size=40))
def test_recent_never_holds_more_than_the_rule_looks_back(statuses):
    for alert in play(statuses):
        if alert is not None:
            assert len(alert.recent) <= MONITOR.rule.of
            assert list(alert.recent) == sorted(alert.recent, key=lambda outcome: outcome.window.start_us)
