"""Matchers are read as they are written, and fit what they say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import InvalidInput
from seamark.notify.matching import all_fit, fits, some_fit
from seamark.records.silence import Matcher, labels_text, matchers_of, parse_matcher

texts = st.text(max_size=12)
labels = st.dictionaries(st.sampled_from(["model", "layer", "component"]), texts)


@given(st.sampled_from(["model", "a_b", "k8s.pod"]), st.sampled_from(["=", "!="]), texts)
def test_a_matcher_reads_as_it_is_written(label, operator, value):
    matcher = Matcher(label, operator, value.replace("\n", " "))
    assert parse_matcher(str(matcher)) == matcher


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("model=fraud", Matcher("model", "=", "fraud")),
        (' model != "a b" ', Matcher("model", "!=", "a b")),
        ("layer=~data|model", Matcher("layer", "=~", "data|model")),
        ('component!~"service/.*"', Matcher("component", "!~", "service/.*")),
        ('model=""', Matcher("model", "=", "")),
        ("component=service/check out", Matcher("component", "=", "service/check out")),
    ],
)
def test_quotes_may_be_left_out(text, matcher):
    assert parse_matcher(text) == matcher


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model", "'model' is no matcher; write label=\"value\""),
        ("=fraud", "is no matcher"),
        ("1model=x", "is no matcher"),
        ('model="x', "is no matcher"),
        ("model=~(", "is no regular expression"),
        ("model=~(?=x)y", "looks around or back"),
        (r"model=~(a)\1", "looks around or back"),
        ("model=~" + "a" * 201, "A pattern of 201 characters is too long; 200 are accepted"),
    ],
)
def test_what_is_no_matcher_is_refused_in_a_sentence(text, words):
    with pytest.raises(InvalidInput, match=re.escape(words)):
        parse_matcher(text)


@pytest.mark.parametrize(
    ("texts", "field"), [([], "m"), ("model=x", "m"), (["a=b"] * 21, "m"), (["a=b", 3], "m[1]"), (None, "m")]
)
def test_a_list_of_matchers_names_the_one_that_is_wrong(texts, field):
    with pytest.raises(InvalidInput) as refused:
        matchers_of(texts, "m")
    assert refused.value.field == field


@given(labels, st.sampled_from(["model", "layer"]), texts)
def test_a_matcher_and_its_opposite_never_agree(known, label, value):
    assert fits(known, [Matcher(label, "=", value)]) is not fits(known, [Matcher(label, "!=", value)])
    pattern = re.escape(value).replace("\\\n", "\n")
    assert fits(known, [Matcher(label, "=~", pattern)]) is not fits(known, [Matcher(label, "!~", pattern)])


def test_a_pattern_is_about_the_whole_value_and_an_absent_label_is_empty():
    assert fits({"model": "fraud"}, [Matcher("model", "=~", "fr.*")])
    assert not fits({"model": "fraud"}, [Matcher("model", "=~", "fr")])
    assert fits({}, [Matcher("model", "=~", ".*")])
    assert fits({}, [Matcher("model", "=", "")])
    assert not fits({"model": "a\nb"}, [Matcher("model", "=~", "a")])


def test_a_pattern_that_takes_others_for_ever_takes_this_no_time():
    assert not fits({"model": "a" * 5_000 + "!"}, [Matcher("model", "=~", "(a+)+")])


@given(st.lists(labels, max_size=4), texts)
def test_all_fit_where_there_are_any_and_no_single_one_does_not(alerts, value):
    matchers = [Matcher("model", "=", value)]
    assert some_fit(alerts, matchers) is any(fits(each, matchers) for each in alerts)
    assert all_fit(alerts, matchers) is (bool(alerts) and not some_fit(alerts, [Matcher("model", "!=", value)]))


def test_labels_are_said_on_one_line():
    assert labels_text({"model": "fraud", "segment": "", "layer": "data"}) == "model=fraud, layer=data"
