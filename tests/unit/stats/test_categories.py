"""Categories: the frequent ones by name, the rare ones known, the rest unseen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import InvalidInput
from seamark.stats.binning import CategoricalBins, categorical_bins, categorical_bins_from_hashes
from seamark.stats.hashing import hash_text, hash_texts


def test_the_most_frequent_thirty_have_names_and_the_rest_are_other():
    texts = [f"c{number:03}" for number in range(100)]
    bins = categorical_bins(texts, np.arange(100))
    assert bins.categories == tuple(reversed(texts[70:]))
    assert bins.count == 32
    assert bins.index_texts(["c099", "c070", "c069", "c000", "new"]).tolist() == [0, 29, 30, 30, 31]
    assert (bins.other, bins.unseen) == (30, 31)


def test_labels_name_every_bin():
    assert categorical_bins(["FR", "US"], [1, 2]).labels() == ["US", "FR", "other", "unseen"]


@given(st.dictionaries(st.text(max_size=12), st.integers(1, 9), max_size=60), st.lists(st.text(max_size=3)))
def test_every_category_of_the_reference_is_known_and_no_other(counts, others):
    bins = categorical_bins(list(counts), list(counts.values()), top=10)
    named = bins.index_texts(list(bins.categories))
    assert named.tolist() == list(range(len(bins.categories)))
    rare = [text for text in counts if text not in bins.categories]
    assert set(bins.index_texts(rare).tolist()) <= {bins.other}
    strangers = [text for text in others if text not in counts]
    assert set(bins.index_texts(strangers).tolist()) <= {bins.unseen}
    assert all(counts[named] >= counts[other] for named in bins.categories for other in rare)


@given(st.permutations([("a", 3), ("b", 3), ("c", 3), ("d", 1), ("e", 1)]))
def test_the_order_of_the_reference_does_not_matter(pairs):
    texts, counts = zip(*pairs, strict=True)
    bins = categorical_bins(texts, counts, top=4)
    expected = categorical_bins(["a", "b", "c", "d", "e"], [3, 3, 3, 1, 1], top=4)
    assert bins.categories == expected.categories
    assert bins.rare.tolist() == expected.rare.tolist()


def test_a_capped_vocabulary_calls_nothing_unseen():
    texts = [f"id-{number}" for number in range(50)]
    bins = categorical_bins(texts, np.arange(50), top=5, max_rare=20)
    assert bins.capped
    assert len(bins.rare) == 20
    assert bins.index_texts(["id-49", "id-0", "never"]).tolist() == [0, bins.other, bins.other]


def test_a_vocabulary_that_just_fits_is_not_capped():
    bins = categorical_bins([f"id-{number}" for number in range(25)], top=5, max_rare=20)
    assert not bins.capped
    assert bins.index_texts(["never"]).tolist() == [bins.unseen]


def test_only_the_names_that_are_kept_are_asked_for():
    texts = [f"t{number}" for number in range(1000)]
    asked = []

    def text_at(position):
        asked.append(position)
        return texts[position]

    bins = categorical_bins_from_hashes(hash_texts(texts), np.arange(1000), text_at, top=3)
    assert bins.categories == ("t999", "t998", "t997")
    assert sorted(asked) == [997, 998, 999]


def test_an_empty_reference_has_only_unseen_categories():
    bins = categorical_bins([])
    assert bins.count == 2
    assert bins.index_texts(["anything", ""]).tolist() == [bins.unseen, bins.unseen]


def test_more_than_254_named_categories_take_sixteen_bits():
    texts = [f"c{number}" for number in range(400)]
    bins = categorical_bins(texts, np.arange(400, 0, -1), top=400)
    assert bins.index_texts(texts).tolist() == list(range(400))
    assert bins.index_texts(["new"]).tolist() == [401]


def test_a_hundred_thousand_rare_categories_are_all_found():
    texts = [f"user-{number}" for number in range(100_030)]
    bins = categorical_bins(texts, np.arange(100_030, 0, -1))
    found = np.bincount(bins.index_hashes(hash_texts(texts)), minlength=bins.count)
    assert found.tolist() == [1] * 30 + [100_000, 0]
    assert (bins.index_texts([f"stranger-{number}" for number in range(5000)]) == bins.unseen).all()


def test_missing_counts_are_refused():
    with pytest.raises(InvalidInput, match="one count each"):
        categorical_bins(["a", "b"], [1])


def test_texts_whose_hashes_agree_share_a_bin():
    # Anybody can make such texts up: the hash is fast, not cryptographic.
    one, other = "rBJwjgcm!!!!@!!!", "UIKQPWIHftMlwaKr"
    assert hash_text(one) == hash_text(other)
    bins = categorical_bins([one, "FR", other], [3, 4, 2])
    assert bins.labels() in ([one, "FR", "other", "unseen"], [other, "FR", "other", "unseen"])
    assert bins.index_texts([one, other]).tolist() == [0, 0]


def test_bins_read_back_from_storage_index_the_same():
    bins = categorical_bins([f"c{number}" for number in range(60)], np.arange(60))
    again = CategoricalBins(bins.categories, bins.rare, capped=bins.capped)
    texts = ["c1", "c59", "zz"]
    assert again.index_texts(texts).tolist() == bins.index_texts(texts).tolist()
