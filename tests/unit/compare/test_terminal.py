"""The table people read in a shell."""

import numpy as np
import pytest

from seamark.compare import compare
from seamark.compare.terminal import colour, p_text, sparkline, table

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
    ("p", "text"), [(0.0, "<1e-99"), (1e-200, "<1e-99"), (0.00012, "1e-04"), (0.04999, "0.05"), (1.0, "1")]
)
def test_p_values_are_short(p, text):
    assert p_text(p) == text


def test_a_sparkline_has_the_shape_of_the_counts():
    assert sparkline(np.array([1, 2, 4, 8]), 8 / 15) == "▁▂▄█"
    assert sparkline(np.array([0, 5]), 1.0) == " █"
    assert sparkline(np.array([], dtype=np.int64), 1.0) == ""


def test_a_sparkline_of_many_even_bins_is_even():
    assert set(sparkline(np.full(48, 10), 1 / 12)) == {"█"}
