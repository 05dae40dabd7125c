"""One of a thing is singular, any other number of it plural, and no sentence of the product is written otherwise."""

import doctest
import re

import pytest
from tests.architecture.house import modules

from seamark.records import wording
from seamark.records.wording import counted

NOUNS = "batch|column|entry|entries|feature|file|outcome|package|prediction|row|value"
BY_HAND = re.compile(rf"\{{[^{{}}]*\}} (?:{NOUNS})(?:s|es)?\b")


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 rows"), (1, "1 row"), (1.0, "1 row"), (2, "2 rows"), (12_000, "12,000 rows")]
)
def test_one_is_singular_and_all_else_plural(number, text):
    assert counted(number, "row") == text


def test_a_plural_that_is_no_s_can_be_said():
    assert counted(1, "batch", "batches") == "1 batch"
    assert counted(2, "batch", "batches") == "2 batches"


def test_a_number_that_rounds_to_one_reads_as_one():
    assert counted(1.4, "row") == "1 row"
    assert counted(0.6, "row") == "1 row"
    assert counted(1.6, "row") == "2 rows"


def test_the_example_is_true():
    assert doctest.testmod(wording).failed == 0


@pytest.mark.parametrize("room", ["cli", "compare", "server"])
def test_no_sentence_of_a_door_writes_its_plurals_by_hand(room):
    found = [
        f"{module.name}: {match}"
        for module in modules().values()
        if module.room == room
        for match in BY_HAND.findall(module.text)
    ]
    assert found == []
