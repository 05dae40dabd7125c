"""A silence as people send it."""

import json

import pytest

from seamark.clock import DAY_US, HOUR_US, SECOND_US, from_iso
from seamark.errors import InvalidInput
from seamark.wire.sayings import silence

NOW_US = from_iso("2026-11-25T12:00:00Z")


def read(**fields):
    said = {"matchers": ["model=fraud"], "for_seconds": 60, **fields}
    body = {name: value for name, value in said.items() if value is not None}
    return silence(json.dumps(body).encode(), "shop", "ana", NOW_US)


def test_a_silence_begins_now_unless_it_says_when():
    found = read(comment=" a test ")
    assert (found.from_us, found.to_us) == (NOW_US, NOW_US + 60 * SECOND_US)
    assert (found.project, found.by, found.comment, str(found.matchers[0])) == (
        "shop",
        "ana",
        "a test",
        'model="fraud"',
    )
    later = read(**{"from": "2026-11-26T12:00:00Z", "to": "2026-11-26T15:00:00+01:00", "for_seconds": None})
    assert (later.from_us, later.to_us) == (NOW_US + DAY_US, NOW_US + DAY_US + 2 * HOUR_US)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"for_seconds": None}, "needs either to or for_seconds"),
        ({"to": "2026-11-26T00:00:00Z"}, "needs either to or for_seconds"),
        ({"for_seconds": 0}, "must end at a time after now and after from"),
        ({"for_seconds": 367 * 86_400}, "at most 366 days later"),
        ({"for_seconds": 10**15}, "at most 366 days later"),
        ({"for_seconds": None, "to": "2026-11-25T11:00:00Z"}, "not 2026-11-25T11:00:00Z"),
        ({"for_seconds": None, "to": "tomorrow"}, "to: 'tomorrow' is not a time"),
        ({"matchers": []}, "matchers must be a list of 1 to 20 matchers"),
        ({"matchers": ["model fraud"]}, r"matchers\[0\]: 'model fraud' is no matcher"),
        ({"comment": "x" * 2_001}, "comment must have at most 2,000 characters"),
        ({"author": "me"}, "author"),
    ],
)
def test_what_is_no_silence_is_refused_in_a_sentence(wrong, words):
    with pytest.raises(InvalidInput, match=words):
        read(**wrong)
