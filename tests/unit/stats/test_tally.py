"""Sparse vectors as bytes come back as they were, and nothing else is taken for one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from seamark.errors import Corrupt
from seamark.stats import tally

CARD = b"12345678"
numbers = st.one_of(st.just(0), st.just(0), st.integers(-3, 300), st.integers(-(2**63), 2**63 - 1))
matrices = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7), elements=numbers)


@given(matrices)
def test_vectors_come_back_as_they_were(vectors):
    payloads = tally.encode(vectors, CARD)
    assert np.array_equal(tally.decode(payloads, CARD, vectors.shape[1]), vectors)


@given(matrices)
def test_a_vector_has_the_same_bytes_alone_and_among_others(vectors):
    assert tally.encode(vectors, CARD) == [tally.encode(vector[None], CARD)[0] for vector in vectors]


def test_of_no_vectors_there_are_no_bytes():
    assert tally.encode(np.zeros((0, 5), np.int64), CARD) == []
    assert tally.decode([], CARD, 5).shape == (0, 5)


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda payload: payload[:-1],
        lambda payload: payload + b"\x01",
        lambda payload: payload + b"\x80",
        lambda payload: b"X" + payload[1:],
        lambda payload: payload[:5],
        lambda payload: payload.replace(CARD, b"87654321"),
    ],
)
def test_torn_bytes_are_refused(spoilt):
    [payload] = tally.encode(np.array([[0, 3, 0, 700]]), CARD)
    with pytest.raises(Corrupt):
        tally.decode([payload, spoilt(payload)], CARD, 4)


def test_a_vector_of_another_width_is_refused():
    payloads = tally.encode(np.array([[0, 3, 0, 700]]), CARD)
    with pytest.raises(Corrupt, match="past its 3"):
        tally.decode(payloads, CARD, 3)
