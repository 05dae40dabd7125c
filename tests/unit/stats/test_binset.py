"""A bin set survives storage bit for bit."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.errors import Corrupt, InvalidInput, NotFound
from seamark.stats import columns
from seamark.stats.binning import categorical_bins, numeric_bins
from seamark.stats.binset import BinSet, SignalBins, categorical_signal, numeric_signal
from seamark.stats.columns import pack
from seamark.stats.joint import JointProjections, joint_projections

RANDOM = np.random.default_rng(0)
AMOUNT = RANDOM.lognormal(3, 1, 2000)


def example():
    return BinSet(
        (
            numeric_signal("feature.amount", "feature", AMOUNT),
            categorical_signal("feature.country", "feature", categorical_bins([f"c{n}" for n in range(50)])),
            numeric_signal("score", "score", RANDOM.random(2000), bins=100, extra_edges=(0.4, 0.5, 0.6)),
            categorical_signal("prediction", "prediction", categorical_bins(["0", "1"], [9, 1])),
        ),
        joint_projections([0, 1], [np.full(22, 100), np.full(32, 70)]),
    )


EXAMPLE_BYTES = example().to_bytes()


def test_bytes_read_back_as_the_same_bin_set():
    before = example()
    after = BinSet.from_bytes(before.to_bytes())
    assert after.digest == before.digest
    assert after.to_bytes() == before.to_bytes()
    assert [signal.name for signal in after.signals] == [signal.name for signal in before.signals]
    assert after.offsets.tolist() == before.offsets.tolist()
    values = np.concatenate([AMOUNT, [np.nan, np.inf, -np.inf]])
    assert after.signals[0].bins.index(values).tolist() == before.signals[0].bins.index(values).tolist()
    assert (after.signals[0].center, after.signals[0].scale) == (before.signals[0].center, before.signals[0].scale)
    texts = ["c1", "c49", "new"]
    assert after.signals[1].bins.index_texts(texts).tolist() == before.signals[1].bins.index_texts(texts).tolist()
    assert after.joint.signs.tolist() == before.joint.signs.tolist()


def test_offsets_lay_signals_one_after_the_other():
    bin_set = example()
    assert bin_set.offsets.tolist() == [0, *np.cumsum([signal.bins.count for signal in bin_set.signals])]
    assert bin_set.width == bin_set.offsets[-1]


def test_any_difference_changes_the_digest():
    one = numeric_signal("a", "feature", AMOUNT)
    variants = [
        BinSet((one,)),
        BinSet((numeric_signal("b", "feature", AMOUNT),)),
        BinSet((numeric_signal("a", "score", AMOUNT),)),
        BinSet((numeric_signal("a", "feature", AMOUNT, extra_edges=[1.0]),)),
        BinSet((SignalBins("a", "numeric", "feature", one.bins, one.center, one.scale * 2),)),
        BinSet((one,), joint_projections([], [])),
        BinSet(()),
    ]
    assert len({bin_set.digest for bin_set in variants}) == len(variants)


@pytest.mark.parametrize("bin_set", [BinSet(()), BinSet((numeric_signal("x", "feature", []),))])
def test_an_empty_bin_set_and_an_empty_reference_survive_too(bin_set):
    assert BinSet.from_bytes(bin_set.to_bytes()).digest == bin_set.digest


def test_signals_are_found_by_name_role_and_kind():
    bin_set = example()
    assert bin_set.position("score") == 2
    assert bin_set.positions(role="feature").tolist() == [0, 1]
    assert bin_set.positions(kind="categorical").tolist() == [1, 3]
    assert bin_set.positions(role="prediction", kind="numeric").tolist() == []
    assert bin_set.positions().tolist() == [0, 1, 2, 3]


def test_an_unknown_name_says_which_there_are():
    with pytest.raises(NotFound, match=r"no signal 'scor'; it has feature\.amount, .*score"):
        example().position("scor")


def test_two_signals_of_one_name_are_refused():
    signal = numeric_signal("x", "feature", AMOUNT)
    with pytest.raises(InvalidInput, match="two signals named 'x'"):
        BinSet((signal, signal))


def test_names_and_categories_may_hold_any_text():
    name = 'feature."ü\ud800\n'
    bins = categorical_bins(["", "\udfff", "東京", "a" * 300])
    after = BinSet.from_bytes(BinSet((categorical_signal(name, "feature", bins),)).to_bytes())
    assert after.signals[0].name == name
    assert after.signals[0].bins.categories == bins.categories


@settings(max_examples=200)
@given(st.integers(0, len(EXAMPLE_BYTES) - 1), st.integers(1, 255))
def test_a_changed_byte_is_corrupt_or_harmless(at, flip):
    payload = bytearray(EXAMPLE_BYTES)
    payload[at] ^= flip
    try:
        assert BinSet.from_bytes(bytes(payload)).to_bytes() == EXAMPLE_BYTES
    except Corrupt as error:
        assert str(error).endswith(".")  # noqa: PT017 - both outcomes are right, the message must be a sentence


@pytest.mark.parametrize(
    "made",
    [
        {},
        {"meta": np.frombuffer(b"not json", dtype=np.uint8)},
        {"meta": np.frombuffer(b'{"version":1,"signals":[{}]}', dtype=np.uint8), "moments": np.zeros((1, 2))},
        {"meta": np.frombuffer(b'{"version":7,"signals":[]}', dtype=np.uint8)},
    ],
)
def test_columns_that_are_no_bin_set_are_corrupt(made):
    with pytest.raises(Corrupt):
        BinSet.from_bytes(pack(made))


@pytest.mark.parametrize(
    "reference",
    [[], [np.nan], [np.inf, -np.inf], [5.0] * 9, [0.0], [1e308, -1e308], [5e-324, 0.0], [np.inf, 1.0, 2.0]],
    ids=str,
)
def test_center_and_scale_are_finite_for_any_reference(reference):
    signal = numeric_signal("x", "feature", reference)
    assert np.isfinite(signal.center)
    assert 0 < signal.scale < np.inf
    assert np.isfinite(1 / signal.scale)


def test_center_and_scale_are_the_reference_mean_and_sd():
    signal = numeric_signal("x", "feature", AMOUNT)
    assert signal.center == pytest.approx(AMOUNT.mean())
    assert signal.scale == pytest.approx(AMOUNT.std())
    assert signal.bins.edges.tolist() == numeric_bins(AMOUNT).edges.tolist()


def test_the_digest_does_not_depend_on_the_version_of_zlib(monkeypatch):
    # Profile blocks name their bin set by digest for years; zlib may pack the same content differently next year.
    before = BinSet.from_bytes(EXAMPLE_BYTES).digest
    monkeypatch.setattr(columns.zlib, "compress", lambda body, compress=zlib.compress: compress(body, 1))
    again = BinSet.from_bytes(EXAMPLE_BYTES)
    assert again.to_bytes() != EXAMPLE_BYTES
    assert again.digest == before


def test_the_golden_digest_of_a_bin_set_never_changes():
    bin_set = BinSet(
        (
            numeric_signal("x", "feature", [0.0, 1.5, 2.5, 4.0]),
            categorical_signal("y", "feature", categorical_bins(["a", "b"], [1, 2])),
        ),
        JointProjections(np.arange(2), np.array([0, 2, 4]), np.array([1, 0, 2, 0], np.int16), np.ones((2, 1), np.int8)),
    )
    assert bin_set.digest.hex() == "8fda8aea77ba9e49"
