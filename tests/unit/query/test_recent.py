"""What was unpacked lately is handed out again, within bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import Corrupt
from seamark.query.recent import Recent
from seamark.stats import columns

BLOCK_BYTES = 80


def block(number: int) -> bytes:
    return columns.pack({"value": np.full(BLOCK_BYTES // 8, float(number))})


@given(st.lists(st.integers(0, 9), max_size=60))
def test_every_answer_is_that_of_unpacking_and_never_more_is_kept_than_allowed(asked):
    recent = Recent(most_bytes=3 * BLOCK_BYTES)
    for number in asked:
        assert recent.unpacked(block(number))["value"].tolist() == [number] * (BLOCK_BYTES // 8)
        assert len(recent) <= 3


def test_what_was_asked_for_again_outlives_what_was_not():
    recent = Recent(most_bytes=2 * BLOCK_BYTES)
    first = recent.unpacked(block(1))
    recent.unpacked(block(2))
    assert recent.unpacked(block(1)) is first
    recent.unpacked(block(3))
    assert recent.unpacked(block(1)) is first


def test_a_block_that_is_larger_than_everything_allowed_is_answered_and_forgotten():
    recent = Recent(most_bytes=BLOCK_BYTES - 1)
    assert len(recent.unpacked(block(1))["value"]) == BLOCK_BYTES // 8
    assert len(recent) == 0


def test_what_is_no_block_is_refused_and_not_remembered():
    recent = Recent()
    with pytest.raises(Corrupt):
        recent.unpacked(b"nothing of that kind")
    assert len(recent) == 0
