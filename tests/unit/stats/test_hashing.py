"""The string hash: stored in files, so it must never change."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.stats.hashing import hash_strings, hash_text, hash_texts

MASK = (1 << 64) - 1


def hash_by_definition(text: str) -> int:
    """The module docstring, written down with Python's integers."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > 256:
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
    h = (len(data) + 1) * 0x9E3779B97F4A7C15 & MASK
    for at in range(0, max(len(data), 1), 8):
        word = data[at : at + 8].rjust(8, b"\0")
        h = (h ^ int.from_bytes(word, "little")) * 0xBF58476D1CE4E5B9 & MASK
        h ^= h >> 32
        h = h * 0x94D049BB133111EB & MASK
        h ^= h >> 29
    return h


def arrow_buffers(texts, dtype=np.int32):
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)]).astype(dtype)
    return offsets, np.frombuffer(b"".join(encoded), dtype=np.uint8)


@pytest.mark.parametrize(
    ("text", "golden"),
    [
        ("", 0xC1B2082C8C7144B7),
        ("a", 0x5E5333A8E25B9696),
        ("FR", 0x8F92738AF90B1A1A),
        ("12345678", 0x7E740A2F24011950),
        ("123456789", 0x076D75525B62EEF4),
        ("Seamark watches models.", 0x284E2AAA6AE0B820),
        ("Größe 东京 🚢", 0xA02930181562BAA0),
        ("x" * 256, 0x8416E898579B5000),
        ("x" * 257, 0x76C3513E21D32A54),
    ],
)
def test_golden_hashes_never_change(text, golden):
    assert hash_text(text) == golden


@given(st.lists(st.text(st.characters(codec=None), max_size=40), max_size=30))
def test_hash_is_the_one_defined_in_the_docstring(texts):
    assert hash_texts(texts).tolist() == [hash_by_definition(text) for text in texts]


@settings(max_examples=20)
@given(st.lists(st.sampled_from([0, 1, 7, 8, 9, 63, 64, 255, 256, 257, 5000]), min_size=1, max_size=12))
def test_long_and_short_strings_mix_in_one_array(lengths):
    texts = ["ab" * (length // 2) + "c" * (length % 2) for length in lengths]
    assert hash_texts(texts).tolist() == [hash_by_definition(text) for text in texts]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_a_slice_of_an_arrow_array_hashes_like_its_strings(dtype):
    texts = ["alpha", "", "beta", "gamma-gamma-gamma", "δ"]
    offsets, data = arrow_buffers(texts, dtype)
    whole = hash_strings(offsets, data)
    assert hash_strings(offsets[2:], data).tolist() == whole[2:].tolist()
    assert hash_strings(offsets[1:4], data).tolist() == whole[1:3].tolist()


def test_what_stands_around_a_string_does_not_change_its_hash():
    alone = hash_text("abc")
    offsets, data = arrow_buffers(["xyz" * 5, "abc", "\xff" * 9])
    assert hash_strings(offsets, data)[1] == alone


def test_arrays_longer_than_a_chunk_hash_like_single_strings():
    texts = [str(number) for number in range(20_000)]
    hashes = hash_texts(texts)
    for at in (0, 8191, 8192, 16_384, 19_999):
        assert hashes[at] == hash_by_definition(texts[at])


@pytest.mark.parametrize("offsets", [[], [0], [5]])
def test_no_strings_give_no_hashes(offsets):
    assert hash_strings(np.array(offsets, dtype=np.int32), np.zeros(9, dtype=np.uint8)).shape == (0,)


def test_a_read_only_arrow_buffer_is_left_as_it_is():
    offsets, data = arrow_buffers(["one", "two"])
    assert not data.flags.writeable
    hash_strings(offsets, data)
    assert data.tobytes() == b"onetwo"


def test_many_different_strings_do_not_collide_and_fill_all_bits():
    hashes = hash_texts([f"user-{number}" for number in range(200_000)])
    assert len(np.unique(hashes)) == len(hashes)
    share_of_ones = np.unpackbits(hashes.view(np.uint8)).reshape(-1, 64).mean(axis=0)
    assert np.abs(share_of_ones - 0.5).max() < 0.01


def test_one_changed_bit_changes_half_of_the_hash():
    flips = []
    for length in (1, 8, 9, 17, 100):
        base = bytearray(b"q" * length)
        reference = hash_text(base.decode())
        for at in range(length):
            changed = bytearray(base)
            changed[at] ^= 1
            flips.append((reference ^ hash_text(changed.decode())).bit_count())
    assert 28 < np.mean(flips) < 36
    assert min(flips) > 10


def test_strings_that_differ_in_trailing_zeros_differ():
    assert len({hash_text("a" + "\0" * count) for count in range(20)}) == 20
