"""What people answer reaches the alert through the log, and ends it."""

import json
from dataclasses import replace

import pytest
from tests.unit.pipeline.test_watch import AGE, AMOUNT, BREACH, FRAUD, OK, SHOP, Watched, hours

from seamark.errors import Conflict, NotFound
from seamark.profile.absorb import Absorber
from seamark.profile.bins import BinSets
from seamark.profile.duplicates import SeenRows
from seamark.query.questions import Questions
from seamark.records.answer import AnswerKind
from seamark.records.incident import IncidentState
from seamark.records.log import EntryKind, LogEntry
from seamark.records.model import StoredCalibration
from seamark.records.options import ModelOptions

ACCEPT, EXPECTED, DISMISS, RESOLVE = AnswerKind.ACCEPT, AnswerKind.EXPECTED, AnswerKind.DISMISS, AnswerKind.RESOLVE


class Asked(Watched):
    """A model whose alerts a test answers, all the way from the log."""

    @property
    def questions(self):
        return Questions(self.store)

    def say(self, kind, *, by="ana", comment="", look=True, **of):
        """Answer an alert or an incident; by default all of the newest incident."""
        alert, incident = of.get("alert"), of.get("incident", self.incident().id)
        subject = ("incident", incident) if alert is None else ("alert", alert)
        given = self.questions.answerable(SHOP, *subject, kind)
        names = ("alert", "fingerprint", "version", "segment", "monitor", "signal", "from_us")
        alerts = [{name: getattr(each, name) for name in names} for each in given]
        action = {"action": "answer", "kind": kind, "by": by, "comment": comment, "alerts": alerts}
        at_us = hours(0, self.hour).end_us
        self.store.log.append([LogEntry(EntryKind.ACTION, SHOP, FRAUD, at_us, 0, json.dumps(action).encode())])
        bins, seen = BinSets(self.store.slow), SeenRows(self.store.rows)
        step = Absorber(self.store, lambda _p, _m: ModelOptions(), seen, bins).absorb(at_us)
        self.store.slow.commit(step)
        if look:
            self.look()
        return [each.alert for each in given]

    def incident(self):
        return self.store.fast.incidents(SHOP)[0]

    def learn(self, id):
        """New thresholds from all windows so far."""
        through_us = hours(0, self.hour).end_us
        made = StoredCalibration(id, SHOP, FRAUD, 1, through_us, through_us, 1, "", "", b"")
        self.commit(calibrations=(made,))

    def fires(self):
        self.hears(BREACH)
        self.hears(BREACH)


@pytest.fixture
def asked():
    watched = Asked(AMOUNT)
    watched.fires()
    return watched


@pytest.mark.parametrize("kind", AnswerKind)
def test_an_answer_ends_alert_and_incident_and_the_message_says_so(asked, kind):
    asked.say(kind, comment="prices went up")
    assert [state.value for state in asked.states().values()] == ["answered"]
    incident = asked.incident()
    ended = f"{kind.meaning.capitalize()}, says ana: prices went up."
    assert (incident.state, incident.ended) == (IncidentState.RESOLVED, ended)
    assert asked.said() == ["opened", "resolved"]
    assert json.loads(asked.store.post.deliveries()[-1].payload)["ended"] == ended


@pytest.mark.parametrize("kind", [ACCEPT, EXPECTED, DISMISS])
def test_the_same_condition_does_not_open_again(asked, kind):
    asked.say(kind)
    for _ in range(5):
        asked.hears(BREACH)
    assert len(asked.store.fast.alerts(SHOP)) == len(asked.store.fast.incidents(SHOP)) == 1


@pytest.mark.parametrize("kind", AnswerKind)
def test_once_it_was_quiet_the_next_condition_is_another_one(asked, kind):
    asked.say(kind)
    for status in (OK, OK, BREACH, BREACH):
        asked.hears(status)
    assert [alert.state.value for alert in asked.store.fast.alerts(SHOP)].count("firing") == 1
    assert len(asked.store.fast.incidents(SHOP)) == 2


@pytest.mark.parametrize("kind", [ACCEPT, DISMISS])
def test_what_breaches_thresholds_that_have_learned_opens_again(asked, kind):
    asked.say(kind)
    asked.hears(BREACH)
    asked.learn(50)
    asked.hears(BREACH)
    assert len(asked.store.fast.incidents(SHOP)) == 1, "one breach is a suspicion"
    asked.hears(BREACH)
    assert len(asked.store.fast.incidents(SHOP)) == 2


def test_thresholds_learned_before_the_answer_lift_nothing():
    watched = Asked(AMOUNT)
    watched.learn(50)
    watched.fires()
    watched.say(ACCEPT)
    for _ in range(4):
        watched.hears(BREACH)
    assert len(watched.store.fast.incidents(SHOP)) == 1


def test_an_expected_event_outlasts_new_thresholds(asked):
    asked.say(EXPECTED)
    asked.learn(50)
    for _ in range(4):
        asked.hears(BREACH)
    assert len(asked.store.fast.incidents(SHOP)) == 1


def test_a_repair_that_repaired_nothing_is_told_again(asked):
    asked.say(RESOLVE)
    asked.hears(BREACH)
    asked.hears(BREACH)
    assert len(asked.store.fast.incidents(SHOP)) == 2


