"""One segment is named when it alone has moved, and never when others may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.correlate.alerts import alert

from seamark.correlate.causes import rank_features
from seamark.correlate.places import places, telling
from seamark.correlate.titles import title_of


def in_segment(segment, effect=0.3, **fields):
    return alert("feature.age", segment=segment, effect=effect, id=f"alt_{segment}", **fields)


FRANCE = in_segment("country=FR")


def test_a_segment_without_which_nothing_has_moved_is_the_place():
    assert places([FRANCE, alert("feature.age")], {FRANCE.id}) == {"feature.age": "country=FR"}


def test_a_segment_that_the_rest_may_have_gone_with_is_none():
    assert places([FRANCE, alert("feature.age")], set()) == {}


def test_a_second_segment_in_alarm_is_not_passed_over():
    italy = in_segment("country=IT", 0.1)
    assert places([FRANCE, italy], {FRANCE.id, italy.id}) == {}


def test_of_two_dimensions_the_stronger_segment_is_named():
    phone = in_segment("device=phone", 0.2)
    assert places([phone, FRANCE], {FRANCE.id, phone.id}) == {"feature.age": "country=FR"}


def test_the_cause_and_the_title_say_the_segment():
    whole = alert("feature.age", effect=0.2)
    where = {"feature.age": "country=FR"}
    (cause,) = rank_features([whole, FRANCE], (), where=where)
    assert cause.summary == "age changed its distribution, in country=FR only"
    assert cause.evidence[0].startswith("age in country=FR: 0.3 against")
    assert title_of([whole, FRANCE], where=where) == "age drifted in country=FR"
    assert title_of([whole, FRANCE, alert("score")], where=where) == "age drifted in country=FR, and so did the score"
    assert title_of([FRANCE, alert("feature.b")], where=where) == "age and b drifted"


def test_segments_that_moved_with_all_traffic_stand_under_its_cause():
    alerts = [alert("feature.age", effect=0.2), FRANCE, in_segment("country=US")]
    (cause,) = rank_features(alerts, ())
    assert cause.summary == "age changed its distribution"
    assert cause.evidence[0].startswith("age: 0.2 against")
    assert "It moved in country=FR, country=US." in cause.evidence


@given(st.permutations([FRANCE, in_segment("device=phone", 0.2), alert("feature.age"), alert("score")]))
def test_the_order_of_alerts_does_not_matter(alerts):
    where = places(alerts, {FRANCE.id, "alt_device=phone"})
    assert where == {"feature.age": "country=FR"}
    assert {each.id for each in telling(alerts, where)} == {FRANCE.id, alert("score").id}


@pytest.mark.parametrize("segment", ["", "country=FR"])
def test_alerts_of_a_version_tell_of_no_place(segment):
    of_version = alert("feature.age", version="2", segment=segment, id="alt_version")
    assert telling([of_version, FRANCE], {}) == [FRANCE]
