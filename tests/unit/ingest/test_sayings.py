"""What a person is answered is what stands in the log, and what the store knows once it was absorbed."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.stored import NOW_US

from seamark.clock import SECOND_US
from seamark.errors import InvalidInput, Overloaded
from seamark.ingest.sayings import Sayings
from seamark.profile.silences import acknowledge, silence
from seamark.records.answer import Answer, AnswerKind
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind, LoggedEntry
from seamark.records.silence import LABELS, MOST_MATCHERS, Matcher


class Log:
    """Appends to a list, at a moment of its own."""

    def __init__(self):
        self.entries = []
        self.full = False
        self.sayings = Sayings(self.append, lambda: NOW_US)

    async def append(self, entry):
        if self.full:
            raise Overloaded("The queue is full.", retry_after_seconds=1)
        self.entries.append(entry)
        return len(self.entries)

    def logged(self):
        return LoggedEntry(len(self.entries), self.entries[-1]), json.loads(self.entries[-1].payload)


@pytest.fixture
def log():
    return Log()


def add(log, **said):
    return asyncio.run(log.sayings.silence("shop", json.dumps(said).encode(), by="ana"))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
matchers = st.builds(Matcher, st.sampled_from(LABELS), st.sampled_from(["=", "!="]), texts)
patterns = st.builds(
    Matcher, st.sampled_from(LABELS), st.sampled_from(["=~", "!~"]), st.sampled_from(["a|b", ".*", "x\\.y", '"'])
)


@given(
    st.lists(matchers | patterns, min_size=1, max_size=MOST_MATCHERS),
    st.integers(1, 366 * 86_400),
    texts,
)
def test_a_silence_is_absorbed_as_it_was_answered_whatever_stands_in_it(wanted, seconds, comment):
    log = Log()
    told = add(log, matchers=list(map(str, wanted)), for_seconds=seconds, comment=comment)
    assert told.matchers == tuple(wanted)
    assert (told.from_us, told.to_us - told.from_us) == (NOW_US, seconds * SECOND_US)
    logged, action = log.logged()
    assert silence(SlowStep(0), logged, action).silences == (told,)


@given(texts)
def test_an_acknowledgement_is_absorbed_as_it_was_answered(comment):
    log = Log()
    body = json.dumps({"comment": comment}).encode()
    told = asyncio.run(log.sayings.acknowledge("shop", "inc_1", body, by="ana"))
    logged, action = log.logged()
    assert acknowledge(SlowStep(0), logged, action).acknowledgements == (told,)


def test_an_answer_to_several_alerts_is_one_entry_of_their_model(log):
    given_to = [
        Answer("", "shop", "fraud", f"alt_{n}", f"v1:{n}", AnswerKind.EXPECTED, "", "", "m", "feature.x", NOW_US, 0)
        for n in range(2)
    ]
    at_us, comment = asyncio.run(log.sayings.answer("shop", given_to, b'{"comment": "sale"}', by="ana"))
    logged, action = log.logged()
    assert (at_us, comment, len(log.entries)) == (NOW_US, "sale", 1)
    assert (logged.entry.kind, logged.entry.project, logged.entry.model) == (EntryKind.ACTION, "shop", "fraud")
    assert (action["kind"], action["by"], action["comment"]) == ("expected", "ana", "sale")
    assert [each["alert"] for each in action["alerts"]] == ["alt_0", "alt_1"]


def test_the_end_of_a_silence_says_which_and_who(log):
    assert asyncio.run(log.sayings.end_silence("shop", "sil_7", by="bob")) == NOW_US
    assert log.logged()[1] == {"action": "end_silence", "silence": "sil_7", "by": "bob"}


@pytest.mark.parametrize("pattern", ["(?=a)", "(?<!a)b", "(a)\\1", "(", "x" * 201])
def test_a_pattern_that_could_take_for_ever_or_is_none_is_never_logged(log, pattern):
    with pytest.raises(InvalidInput, match=r"matchers\[0\]"):
        add(log, matchers=[f'model=~"{pattern}"'.replace("\\", "\\\\")], for_seconds=60)
    assert log.entries == []


def test_what_the_log_could_not_take_is_not_said_to_be_done(log):
    log.full = True
    with pytest.raises(Overloaded):
        add(log, matchers=["model=fraud"], for_seconds=60)
