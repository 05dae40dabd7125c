"""Each named pattern by itself: the least that it needs, and every single thing that takes it away."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.correlate.alerts import alert, machine, service
from tests.unit.correlate.incidents import broken, deploy, late_outcomes, traffic, worse
from tests.unit.correlate.scenes import scene_of

from seamark.correlate.finding import named
from seamark.correlate.signatures import SIGNATURES, signature_of
from seamark.correlate.signatures.bad_release import bad_release
from seamark.correlate.signatures.benign_shift import benign_shift
from seamark.correlate.signatures.concept_drift import concept_drift
from seamark.correlate.signatures.hardware import hardware
from seamark.correlate.signatures.memory_loop import memory_loop
from seamark.correlate.signatures.outcomes_broken import outcomes_broken
from seamark.correlate.signatures.population_shift import population_shift
from seamark.correlate.signatures.traffic_surge import traffic_surge
from seamark.correlate.signatures.upstream_fault import upstream_fault
from seamark.records.signals import Layer

few = settings(max_examples=20, deadline=None)

NAMES = ("amount", "age", "tenure", "income")
FEATURES = [alert(f"feature.{name}") for name in NAMES]
SCORE = alert("score")
NODE, GPU = machine("node/n1"), machine("gpu/n1-0", "gpu_clock")
LATE, FAILING = service("service/api", "p99"), service("service/api")
SERVED = (("pod/p1", "service/api"), ("service/api", "model/fraud"))
SURGE = traffic(5000)

LEAST = {
    bad_release: ([FAILING], {"changes": (deploy(-2),), "pairs": SERVED}),
    benign_shift: (FEATURES[:2], {"quality_is_fine": True}),
    concept_drift: ([worse()], {}),
    hardware: ([GPU, LATE], {}),
    memory_loop: ([machine("pod/p1", "oom_kills"), machine("pod/p1", "restart_loop")], {}),
    outcomes_broken: ([late_outcomes()], {}),
    population_shift: ([*FEATURES[:3], traffic(2000)], {}),
    traffic_surge: ([SURGE, LATE], {}),
    upstream_fault: ([broken()], {}),
}
SPOILED_BY = [
    (bad_release, NODE),
    (bad_release, traffic(10)),
    (bad_release, FEATURES[0]),
    (benign_shift, worse()),
    (benign_shift, NODE),
    (benign_shift, LATE),
    (benign_shift, broken("tenure")),
    (benign_shift, broken("tenure", "mistyped_rate")),
    (concept_drift, FEATURES[0]),
    (concept_drift, NODE),
    (concept_drift, FAILING),
    (hardware, traffic(2000)),
    (outcomes_broken, FEATURES[0]),
    (outcomes_broken, SCORE),
    (outcomes_broken, NODE),
    (outcomes_broken, LATE),
    (population_shift, NODE),
    (population_shift, LATE),
    (population_shift, broken("tenure")),
    (upstream_fault, NODE),
]
named_after = pytest.mark.parametrize("signature", LEAST, ids=lambda each: each.__name__)


def found_by(signature, *more):
    alerts, around = LEAST[signature]
    return signature(scene_of(*alerts, *more, **around))


def test_the_least_of_every_signature_is_stated_here():
    assert set(LEAST) == set(SIGNATURES)


@named_after
def test_the_least_that_a_signature_needs_is_called_by_its_name(signature):
    finding = found_by(signature)
    assert finding.signature == signature.__name__
    assert finding.kind
    assert finding.subject
    assert finding.next_step.endswith(("?", "."))
    assert not finding.summary.endswith(".")


@named_after
def test_every_part_of_the_least_is_needed(signature):
    alerts, around = LEAST[signature]
    for left_out in range(len(alerts)):
        rest = [each for at, each in enumerate(alerts) if at != left_out]
        assert signature(scene_of(*rest, **around)) is None


@named_after
def test_what_surrounds_the_alerts_of_a_signature_is_needed_where_it_is_said(signature):
    alerts, around = LEAST[signature]
    assert (signature(scene_of(*alerts)) is None) is bool(around)


@named_after
def test_nothing_at_all_fits_no_signature(signature):
    assert signature(scene_of()) is None


@pytest.mark.parametrize(
    ("signature", "spoiler"), SPOILED_BY, ids=[f"{each.__name__}-{by.monitor}" for each, by in SPOILED_BY]
)
def test_one_thing_that_speaks_against_it_takes_a_signature_away(signature, spoiler):
    assert found_by(signature, spoiler) is None


POOL = [*FEATURES, SCORE, NODE, GPU, LATE, FAILING, SURGE, broken(), worse(), late_outcomes()]


@few
@given(st.lists(st.sampled_from(POOL), unique_by=lambda each: each.id), st.randoms(use_true_random=False))
def test_the_name_of_a_pattern_does_not_depend_on_the_order_of_its_members(drawn, rng):
    one, other = (signature_of(scene_of(*each)) for each in (drawn, rng.sample(drawn, len(drawn))))
    assert (one and (one.signature, one.subject)) == (other and (other.signature, other.subject))


@few
@given(st.lists(st.sampled_from(POOL), unique_by=lambda each: each.id))
def test_the_first_of_the_patterns_that_fit_is_the_one_that_is_named(drawn):
    scene = scene_of(*drawn)
    fitting = [found for each in SIGNATURES if (found := each(scene)) is not None]
    assert signature_of(scene) == (fitting[0] if fitting else None)


def test_a_release_of_one_version_is_not_why_two_versions_fail():
    both = [alert("score", version=version, id=version) for version in ("1", "2")]
    assert bad_release(scene_of(*both, changes=(deploy(-2),))) is None
    assert bad_release(scene_of(both[1], changes=(deploy(-2),))).subject == "chg_-2"


def test_the_deploy_of_one_service_is_not_why_another_fails():
    def of(name):
        return bad_release(scene_of(FAILING, changes=(deploy(-2, model="", version="", service=name),)))

    assert of("web") is None
    assert of("api").summary == "it began with the deploy of fraud 2 is live"


def test_a_change_of_the_configuration_is_no_release():
    assert bad_release(scene_of(FAILING, changes=(deploy(-2, kind="config"),), pairs=SERVED)) is None


@pytest.mark.parametrize("statistic", ["node_memory", "gpu_memory"])
def test_a_machine_that_is_merely_full_is_not_slow_hardware(statistic):
    assert hardware(scene_of(machine("node/n1", statistic), LATE)) is None


def test_of_a_machine_and_its_gpu_the_gpu_is_named():
    assert hardware(scene_of(NODE, GPU, LATE)).subject == "gpu/n1-0"


def test_a_pod_is_no_hardware():
    assert hardware(scene_of(machine("pod/p1"), LATE)) is None


def test_what_was_killed_is_named_before_what_is_merely_full():
    full, killed = machine("node/a", "node_memory"), machine("pod/p1", "oom_kills", minute=20)
    assert memory_loop(scene_of(full, killed, FAILING)).subject == "pod/p1"
    assert memory_loop(scene_of(full, FAILING)).subject == "node/a"


def test_a_restart_for_lack_of_memory_is_both_halves_of_a_memory_loop():
    assert memory_loop(scene_of(machine("pod/p1", "oom_restarts"))).subject == "pod/p1"


def test_a_population_comes_without_traffic_where_features_are_known_to_come_from_several_places():
    def came_from(*sources):
        pairs = tuple(
            (f"feature_pipeline/{at}", f"feature/fraud/{name}") for at, name in zip(sources, NAMES, strict=False)
        )
        return population_shift(scene_of(*FEATURES, pairs=pairs))

    assert came_from("a", "b", "c", "d") is not None
    assert came_from("a", "a", "a", "a") is None  # one place may be broken
    assert came_from("a", "b") is None  # of two nothing is known
    assert came_from() is None


@pytest.mark.parametrize(("known", "kind"), [(1, "feature"), (2, "component"), (3, "component")])
def test_a_pipeline_is_blamed_where_two_thirds_of_the_broken_features_come_from_it(known, kind):
    pairs = tuple(("feature_pipeline/daily", f"feature/fraud/{name}") for name in NAMES[:known])
    finding = upstream_fault(scene_of(*(broken(name) for name in NAMES[:3]), pairs=pairs))
    assert finding.kind == kind
    assert finding.summary.endswith(": all come from daily") is (kind == "component")


def test_a_deploy_that_makes_features_is_no_source_of_them():
    pairs = tuple(("service/features", f"feature/fraud/{name}") for name in NAMES[:3])
    assert upstream_fault(scene_of(*(broken(name) for name in NAMES[:3]), pairs=pairs)).kind == "feature"


@few
@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_only_traffic_that_rises_is_a_surge(now, usual):
    found = traffic_surge(scene_of(traffic(now, usual), LATE))
    assert (found is not None) is (now > usual)


def test_business_that_is_worse_while_outcomes_are_late_is_still_said_of_the_model():
    money = alert("business.worth", monitor="business.worth", statistic="worth", layer=Layer.BUSINESS)
    assert concept_drift(scene_of(money)).subject == "fraud"
    assert concept_drift(scene_of(late_outcomes())) is None


labels = st.lists(st.sampled_from([f"pod/p{at}" for at in range(12)]), max_size=20)


@few
@given(labels)
def test_names_are_each_said_once_and_none_is_lost_from_the_count(drawn):
    said, names = named(drawn), sorted({each.removeprefix("pod/") for each in drawn})
    if len(names) <= 4:
        assert [word for part in said.split(" and ") for word in part.split(", ") if word] == names
    else:
        assert said == f"{', '.join(names[:3])} and {len(names) - 3} more"


def test_a_feature_is_named_without_its_prefix():
    assert named(["feature.age", "feature_pipeline/daily"]) == "age and daily"
    assert named([]) == ""
