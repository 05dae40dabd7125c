"""The seven of the benchmark's drifted columns are found, and none of the others, at any size and seed tried.

A tenth of the benchmark's rows (see `benchmarks/compare/workload.py`, our own), and its smaller current sets.
"""

import numpy as np
import pyarrow as pa
import pytest

from seamark.compare import compare

DRIFTED = {"num_02", "num_13", "num_22", "num_31", "num_41", "cat_1", "cat_5"}
REFERENCE_ROWS = 50_000
CATEGORIES = (3, 5, 8, 12, 25, 50, 100, 300, 800, 2_000)


def numbers(rng, at, rows, *, drift):
    drift = drift and f"num_{at:02d}" in DRIFTED
    normal = rng.standard_normal(rows)
    if at < 20:
        values = 10 * at + (1 + at % 5) * (
            normal * (1.25 if drift and at == 13 else 1) + (0.25 if drift and at == 2 else 0)
        )
    elif at < 30:
        values = np.exp(3 + (0.5 + 0.1 * (at % 5)) * (normal + (0.20 if drift else 0)))
    elif at < 40:
        zeros = (0.67 if drift else 0.60) if at % 2 else 0.85
        values = np.where(rng.random(rows) < zeros, 0.0, rng.gamma(2.0, 50.0, rows))
    else:
        values = rng.poisson((5.5 if drift else 5) if at % 2 else 40, rows).astype(float)
    values[rng.random(rows) < 0.01] = np.nan
    return values


def words(rng, at, rows, *, drift):
    shares = 1.0 / np.arange(1, CATEGORIES[at] + 1) ** 1.1
    shares /= shares.sum()
    if drift and f"cat_{at}" in DRIFTED:
        shares *= 0.9
        shares[-1] += 0.10
    codes = rng.choice(len(shares), rows, p=shares).astype(np.int32)
    return pa.DictionaryArray.from_arrays(codes, [f"c{at}_{code:04d}" for code in range(len(shares))])


def data(seed, rows, *, drift):
    rng = np.random.default_rng(seed)
    columns = {f"num_{at:02d}": numbers(rng, at, rows, drift=drift) for at in range(50)}
    columns |= {f"cat_{at}": words(rng, at, rows, drift=drift) for at in range(10)}
    score = rng.beta(1.5, 4.0, rows)
    return pa.table(columns | {"score": score, "prediction": (score > 0.4).astype(np.int64)})


@pytest.fixture(scope="module", params=[11, 12])
def worlds(request):
    reference = data(request.param, REFERENCE_ROWS, drift=False)
    return reference, data(request.param + 100, 60_000, drift=True), data(request.param + 200, 60_000, drift=False)


@pytest.mark.parametrize("rows", [10_000, 60_000])
def test_all_that_drifted_is_found_and_nothing_else(worlds, rows):
    reference, current, _ = worlds
    assert set(compare(reference, current.slice(0, rows)).drifted) == DRIFTED


@pytest.mark.parametrize("rows", [50, 1_000, 10_000, 60_000])
def test_where_nothing_drifted_nothing_is_found(worlds, rows):
    reference, _, unchanged = worlds
    assert compare(reference, unchanged.slice(0, rows)).drifted == []


def test_few_rows_find_some_of_it_and_nothing_else(worlds):
    reference, current, _ = worlds
    found = set(compare(reference, current.slice(0, 1_000)).drifted)
    assert found <= DRIFTED
    assert {"cat_5", "num_02", "num_13"} <= found
