"""Columns are paired by name; what need not be read is settled at once."""

from dataclasses import dataclass

import pytest

from seamark.compare.chunks import Column, Reading
from seamark.compare.findings import Verdict
from seamark.compare.pairing import pair_columns
from seamark.compare.roles import ColumnRole, Roles

NUMBER, TEXT, TIME = Reading.NUMBER, Reading.TEXT, Reading.TIME
NOTHING, UNREADABLE = Reading.NOTHING, Reading.UNREADABLE


@dataclass
class Data:
    """As much of a source as pairing looks at."""

    columns: list
    rereads: bool = False


def data(*, rereads=False, **readings):
    return Data([Column(name, reading, f"{reading} type", reason="odd") for name, reading in readings.items()], rereads)


def pair(reference, current, **roles):
    return pair_columns(reference, current, Roles({name: ColumnRole(role) for name, role in roles.items()}))


def settled(reference, current, **roles):
    (finding,) = pair(reference, current, **roles).settled
    return finding


@pytest.mark.parametrize("reading", [NUMBER, TEXT, TIME, NOTHING])
def test_columns_read_alike_are_a_pair(reading):
    pairing = pair(data(x=reading), data(x=reading))
    assert pairing.pairs["x"].alike
    assert pairing.settled == ()


@pytest.mark.parametrize(("ours", "theirs"), [(NUMBER, TEXT), (TIME, NUMBER), (TEXT, NOTHING), (NOTHING, NUMBER)])
def test_columns_read_otherwise_are_a_pair_of_which_presence_can_be_compared(ours, theirs):
    found = pair(data(x=ours), data(x=theirs)).pairs["x"]
    assert not found.alike
    assert (found.reference_type, found.current_type) == (f"{ours} type", f"{theirs} type")


def test_current_text_is_read_as_the_reference_where_it_can_be():
    found = pair(data(x=NUMBER), data(rereads=True, x=TEXT)).pairs["x"]
    assert found.alike
    assert found.current.reading is NUMBER
    assert found.current_type == "text type"


def test_a_text_reference_is_read_as_the_current_data_only_when_those_cannot_be_read_otherwise():
    found = pair(data(rereads=True, x=NUMBER), data(x=TEXT)).pairs["x"]
    assert (found.reference.reading, found.current.reading) == (TEXT, TEXT)
    found = pair(data(rereads=True, x=NUMBER), data(rereads=True, x=TEXT)).pairs["x"]
    assert (found.reference.reading, found.current.reading) == (NUMBER, NUMBER)


def test_a_column_without_a_type_is_not_read_as_another():
    assert not pair(data(x=NOTHING), data(rereads=True, x=TEXT)).pairs["x"].alike


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "summary"),
    [
        ({"x": NUMBER}, {}, Verdict.GONE, "only in the reference"),
        ({}, {"x": NUMBER}, Verdict.NEW, "only in the current data"),
        ({"x": UNREADABLE}, {"x": UNREADABLE}, Verdict.NOT_COMPARED, "odd"),
        ({"x": UNREADABLE}, {"x": NUMBER}, Verdict.TYPE_CHANGED, "was unreadable type, is number type"),
        ({"x": NUMBER}, {"x": UNREADABLE}, Verdict.TYPE_CHANGED, "was number type, is unreadable type"),
    ],
)
def test_what_need_not_be_read_is_settled(ours, theirs, verdict, summary):
    finding = settled(data(**ours), data(**theirs))
    assert (finding.verdict, finding.summary) == (verdict, summary)


@pytest.mark.parametrize("role", ["time", "id", "version", "excluded"])
@pytest.mark.parametrize("theirs", [{"x": NUMBER}, {"x": UNREADABLE}, {}])
def test_columns_that_say_when_and_which_are_not_compared_whatever_becomes_of_them(role, theirs):
    assert settled(data(x=NUMBER), data(**theirs), x=role).verdict is Verdict.NOT_COMPARED


@pytest.mark.parametrize(("ours", "theirs"), [({"x": NUMBER}, {}), ({}, {"x": NUMBER})])
def test_outcomes_may_be_on_one_side_only(ours, theirs):
    assert settled(data(**ours), data(**theirs), x="outcome").verdict is Verdict.NOT_COMPARED


def test_outcomes_on_both_sides_are_compared():
    assert pair(data(x=NUMBER), data(x=NUMBER), x="outcome").pairs["x"].role is ColumnRole.OUTCOME


def test_pairs_keep_the_order_of_the_reference():
    assert list(pair(data(b=NUMBER, a=NUMBER), data(a=NUMBER, b=NUMBER)).pairs) == ["b", "a"]
