"""Thresholds as owners write them: read exactly, or refused with what could have been written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.detect.options import RATIO_STATISTICS, Threshold, parse_threshold
from seamark.errors import InvalidInput
from seamark.stats.distance import distances

KNOWN = sorted({*distances(), *RATIO_STATISTICS})
spaces = st.text(" \t", max_size=3)


@given(st.sampled_from(KNOWN), st.floats(1e-9, 1e9), spaces, spaces)
def test_any_statistic_and_number_above_0_is_a_threshold(statistic, fire, before, after):
    assert parse_threshold(f"{before}{statistic}{after}>{before}{fire!r}{after}") == Threshold(statistic, fire)


@pytest.mark.parametrize(
    ("text", "fire"), [("psi > 0.2", 0.2), ("psi>2", 2.0), ("psi > 1e-3", 0.001), ("psi > .5", 0.5)]
)
def test_numbers_are_read_as_people_write_them(text, fire):
    assert parse_threshold(text) == Threshold("psi", fire)


@pytest.mark.parametrize(
    "text", ["", "psi", "psi >", "> 0.2", "psi < 0.2", "psi >= 0.2", "psi > 0,2", "0.2", "psi > x"]
)
def test_what_is_no_threshold_is_refused_with_an_example(text):
    with pytest.raises(
        InvalidInput, match=r"is not a threshold; write STATISTIC > NUMBER, like psi > 0\.2\."
    ) as refused:
        parse_threshold(text)
    assert refused.value.value == text


@pytest.mark.parametrize("text", ["psl > 0.2", "PSI > 0.2", "jensen-shannon > 0.1"])
def test_an_unknown_statistic_is_refused_with_all_that_exist(text):
    with pytest.raises(InvalidInput) as refused:
        parse_threshold(text)
    assert all(name in refused.value.message for name in KNOWN)


@pytest.mark.parametrize("text", ["psi > 0", "psi > -1", "psi > 1e999", "psi > 0.0"])
def test_a_threshold_that_nothing_or_everything_passes_is_refused(text):
    with pytest.raises(InvalidInput, match="must be above 0"):
        parse_threshold(text)


@pytest.mark.parametrize("number", ["1.2.3", "--1", "e", "1e", "+-2", "."])
def test_what_only_looks_like_a_number_is_refused_as_one(number):
    with pytest.raises(InvalidInput, match="is not a number"):
        parse_threshold(f"psi > {number}")


@given(st.text(max_size=20))
def test_any_text_is_a_threshold_or_a_sentence(text):
    try:
        found = parse_threshold(text)
    except InvalidInput as refused:
        found = refused
    assert isinstance(found, Threshold) or found.message.endswith(".")
