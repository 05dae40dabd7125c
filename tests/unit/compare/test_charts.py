"""Pictures show what was counted."""

import re

import numpy as np
import pytest

from seamark.compare import compare
from seamark.compare.evidence import Bars, Side
from seamark.compare.findings import Check, ColumnFinding, Verdict
from seamark.compare.page.charts import bullet, distribution, strip
from seamark.compare.roles import ColumnRole


def bars(reference, current, labels=None):
    count = len(reference)
    labels = labels or tuple(f"{at} to {at + 1}" for at in range(count))
    lows = np.arange(count, dtype=float)
    return Bars(labels, lows, lows + 1, np.array(reference), np.array(current))


def column(drawn, mean=None):
    side = Side(10, 0) if mean is None else Side(10, 0, mean=mean, sd=1.0)
    return ColumnFinding("x", ColumnRole.FEATURE, Verdict.DRIFTED, "", reference=side, current=side, bars=drawn)


def dot(name, effect, *, drifted):
    check = Check("distribution", "js", "JS", effect, effect, 0.05, 0.0, 0.0, drifted)
    verdict = Verdict.DRIFTED if drifted else Verdict.STABLE
    return ColumnFinding(name, ColumnRole.FEATURE, verdict, "", checks=(check,))


def numbers(pattern, text):
    return [float(found) for found in re.findall(pattern, text)]


def test_the_steps_of_a_histogram_are_as_high_as_the_shares():
    reference = [0, 10, 20, 10] + [0] * 20
    drawn = distribution(column(bars(reference, reference)), small=False)
    tops = numbers(r"V(\d+)h1", drawn.split('class="then"')[1])
    assert tops[:4] == [100, 51, 2, 51]
    assert len(tops) == 24


def test_both_sides_of_a_histogram_have_one_scale():
    drawn = distribution(column(bars([30] + [1] * 20, [5] * 21)), small=False)
    now, then = drawn.split('class="then"')
    assert min(numbers(r"V(\d+)h1", then)) == 2
    assert min(numbers(r"V(\d+)h1", now)) > 50


def test_means_are_lines_where_they_lie_and_not_in_small_pictures():
    found = column(bars([1] * 20, [1] * 20), mean=4.5)
    assert set(numbers(r'x1="([\d.]+)"', distribution(found, small=False))) == {4.5}
    assert "<line" not in distribution(found, small=True)


def test_a_mean_outside_of_the_picture_is_not_drawn():
    assert "<line" not in distribution(column(bars([1] * 20, [1] * 20), mean=400.0), small=False)


def test_few_bins_are_lines_with_their_names_and_shares():
    drawn = distribution(column(bars([75, 25], [50, 50], ("= yes", "= no"))), small=False)
    assert re.findall(r'class="label" title="(\w+)"', drawn) == ["yes", "no"]
    assert re.findall(r'class="share">([^<]+)', drawn) == ["75 % → 50 %", "25 % → 50 %"]


def test_of_many_categories_those_that_changed_most_are_among_the_lines():
    reference = [100 - at for at in range(12)]
    current = [*reference[:-1], 300]
    labels = tuple(f"k{at}" for at in range(12))
    drawn = distribution(column(bars(reference, current, labels)), small=False)
    shown = re.findall(r'class="label" title="(\w+)"', drawn)
    assert len(shown) == 7
    assert {"k0", "k11"} <= set(shown)


def test_a_column_without_bars_has_no_picture():
    assert distribution(column(Bars.none()), small=False) == ""


@pytest.mark.parametrize(("exceedance", "done"), [(0.0, 0.0), (1.0, 9.6), (5.0, 48.1), (400.0, 100.0)])
def test_bullets_of_all_columns_share_one_scale(exceedance, done):
    drawn = bullet(exceedance, 10.0)
    assert numbers(r"<b style=\"width:([\d.]+)%", drawn) == [done]
    assert numbers(r"<u style=\"left:([\d.]+)%", drawn) == [9.6]


def test_dots_stand_left_and_right_of_the_line_by_their_effect():
    drawn = strip([dot("calm", 0.01, drifted=False), dot("wild", 0.2, drifted=True)])
    (line,) = numbers(r'class="line" style="left:([\d.]+)', drawn)
    (calm,) = numbers(r'<i style="left:([\d.]+)', drawn)
    (wild,) = numbers(r'<i class="drifted" style="left:([\d.]+)', drawn)
    assert calm < line < wild <= 100


def test_dots_that_would_hide_each_other_stand_on_each_other():
    drawn = strip([dot(f"c{at}", 0.01, drifted=False) for at in range(5)])
    heights = numbers(r"bottom:(\d+)px", drawn)
    assert len(set(heights)) == 5


def test_a_single_column_needs_no_strip():
    assert strip([dot("x", 0.2, drifted=True)]) == ""


def test_only_drifted_dots_are_named_and_long_names_shortened():
    drawn = strip([dot("calm", 0.01, drifted=False), dot("a name of more than eighteen signs", 0.2, drifted=True)])
    assert re.findall(r'class="name"[^>]*>([^<]+)', drawn) == ["a name of more th…"]


def test_the_words_of_a_picture_say_the_means():
    rng = np.random.default_rng(0)
    report = compare({"x": rng.normal(5, 1, 500)}, {"x": rng.normal(7, 1, 500)})
    words = re.search(r'aria-label="([^"]+)"', distribution(report["x"], small=False))[1]
    assert re.fullmatch(r"Distribution of x: mean \d\.\d+ in the reference, \d\.\d+ in the current data", words)
