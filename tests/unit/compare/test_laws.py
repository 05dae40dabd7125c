"""Laws that hold for any data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seamark.compare import Verdict, compare

numbers = st.one_of(
    st.floats(),
    st.integers(-(10**20), 10**20),
    st.booleans(),
    st.none(),
    st.decimals(allow_nan=False, allow_infinity=False),
)
texts = st.one_of(st.text(max_size=5), st.none(), st.binary(max_size=3))
times = st.one_of(st.dates(), st.datetimes(), st.timedeltas(), st.none())
nested = st.one_of(st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2))
anything = st.one_of(numbers, texts, times, nested, st.complex_numbers())


@st.composite
def data_sets(draw, values=anything):
    """A dict of columns, each of values of one family or of all; few or many rows."""
    rows = draw(st.sampled_from([0, 1, 7, 60, 120]))
    names = draw(st.lists(st.text(min_size=1, max_size=6), unique=True, max_size=4))
    families = st.sampled_from([numbers, texts, times, nested, values])
    columns = {}
    for name in names:
        seen = draw(st.lists(draw(families), min_size=1, max_size=8))
        columns[name] = [seen[at % len(seen)] for at in range(rows)]
    return columns


thorough = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(reference=data_sets(), current=data_sets())
def test_any_data_get_a_report_in_every_form(reference, current):
    report = compare(reference, current)
    assert {column.name for column in report.columns} == {*reference, *current}
    assert isinstance(report.to_json(), str)
    assert "</html>" in report.to_html()
    assert len(report.to_frame("pandas")) == len(report.columns)
    assert str(report)


@thorough
@given(data=data_sets())
def test_nothing_drifts_from_itself(data):
    report = compare(data, data)
    assert report.ok
    assert not {Verdict.NEW, Verdict.TYPE_CHANGED} & {column.verdict for column in report.columns}
    for column in report.columns:
        for check in column.checks:
            assert check.effect == 0.0
            assert check.p > 0.5  # not always 1: the last digit of a distance of 0 may be off


def mixed_frame(seed, rows):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "n": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows)),
            "k": rng.poisson(3, rows),
            "t": rng.choice([None, "a", "b", *map(str, range(80))], rows),
            "d": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="h"),
            "b": rng.random(rows) < 0.2,
            "score": rng.beta(2, 3, rows),
        }
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shuffle=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed, shuffle):
    reference, current = mixed_frame(seed, 300), mixed_frame(seed + 1, 200)
    shuffled = (data.sample(frac=1, random_state=shuffle) for data in (reference, current))
    assert compare(*shuffled).to_dict() == compare(reference, current).to_dict()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_columns_does_not_matter(seed):
    reference, current = mixed_frame(seed, 300), mixed_frame(seed + 1, 200)
    turned = compare(reference[reference.columns[::-1]], current)
    assert turned.to_dict()["columns"] == compare(reference, current).to_dict()["columns"]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([0.001, 2.0, 1e6]), offset=st.sampled_from([0.0, 64.0]))
def test_the_unit_of_a_number_does_not_matter_to_its_distance(seed, factor, offset):
    rng = np.random.default_rng(seed)
    before, after = rng.normal(size=400), rng.normal(0.3, 1.0, 400)
    plain = compare({"x": before}, {"x": after})["x"].leading
    scaled = compare({"x": before * factor + offset}, {"x": after * factor + offset})["x"].leading
    assert scaled.effect == pytest.approx(plain.effect)
    assert scaled.p == pytest.approx(plain.p)


@pytest.mark.parametrize("shifts", [np.linspace(0.2, 2.0, 7)])
def test_a_larger_shift_has_a_larger_effect(shifts):
    values = np.random.default_rng(3).normal(size=4_000)
    effects = [compare({"x": values}, {"x": values + shift})["x"].leading.effect for shift in shifts]
    assert effects == sorted(effects)
