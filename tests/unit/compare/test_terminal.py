"""The table people read in a shell."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.compare import Rule, compare
from seamark.compare.terminal import _sparklines, colour, p_text, sparkline, table

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=300)
MANY = {f"column_{at:02d}": RNG.normal(size=300) for at in range(30)}


def findings(reference, current, **named):
    return compare(reference, current, **named).findings


def test_the_headline_counts_what_matters():
    found = findings({"a": VALUES, "b": VALUES, "c": VALUES}, {"a": VALUES + 1, "b": ["x"] * 300, "d": VALUES})
    assert table(found).splitlines()[0] == "1 of 4 columns drifted, 1 type changed, 1 gone, 1 new"


def test_roles_are_said_and_which_were_inferred():
    data = {"timestamp": list(range(300)), "score": VALUES, "x": VALUES}
    assert "score: score · time: timestamp (inferred from names)" in table(findings(data, data)) or (
        "time: timestamp · score: score (inferred from names)" in table(findings(data, data))
    )
    told = table(findings(data, data, time="timestamp"))
    assert "time: timestamp · score: score (the last inferred from its name)" in told


def test_no_line_is_wider_than_asked():
    found = findings({"x" * 50: VALUES, **MANY}, {"x" * 50: VALUES + 1, **MANY})
    assert max(len(line) for line in table(found, width=80).splitlines()) <= 80


def test_only_the_stable_columns_nearest_to_drift_are_listed():
    text = table(findings(MANY, MANY), stable=4)
    assert text.count("  stable") == 4
    assert text.endswith("… and 26 more stable")
    assert "more stable" not in table(findings(MANY, MANY), stable=30)


def test_colours_go_by_verdict_and_change_no_word():
    found = findings({"a": VALUES, "b": VALUES}, {"a": VALUES + 1, "b": VALUES})
    painted = table(found, width=200, paint=colour)
    assert "\x1b[31mdrifted" in painted
    plain = painted
    for code in ("31", "32", "2", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert [line.rstrip() for line in plain.splitlines()] == table(found, width=200).splitlines()


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "<1e-99"),
        (1e-200, "<1e-99"),
        (0.00012, "1.2e-04"),
        (0.0144, "0.014"),
        (0.04999, "0.050"),
        (0.5, "0.50"),
        (1.0, "1.0"),
    ],
)
def test_p_values_have_two_digits(p, text):
    assert p_text(p) == text


def test_an_effect_is_named_as_people_name_it_and_stands_in_the_digits_of_its_threshold():
    holes = np.where(np.arange(300) % 2, np.nan, VALUES)
    text = table(findings({"a": VALUES, "b": VALUES}, {"a": VALUES + 1, "b": holes}), width=200)
    assert "jensen_shannon" not in text
    assert re.search(r"^a +drifted +0\.\d{3} JS distance +0\.050 ", text, re.MULTILINE)
    assert re.search(r"^b +drifted +0\.500 missing +0\.020 ", text, re.MULTILINE)


@pytest.mark.parametrize(("said", "shown"), [(0.1, "0.100"), (0.0005, "0.0005"), (0.00001, "1e-05"), (0.0, "0.000")])
def test_a_threshold_is_never_shown_as_another(said, shown):
    found = findings({"a": VALUES}, {"a": VALUES + 1}, rule=Rule(smallest_distance=said))
    assert f" JS distance  {shown} " in table(found, width=200)


@given(p=st.floats(0.0, 1.0))
def test_any_p_value_can_be_read_back_to_two_digits(p):
    assert float(p_text(p).removeprefix("<")) == pytest.approx(max(p, 1e-99), rel=0.05)


def test_a_sparkline_has_the_shape_of_the_counts():
    assert sparkline(np.array([1, 2, 4, 8]), 8 / 15) == "▁▂▄█"
    assert sparkline(np.array([0, 5]), 1.0) == " █"
    assert sparkline(np.array([], dtype=np.int64), 1.0) == ""


def test_a_sparkline_of_many_even_bins_is_even():
    assert set(sparkline(np.full(48, 10), 1 / 12)) == {"█"}


def pictures(reference, current):
    """The two sparklines of a column, as the terminal draws them."""
    (column,) = findings({"x": reference}, {"x": current}).columns
    return _sparklines(column)


def spread(line):
    """Between the lowest and the tallest block."""
    heights = ["▁▂▃▄▅▆▇█".find(block) for block in line]
    return max(heights) - min(heights)


SKEWED = {
    "lognormal": lambda rng, by: rng.lognormal(3 + by, 2.5, 40_000),
    "pareto": lambda rng, by: rng.pareto(0.5, 40_000) * np.exp(2 * by),
    "most in one value": lambda rng, by: np.where(rng.random(40_000) < 0.9, 0, rng.lognormal(by, 1, 40_000)),
}


@pytest.mark.parametrize("name", SKEWED)
def test_a_shift_of_a_very_skewed_column_can_be_seen(name):
    rng = np.random.default_rng(7)
    before, after = pictures(SKEWED[name](rng, 0.0), SKEWED[name](rng, 1.0))
    assert len(before) == len(after) >= 10
    level, slope = (before[1:], after[1:]) if name == "most in one value" else (before, after)
    assert spread(level) <= 1
    assert spread(slope) >= 3


@pytest.mark.parametrize("name", SKEWED)
def test_without_a_shift_a_skewed_column_looks_alike_on_both_sides(name):
    rng = np.random.default_rng(8)
    before, after = pictures(SKEWED[name](rng, 0.0), SKEWED[name](rng, 0.0))
    blocks = "▁▂▃▄▅▆▇█"
    assert max(abs(blocks.find(a) - blocks.find(b)) for a, b in zip(before, after, strict=True)) <= 1


def test_a_column_that_is_not_skewed_keeps_its_shape():
    rng = np.random.default_rng(9)
    before, after = pictures(rng.normal(0, 1, 40_000), rng.normal(1, 1, 40_000))
    assert before.index("█") in range(2, 7)
    assert after.index("█") > before.index("█")
    assert before[0] == after[0] == "▁"


def test_a_column_of_few_values_shows_them_as_they_are_however_uneven():
    before, after = pictures([0] * 950 + [1] * 50, [0] * 900 + [1] * 100)
    assert before == after == "█▁"


def test_words_are_drawn_by_their_shares_however_uneven():
    words = [f"w{at}" for at in range(20) for _ in range(5)]
    before, _ = pictures(["usual"] * 900 + words, ["usual"] * 900 + words)
    assert before[0] == "█"
    assert set(before[1:]) == {"▁"}


@given(counts=st.lists(st.integers(0, 1000), min_size=1, max_size=60), most=st.floats(0.01, 1))
def test_a_sparkline_is_short_and_blank_exactly_where_nothing_is(counts, most):
    drawn = sparkline(np.array(counts), most)
    together = -(-len(counts) // 12)
    groups = [sum(counts[at : at + together]) for at in range(0, len(counts), together)]
    assert [block != " " for block in drawn] == ([share > 0 for share in groups] if sum(counts) else [])
    assert len(drawn) <= 12
