"""The exception tree is drawn where it is defined, and every branch says who has to act."""

import re

import pytest

from seamark import errors
from seamark.cli import main
from seamark.cli.command import WRONG_USAGE
from seamark.errors import (
    Corrupt,
    InvalidConfig,
    InvalidInput,
    Malformed,
    NotFound,
    Overloaded,
    SeamarkError,
    TooLarge,
    Unavailable,
)
from seamark.server.problems import problem_of

KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}


def made(kind):
    return kind("No.", retry_after_seconds=1) if kind is Overloaded else kind("No.")


def depth(kind):
    return len([base for base in kind.__mro__ if issubclass(base, SeamarkError)]) - 1


def test_every_error_is_drawn_in_the_tree_and_nothing_else_is():
    drawn = re.findall(r"── (\w+)", errors.__doc__)
    assert sorted(drawn) == sorted(set(KINDS) - {"SeamarkError"})


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"SeamarkError"}))
def test_the_drawn_status_is_the_one_that_is_sent(name):
    line = next(line for line in errors.__doc__.splitlines() if re.search(rf"─ {name}\b", line))
    drawn = re.search(r"HTTP (\d+)", line)
    if drawn:
        assert problem_of(made(KINDS[name])).status == int(drawn[1])


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"SeamarkError"}))
def test_the_drawing_indents_an_error_as_deep_as_it_is(name):
    line = next(line for line in errors.__doc__.splitlines() if re.search(rf"─ {name}\b", line))
    assert line.index("── ") // 4 == depth(KINDS[name])


@pytest.mark.parametrize("kind", KINDS.values())
def test_every_error_carries_its_sentence(kind):
    error = made(kind)
    assert error.message == str(error) == "No."
    assert isinstance(error, SeamarkError)


def test_the_callers_faults_say_where_they_are():
    error = InvalidInput("No.", field="time", row=3, value="x", accepted="a time")
    assert (error.field, error.row, error.value, error.accepted) == ("time", 3, "x", "a time")
    bare = Malformed("No.")
    assert (bare.field, bare.row, bare.value, bare.accepted) == (None, None, None, None)


@pytest.mark.parametrize("kind", [Malformed, TooLarge, InvalidConfig])
def test_what_is_wrong_with_input_is_caught_as_such(kind):
    with pytest.raises(InvalidInput):
        raise kind("No.")


def test_a_full_queue_is_a_kind_of_being_away_and_says_for_how_long():
    error = Overloaded("Full.", retry_after_seconds=7)
    assert isinstance(error, Unavailable)
    assert error.retry_after_seconds == 7


@pytest.mark.parametrize("kind", [InvalidInput, NotFound, Unavailable, Corrupt])
def test_a_command_that_fails_on_purpose_says_one_sentence_and_exits_alike(kind, monkeypatch, capsys):
    def fail(_name):
        raise kind("This is the sentence.")

    monkeypatch.setattr("seamark.cli.load", fail)
    assert main(["compare"]) == WRONG_USAGE
    assert capsys.readouterr() == ("", "seamark: This is the sentence.\n")