def test_a_later_answer_replaces_an_earlier_one_and_both_are_history(asked):
    asked.say(ACCEPT)
    asked.say(EXPECTED, by="bo", alert=asked.incident().alerts[0])
    [alert] = asked.questions.incident(SHOP, asked.incident().id, now_us=0)["alerts"]
    assert (alert["answer"]["answer"], alert["answer"]["by"]) == ("expected", "bo")
    history = asked.questions.incident(SHOP, asked.incident().id, now_us=0)["answers"]
    assert [(each["answer"], each["by"], each["label"]) for each in history] == [
        ("accept", "ana", "amount"),
        ("expected", "bo", "amount"),
    ]
    [stored] = asked.store.fast.alerts(SHOP)
    assert stored.answer.kind is EXPECTED


def test_who_repeats_himself_says_nothing_new(asked):
    asked.say(DISMISS)
    asked.say(DISMISS, alert=asked.incident().alerts[0])
    assert len(asked.store.fast.answers(SHOP)) == 1
    asked.say(DISMISS, alert=asked.incident().alerts[0], comment="the sensor was exchanged")
    assert len(asked.store.fast.answers(SHOP)) == 2


def test_an_answered_alert_no_longer_leads_its_incident_and_the_others_go_on():
    watched = Asked(AMOUNT, AGE, replace(AMOUNT, name="feature.calm:jensen_shannon", signal="feature.calm"))
    watched.hears(BREACH, BREACH, OK)
    watched.hears(BREACH, BREACH, OK)
    before = watched.incident()
    amount = next(alert for alert in watched.store.fast.alerts(SHOP) if alert.signal == "feature.amount")
    watched.say(EXPECTED, alert=amount.id)
    after = watched.incident()
    assert after.state is IncidentState.OPEN
    assert before.causes[0].counter_evidence[0] == after.causes[0].counter_evidence[0] == "Unmoved: calm."
    assert after.causes[0].subject == "feature.age"


def test_the_whole_incident_answers_only_what_still_burns():
    watched = Asked(AMOUNT, AGE)
    watched.hears(BREACH, BREACH)
    watched.hears(BREACH, BREACH)
    amount = next(alert for alert in watched.store.fast.alerts(SHOP) if alert.signal == "feature.amount")
    watched.say(EXPECTED, alert=amount.id)
    assert watched.say(RESOLVE) == [each for each in watched.incident().alerts if each != amount.id]
    kinds = {alert.signal: alert.answer.kind for alert in watched.store.fast.alerts(SHOP)}
    assert kinds == {"feature.amount": EXPECTED, "feature.age": RESOLVE}


def test_what_ended_by_itself_can_still_be_explained_but_not_ended(asked):
    asked.hears(OK)
    asked.hears(OK)
    incident = asked.incident()
    for kind in (ACCEPT, RESOLVE):
        with pytest.raises(Conflict, match=r"is over since .*, so there is nothing left to end.*: expected or dismiss"):
            asked.questions.answerable(SHOP, "alert", incident.alerts[0], kind)
        with pytest.raises(Conflict, match=rf"Incident '{incident.id}' is over since"):
            asked.questions.answerable(SHOP, "incident", incident.id, kind)
    asked.say(DISMISS)
    [alert] = asked.questions.incident(SHOP, incident.id, now_us=0)["alerts"]
    assert (alert["state"], alert["answer"]["answer"]) == ("resolved", "dismiss")


def test_a_suspicion_cannot_be_answered():
    watched = Asked(AMOUNT)
    watched.hears(BREACH)
    [alert] = watched.store.fast.alerts(SHOP)
    with pytest.raises(Conflict, match="only a suspicion: it has not fired"):
        watched.questions.answerable(SHOP, "alert", alert.id, ACCEPT)


@pytest.mark.parametrize("project", ["default", SHOP])
def test_another_project_has_neither_the_alert_nor_the_incident(asked, project):
    alert, incident = asked.incident().alerts[0], asked.incident().id
    if project == SHOP:
        alert, incident = "alt_none", "inc_none"
    with pytest.raises(NotFound, match=f"There is no alert '{alert}' in project '{project}'"):
        asked.questions.answerable(project, "alert", alert, ACCEPT)
    with pytest.raises(NotFound, match=f"There is no incident '{incident}' in project '{project}'"):
        asked.questions.answerable(project, "incident", incident, ACCEPT)


def test_an_answered_alert_colours_no_layer_and_no_row_as_firing(asked):
    asked.say(EXPECTED)
    [model] = asked.questions.models(SHOP, now_us=0)["models"]
    assert model["layers"] == {"data": "ok"}
    shown = asked.questions.overview(SHOP, FRAUD, window=hours(0, 2), version="", segment="", now_us=0)
    assert shown["signals"]["state"] == ["answered"]


def test_an_answer_whose_step_was_lost_is_acted_on_by_the_next(asked):
    asked.say(EXPECTED, look=False)
    assert [state.value for state in asked.states().values()] == ["firing"]
    asked.look()
    assert [state.value for state in asked.states().values()] == ["answered"]
    assert asked.look() is None, "once is enough"
