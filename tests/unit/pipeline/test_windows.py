"""Windows that were counted before are kept as they were, in less room."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seamark.pipeline.windows import _packed, _unpacked

CELLS = st.floats(width=32) | st.integers(0, 70_000).map(float)


@given(arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 5)), elements=CELLS))
def test_packed_cells_are_the_same_to_the_last_bit(cells):
    packed = [_packed(cells[:, place]) for place in range(cells.shape[1])]
    assert np.array_equal(_unpacked(packed).view(np.uint32), cells.view(np.uint32))


def test_cells_of_few_rows_take_a_sixth_of_their_bytes():
    counts = np.random.default_rng(0).poisson(1.0, 6_000).astype(np.float32)
    assert len(_packed(counts)) < counts.nbytes / 6
