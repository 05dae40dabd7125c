"""The kernel is `np.searchsorted(edges, values, side="right")`, bit for bit, whatever the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seamark.stats.grid import Grid, build_grid

ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True, width=64)
BELOW_LARGEST = np.nextafter(np.finfo(float).max, 0)
FINITE = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=True, width=64)


def by_definition(edges, values):
    expected = np.searchsorted(edges, values, side="right")
    expected[np.isnan(values)] = len(edges) + 1
    return expected


def neighbourhood(edges):
    """Every edge, the floats next to it, and the values that break kernels."""
    special = [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1e308, -1e308, np.inf, -np.inf, np.nan, 1.0, -1.0]
    with np.errstate(over="ignore"):
        return np.concatenate([edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), special])


def assert_equals_searchsorted(edges, values):
    edges = np.unique(np.asarray(edges, dtype=np.float64) + 0.0)
    values = np.concatenate([np.asarray(values, dtype=np.float64), neighbourhood(edges)])
    assert np.array_equal(build_grid(edges).index(values), by_definition(edges, values))


@settings(max_examples=300)
@given(st.lists(FINITE, max_size=40), hnp.arrays(np.float64, st.integers(0, 60), elements=ANY_FLOAT))
def test_equals_searchsorted_for_any_edges_and_values(edges, values):
    assert_equals_searchsorted(edges, values)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(FINITE, st.integers(1, 4)), min_size=1, max_size=20),
    hnp.arrays(np.float64, 30, elements=ANY_FLOAT),
)
def test_equals_searchsorted_when_edges_are_neighbouring_floats(clusters, values):
    edges = []
    for start, length in clusters:
        edge = start
        for _ in range(length):
            edges.append(edge)
            edge = min(np.nextafter(min(edge, BELOW_LARGEST), np.inf), np.finfo(float).max)
    assert_equals_searchsorted(edges, values)


@settings(max_examples=100)
@given(
    st.sampled_from(["normal", "lognormal", "pareto", "cauchy", "integers", "sentinel", "timestamps", "tiny"]),
    st.integers(1, 300),
    st.integers(0, 2**32 - 1),
)
def test_equals_searchsorted_on_the_shapes_that_data_have(shape, count, seed):
    random = np.random.default_rng(seed)
    draw = {
        "normal": lambda n: random.normal(size=n),
        "lognormal": lambda n: random.lognormal(0, 3, n),
        "pareto": lambda n: random.pareto(0.3, n),
        "cauchy": random.standard_cauchy,
        "integers": lambda n: random.integers(-50, 1000, n).astype(float),
        "sentinel": lambda n: np.where(random.random(n) < 0.2, -999.0, random.normal(0, 1e-9, n)),
        "timestamps": lambda n: np.where(random.random(n) < 0.1, 0.0, 1.7e9 + random.normal(0, 1e3, n)),
        "tiny": lambda n: random.normal(size=n) * 1e-310,
    }[shape]
    assert_equals_searchsorted(draw(count), draw(2000))


@pytest.mark.parametrize("rows", [0, 1, 8191, 8192, 8193, 20_000])
def test_chunk_borders_lose_nothing(rows):
    random = np.random.default_rng(rows)
    edges, values = np.sort(random.normal(size=21)), random.normal(size=rows)
    values[::7] = np.nan
    assert np.array_equal(build_grid(edges).index(values), by_definition(edges, values))


def test_no_edges_put_everything_into_one_bin():
    assert build_grid(np.empty(0)).index(np.array([-np.inf, 0.0, np.nan, np.inf])).tolist() == [0, 0, 1, 0]


def test_an_infinite_last_edge_holds_only_infinity():
    grid = build_grid(np.array([0.0, np.inf]))
    assert grid.index(np.array([-1.0, 0.0, 1e308, np.inf, np.nan])).tolist() == [0, 1, 1, 2, 3]


@pytest.mark.parametrize(("edges", "dtype"), [(254, np.uint8), (255, np.uint16), (1000, np.uint16)])
def test_the_index_type_is_the_smallest_that_also_holds_missing(edges, dtype):
    index = build_grid(np.arange(edges, dtype=float)).index(np.array([np.nan, 1e9]))
    assert index.dtype == dtype
    assert index.tolist() == [edges + 1, edges]


def test_edges_that_defeat_every_grid_fall_back_to_the_tree():
    clusters = [base * (1 + np.arange(40) * 2.0**-52) for base in (1e-300, 1.0, 1e300)]
    edges = np.unique(np.concatenate([*clusters, *(-cluster for cluster in clusters)]))
    grid = build_grid(edges)
    assert grid.cell_of is None
    assert_equals_searchsorted(edges, np.random.default_rng(0).normal(size=100))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e9])
@pytest.mark.parametrize("bins", [20, 100])
@pytest.mark.parametrize("shape", ["normal", "lognormal", "pareto", "cauchy"])
def test_quantile_edges_of_common_shapes_need_at_most_two_comparisons(shape, bins, scale):
    # What the speed of the kernel rests on; the benchmark shows the nanoseconds.
    random = np.random.default_rng(0)
    values = {
        "normal": random.normal(size=20_000),
        "lognormal": random.lognormal(0, 2, 20_000),
        "pareto": random.pareto(0.7, 20_000) + 1,
        "cauchy": random.standard_cauchy(20_000),
    }[shape] * scale
    grid = build_grid(np.unique(np.quantile(values, np.linspace(0, 1, bins + 1))))
    assert isinstance(grid, Grid)
    assert grid.cell_of is not None
    assert grid.depth <= 2


def test_the_atom_at_zero_is_not_compared_with_a_denormal():
    # Ten times slower on common processors; the benchmark found it.
    grid = build_grid(np.array([0.0, 5e-324, 0.5, 2.0]))
    assert not (np.abs(grid.reached[grid.reached != 0]) < np.finfo(float).tiny).any()
    assert grid.passed[grid.passed == 0].size == 1
    assert grid.index(np.array([-5e-324, -0.0, 0.0, 5e-324, 0.5])).tolist() == [0, 1, 1, 2, 3]
