"""An embedding's series: exact in any order and batch, sensitive to what moves vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seamark.errors import InvalidInput
from seamark.stats.embedding import EMBEDDING_SERIES, MAX_DIMENSIONS, PROJECTIONS, Embedding, _signs, learn_embedding

NORM, DISTANCE = EMBEDDING_SERIES.index("norm"), EMBEDDING_SERIES.index("distance")
FROZEN = [
    [1, 1, -1, -1, 1, -1, 1, 1],
    [-1, -1, 1, 1, -1, -1, -1, 1],
    [-1, -1, -1, 1, 1, -1, -1, 1],
    [1, -1, 1, -1, -1, -1, -1, 1],
]
FLOATS = st.floats(allow_nan=False, width=64)


@given(arrays(np.float64, st.tuples(st.integers(2, 30), st.integers(1, 40)), elements=FLOATS), st.randoms())
def test_any_order_and_any_batches_give_the_same_bits(vectors, random):
    ruler = learn_embedding(vectors[: len(vectors) // 2 + 1])
    whole = ruler.measure(vectors)
    order = random.sample(range(len(vectors)), len(vectors))
    cut = random.randrange(len(vectors))
    assert np.array_equal(ruler.measure(vectors[order]), whole[order])
    assert np.array_equal(np.concatenate([ruler.measure(vectors[:cut]), ruler.measure(vectors[cut:])]), whole)
    assert np.isfinite(whole).all()


@given(arrays(np.float64, (5, 8), elements=st.floats(-10, 10)))
def test_sums_are_those_of_exact_integers(vectors):
    ruler = Embedding(np.zeros(8), np.ones(8), 1.0)
    whole = [[int(np.rint(np.clip(value, -8, 8) * 256)) for value in row] for row in vectors.tolist()]
    signs = _signs(8).astype(int).T.tolist()
    sums = [[sum(s * v for s, v in zip(sign, row, strict=True)) for sign in signs] for row in whole]
    assert np.array_equal(ruler.measure(vectors)[:, 2:], np.array(sums) / (256 * np.sqrt(8)))


def test_the_most_dimensions_are_still_exact():
    worst = np.full((1, MAX_DIMENSIONS), 9.0)
    ruler = Embedding(np.zeros(MAX_DIMENSIONS), np.ones(MAX_DIMENSIONS), 1.0)
    by_hand = (_signs(MAX_DIMENSIONS).astype(np.int64).sum(axis=0) * 2048) / (256 * np.sqrt(MAX_DIMENSIONS))
    assert np.array_equal(ruler.measure(worst)[0, 2:], by_hand)


def test_the_signs_never_change():
    assert _signs(4).astype(int)[:, :8].tolist() == FROZEN
    assert np.array_equal(_signs(4), _signs(9)[:4])
    agreement = _signs(2_000).T @ _signs(2_000) / 2_000
    assert np.abs(agreement - np.eye(PROJECTIONS)).max() < 0.1


def test_in_the_reference_every_series_has_its_unit():
    vectors = np.random.default_rng(0).normal(3, 2, (4_000, 64)) * np.geomspace(0.01, 100, 64)
    measured = learn_embedding(vectors).measure(vectors)
    assert measured[:, DISTANCE].mean() == pytest.approx(1, abs=0.02)
    assert measured[:, 2:].std(axis=0) == pytest.approx(np.ones(PROJECTIONS), abs=0.05)
    assert np.allclose(measured[:, NORM], np.linalg.norm(vectors, axis=1), rtol=2e-3, atol=0.2)


def test_vectors_of_one_length_have_one_norm_even_when_they_are_rounded():
    vectors = np.random.default_rng(1).normal(size=(500, 96))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ruler = learn_embedding(vectors)
    assert len(np.unique(ruler.measure(vectors.astype(np.float16).astype(np.float64))[:, NORM])) == 1


def test_infinities_are_clipped():
    vectors = np.random.default_rng(2).normal(size=(100, 8))
    ruler = learn_embedding(vectors)
    vectors[0, :2] = np.inf, -np.inf
    assert np.isfinite(ruler.measure(vectors)).all()


def test_a_coordinate_that_never_moved_is_no_division_by_zero():
    vectors = np.random.default_rng(3).normal(size=(100, 4))
    vectors[:, 2] = 5.0
    assert np.isfinite(learn_embedding(vectors).measure(vectors)).all()
    assert np.isfinite(learn_embedding(np.zeros((3, 2))).measure(np.ones((1, 2)))).all()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, MAX_DIMENSIONS + 1)])
def test_what_cannot_be_learned_from_says_what_can(shape):
    with pytest.raises(InvalidInput, match="1 to 8192"):
        learn_embedding(np.zeros(shape))


def test_a_ruler_fits_what_is_like_its_reference_and_not_another_models_vectors():
    rng = np.random.default_rng(4)
    ruler = learn_embedding(rng.normal(size=(500, 16)))
    assert ruler.fits(ruler.measure(rng.normal(0.2, 1.2, (500, 16))))
    assert not ruler.fits(ruler.measure(rng.normal(3, 1, (500, 16))))
    assert not ruler.fits(ruler.measure(rng.normal(0, 0.1, (500, 16))))
