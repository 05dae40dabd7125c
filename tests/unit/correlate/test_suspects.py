"""How likely each member is the cause: what adds to its score, and what is left out where nobody can tell."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.correlate.alerts import NOON_US, alert, machine, service
from tests.unit.correlate.incidents import deploy, traffic, worse
from tests.unit.correlate.scenes import scene_of

from seamark.clock import HOUR_US, MINUTE_US
from seamark.correlate.items import Item
from seamark.correlate.scene import begins_us, changes_near, may_cause, nodes_of, resolution_us, rises
from seamark.correlate.suspects import LEAST_LEAD, LEAST_SCORE, is_clear, suspects_of
from seamark.records.signals import Layer

few = settings(max_examples=20, deadline=None)

PAIRS = (
    ("node/n1", "pod/p1"),
    ("pod/p1", "service/api"),
    ("service/api", "model/fraud"),
    ("model/fraud", "outcome/fraud"),
)
NODE, POD = machine("node/n1", effect=0.5, threshold=0.25), machine("pod/p1", "restart_loop")
API = service("service/api")
AMOUNT, AGE, SCORE = alert("feature.amount"), alert("feature.age"), alert("score")
POOL = [NODE, POD, API, AMOUNT, AGE, SCORE, traffic(5000), worse()]
drawn = st.lists(st.sampled_from(POOL), unique_by=lambda each: each.id)


def suspects(*alerts, **around):
    return {each.subject: each for each in suspects_of(scene_of(*alerts, pairs=PAIRS, **around))}


@few
@given(drawn)
def test_every_number_of_a_suspect_is_a_share(alerts):
    for each in suspects(*alerts).values():
        assert all(0 <= number <= 1 for number in (each.score, each.explains, each.magnitude, each.low))


@few
@given(drawn)
def test_the_strongest_of_each_kind_has_the_whole_magnitude(alerts):
    found = suspects(*alerts).values()
    for aspect in {each.aspect for each in found}:
        assert max(each.magnitude for each in found if each.aspect is aspect) == 1


@few
@given(drawn)
def test_no_two_suspects_explain_each_other(alerts):
    found = suspects(*alerts)
    for name, each in found.items():
        assert name not in each.by
        assert not any(name in found[other].by for other in each.by)


def test_answers_and_outcomes_are_never_the_cause():
    assert suspects(SCORE, worse()) == {}
    assert set(suspects(AMOUNT, SCORE, worse())) == {"feature.amount"}


def test_several_alerts_of_one_machine_are_one_suspect():
    again = machine("node/n1", "node_memory", minute=1)
    assert len(suspects(NODE, again)["node/n1"].items) == 2


def test_a_single_member_explains_all_there_is():
    alone = suspects(AMOUNT)["feature.amount"]
    assert (alone.explains, alone.is_first, alone.changed) == (1.0, None, None)


def test_the_machine_explains_what_runs_on_it_and_is_explained_by_none_of_it():
    found = suspects(NODE, POD, API)
    assert (found["node/n1"].explains, found["node/n1"].by) == (1.0, ())
    assert "node/n1" in found["pod/p1"].by
    assert {"node/n1", "pod/p1"} <= set(found["service/api"].by)


def test_who_began_first_by_less_than_can_be_told_apart_is_not_first():
    def at(minutes):
        return replace(AMOUNT, onset_us=NOON_US), replace(AGE, onset_us=NOON_US + minutes * MINUTE_US)

    assert [each.is_first for each in suspects(*at(120)).values()] == [None, None]  # judged every two hours
    assert {name: each.is_first for name, each in suspects(*at(121)).items()} == {
        "feature.amount": True,
        "feature.age": False,
    }


def test_a_change_of_what_is_suspected_adds_to_its_score_and_takes_from_others():
    change = deploy(-10, model="", service="api")
    before, after = suspects(API, AMOUNT), suspects(API, AMOUNT, changes=(change,))
    assert (after["service/api"].changed, after["feature.amount"].changed) == (True, True)  # one hop: by the model
    far = machine("node/x", "throttling")
    assert suspects(API, far, changes=(change,))["node/x"].changed is False
    assert suspects(API, far)["node/x"].changed is None
    assert after["service/api"].score > before["service/api"].score


@pytest.mark.parametrize("effect", [0.06, 0.3, 0.9])
def test_the_stronger_of_two_features_is_the_likelier(effect):
    weak, strong = replace(AMOUNT, value=0.05), replace(AGE, value=0.05 + effect)
    first, second = suspects_of(scene_of(weak, strong))
    assert (first.subject, second.subject) == ("feature.age", "feature.amount")
    assert first.score > second.score


@few
@given(drawn)
def test_a_cause_is_clear_only_where_it_leads(alerts):
    found = suspects_of(scene_of(*alerts, pairs=PAIRS))
    scores = [*(each.score for each in found), 0.0]
    wanted = scores[0] >= LEAST_SCORE and (len(found) == 1 or scores[0] - scores[1] >= LEAST_LEAD)
    assert is_clear(found) is wanted


@few
@given(drawn)
def test_nothing_causes_itself(alerts):
    scene = scene_of(*alerts, pairs=PAIRS)
    assert not any(may_cause(each, each, scene.ground) for each in scene.items)


@pytest.mark.parametrize(
    ("cause", "effect", "may"),
    [
        (NODE, API, True),
        (API, NODE, False),
        (NODE, AMOUNT, True),
        (AMOUNT, SCORE, True),
        (SCORE, AMOUNT, False),
        (AMOUNT, AGE, False),
        (traffic(5000), API, True),
        (traffic(10), API, False),
        (API, traffic(10), True),  # who gets no answer comes no more
        (API, traffic(5000), False),
        (SCORE, worse(), True),
        (worse(), SCORE, False),
    ],
)
def test_causes_stand_below_their_effects_or_in_front_of_them(cause, effect, may):
    ground = scene_of(cause, effect, pairs=PAIRS).ground
    assert may_cause(Item(cause), Item(effect), ground) is may


def test_what_began_hours_later_is_no_cause_of_what_was_there():
    later = replace(NODE, onset_us=NOON_US + 3 * HOUR_US)
    earlier = replace(POD, onset_us=NOON_US)
    ground = scene_of(later, earlier, pairs=PAIRS).ground
    late_item = Item(
        replace(later, evidence=replace(later.evidence, start_us=NOON_US + 3 * HOUR_US, end_us=NOON_US + 4 * HOUR_US))
    )
    assert not may_cause(late_item, Item(earlier), ground)
    assert may_cause(Item(NODE), Item(earlier), ground)


def test_a_beginning_is_known_no_finer_than_it_is_judged():
    assert (begins_us(Item(AMOUNT)), resolution_us(Item(AMOUNT))) == (NOON_US, 2 * HOUR_US)
    told = Item(replace(AMOUNT, onset_us=NOON_US + 5))
    assert (begins_us(told), resolution_us(told)) == (NOON_US + 5, 2 * HOUR_US)
    assert resolution_us(Item(NODE)) == 15 * MINUTE_US


def test_traffic_of_which_nothing_is_usual_does_not_rise_from_nothing():
    assert not rises(Item(replace(traffic(0.0), now=None, usual=None)))
    assert rises(Item(traffic(2.0, 1.0)))


def test_a_change_is_of_the_service_and_of_the_model_that_it_names():
    assert nodes_of(deploy(service="api")) == ("service/api", "deployment/api", "feature_pipeline/api", "model/fraud")
    assert nodes_of(deploy(model="")) == ()


@few
@given(st.lists(st.integers(-3000, 3000), max_size=8))
def test_changes_come_in_the_order_of_time_each_once_and_never_from_the_far_past(minutes):
    scene = scene_of(SCORE, API, pairs=PAIRS)
    found = changes_near(scene.items, [*map(deploy, minutes), *map(deploy, minutes)], scene.ground)
    times = [each.time_us for each in found]
    assert times == sorted(set(times))
    assert all(NOON_US - 24 * HOUR_US <= each <= NOON_US + 3 * HOUR_US for each in times)
    assert {each.id for each in found} >= {f"chg_{minute}" for minute in minutes if -1440 <= minute <= 0}


def test_how_features_go_together_is_suspected_only_where_none_of_them_moved_alone():
    joint = alert("joint", layer=Layer.DATA)
    assert set(suspects(API, AMOUNT, joint)) == {"service/api", "feature.amount"}
    assert set(suspects(API, joint)) == {"service/api", "joint"}
