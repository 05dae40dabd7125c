"""The table of qualities, in the terminal and on the page."""

import re

from seamark.compare.quality import Quality, QualityMetric
from seamark.compare.terminal import quality_lines, with_interval
from seamark.stats.intervals import Metric

GOOD = Metric(0.944, 0.9416, 0.9456, 50_000.0)
WORSE = Metric(0.9117, 0.908, 0.915, 25_000.0)
NOTE = "It cannot see concept drift: a change in what the same inputs lead to."


def lines(*metrics, note="", width=100):
    return quality_lines(Quality("binary", metrics, note), width)


def test_a_figure_is_shown_with_its_interval():
    assert with_interval(GOOD) == "0.944 (0.9416 to 0.9456)"
    assert with_interval(Metric(846.33, 841.24, 851.42, 60_000.0)) == "846.3 (841.2 to 851.4)"
    assert with_interval(None) == ""


def test_a_side_that_nothing_is_known_of_has_no_column():
    shown = lines(QualityMetric("accuracy", GOOD, None, WORSE))
    assert re.split(r"  +", shown[0].strip()) == ["quality", "reference", "estimated"]
    assert shown[1].split()[0] == "accuracy"
    assert "0.9117" in shown[1]


def test_a_metric_that_one_side_lacks_leaves_its_place_empty():
    shown = lines(QualityMetric("accuracy", GOOD, WORSE, WORSE), QualityMetric("calibration_error", GOOD, None, None))
    assert re.split(r"  +", shown[0].strip()) == ["quality", "reference", "current", "estimated"]
    assert shown[2].startswith("calibration error")
    assert shown[2].count("(") == 1
    assert len({len(line) for line in shown}) == 1


def test_the_caveat_is_wrapped_to_the_width():
    shown = lines(QualityMetric("accuracy", GOOD, None, WORSE), note=NOTE, width=40)
    assert " ".join(shown[2:]) == NOTE
    assert all(len(line) <= 40 for line in shown[2:])
    assert lines(QualityMetric("accuracy", GOOD, None, None)) == lines(
        QualityMetric("accuracy", GOOD, None, None), note=""
    )
