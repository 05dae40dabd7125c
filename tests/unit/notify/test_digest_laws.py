"""What a digest says of a week: every alarm of it counts, none of another week, and the noisiest first."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.stored import ALERT
from tests.unit.notify.office import MONDAY_US
from tests.unit.notify.test_outbox import INCIDENT

from seamark.clock import DAY_US
from seamark.pipeline.digests import sections_of
from seamark.records.delivery import FastStep
from seamark.store.backends.memory import MemoryStore

WEEK_US = 7 * DAY_US
ages = st.integers(-DAY_US, 15 * DAY_US)
alarms = st.lists(st.tuples(st.sampled_from(["age:psi", "score:ks"]), st.sampled_from("abcd"), ages), max_size=25)
quick = settings(max_examples=20, deadline=None)


def told(found, opened=()):
    store = MemoryStore()
    alerts = tuple(
        replace(ALERT, id=f"alt_{at}", monitor=monitor, model=model, opened_us=MONDAY_US - age)
        for at, (monitor, model, age) in enumerate(found)
    )
    incidents = tuple(replace(INCIDENT, id=f"inc_{at}", opened_us=MONDAY_US - age) for at, age in enumerate(opened))
    store.fast.commit(FastStep(0, alerts=alerts, incidents=incidents))
    return sections_of(store, MONDAY_US)


@quick
@given(alarms)
def test_conditions_that_alarmed_twice_are_named_the_noisiest_first_and_five_at_most(found):
    counts = Counter(f"{monitor} of {model}" for monitor, model, age in found if 0 < age <= WEEK_US)
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    noisy = [f"{name}: {counts[name]} alarms." for name in ranked if counts[name] > 1][:5]
    _, *sections = told(found)
    assert [line for section in sections for line in section.lines] == noisy


@quick
@given(alarms)
def test_the_picture_of_a_week_has_a_bar_a_day_and_all_its_alarms(found):
    for section in told(found)[1:]:
        for line, (name, days) in zip(section.lines, section.series.items(), strict=True):
            assert len(days) == 7
            assert line == f"{name}: {sum(days):.0f} alarms."
            ages_ = [age for monitor, model, age in found if f"{monitor} of {model}" == name and 0 < age <= WEEK_US]
            assert days[-1] == sum(age <= DAY_US for age in ages_)


@quick
@given(st.lists(ages, max_size=12))
def test_this_week_is_compared_with_the_one_before(opened):
    [compared] = told([], opened)
    this = sum(0 <= age < WEEK_US for age in opened)
    before = sum(WEEK_US <= age < 2 * WEEK_US for age in opened)
    noun = "incident" if this == 1 else "incidents"
    assert compared.lines == (f"{this} {noun} opened this week, {before} the week before.",)


def test_a_suspicion_is_no_alarm_and_a_machine_is_named_by_its_label():
    store = MemoryStore()
    machine = replace(ALERT, monitor="no_data", model="", component="service/api", opened_us=MONDAY_US - 1)
    alerts = [replace(machine, id=f"alt_{at}") for at in range(2)]
    pending = [replace(ALERT, id=f"alt_p{at}", opened_us=None) for at in range(3)]
    store.fast.commit(FastStep(0, alerts=(*alerts, *pending)))
    _, noisiest = sections_of(store, MONDAY_US)
    assert noisiest.lines == ("no_data of service/api: 2 alarms.",)
