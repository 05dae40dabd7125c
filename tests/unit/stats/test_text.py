"""A text's series: true to what Python says of the same text, whatever it is and however texts are batched."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.stats.text import TEXT_SERIES, Text, learn_text

TEXTS = st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=12)


def laid_out(texts):
    encoded = [text.encode() for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in encoded])]).astype(np.int64)
    return offsets, np.frombuffer(b"".join(encoded), np.uint8)


def series(name, *texts, of=None):
    return (of or Text()).measure(*laid_out(texts))[:, TEXT_SERIES.index(name)].tolist()


@given(TEXTS)
def test_shares_of_characters_are_those_that_python_counts(texts):
    measured = Text().measure(*laid_out(texts))
    for row, text in zip(measured, texts, strict=True):
        found = dict(zip(TEXT_SERIES, row.tolist(), strict=True))
        assert found["length"] == len(text)
        if not text:
            assert all(np.isnan(value) for name, value in found.items() if name != "length")
            continue
        categories = [unicodedata.category(character) for character in text]
        assert found["letters"] == pytest.approx(sum(each[0] in "LM" for each in categories) / len(text))
        assert found["digits"] == pytest.approx(sum(each[0] == "N" for each in categories) / len(text))
        assert found["punctuation"] == pytest.approx(sum(each[0] == "P" for each in categories) / len(text))
        assert found["not_ascii"] == pytest.approx(sum(ord(character) > 127 for character in text) / len(text))


@settings(max_examples=50)
@given(TEXTS, TEXTS, st.randoms())
def test_any_order_and_any_batches_give_the_same_bits(reference, texts, random):
    ruler, _ = learn_text(*laid_out(reference * 2))
    whole = ruler.measure(*laid_out(texts))
    order = random.sample(range(len(texts)), len(texts))
    assert np.array_equal(ruler.measure(*laid_out([texts[place] for place in order])), whole[order], equal_nan=True)
    apart = np.concatenate([ruler.measure(*laid_out([text])) for text in texts])
    assert np.array_equal(apart, whole, equal_nan=True)


def test_a_word_is_known_when_two_reference_texts_have_it():
    ruler, _ = learn_text(*laid_out(["Red roses, red", "red WINE 2019", "white wine"]))
    assert series("unknown_words", "red", "RED wine!", "roses", "roses wine", of=ruler) == [0, 0, 1, 0.5]


def test_digits_are_all_alike():
    ruler, _ = learn_text(*laid_out(["order 1234", "order 9876"]))
    assert series("unknown_words", "order 5555", "order 55", of=ruler) == [0, 0.5]


def test_in_scripts_without_spaces_a_character_is_a_word():
    ruler, _ = learn_text(*laid_out(["日本語", "日本酒"]))
    assert series("unknown_words", "日本人", of=ruler) == [pytest.approx(1 / 3)]
    assert series("word_length", "日本人", "สวัสดี") == [1, 1]


def test_marks_and_emoji_and_null_bytes_are_characters_like_others():
    assert series("length", "a\0b", "👩‍🚀", "e\u0301") == [3, 3, 2]
    assert series("word_length", "नमस्ते", "a\0b") == [6, 1]


def test_a_reference_text_is_measured_as_if_it_were_the_next_one():
    """Half of the words of any text are its own: as unknown in the reference as in what comes after it."""
    rng = np.random.default_rng(0)
    frequency = 1 / np.arange(1.0, 5_001)
    words = np.array(["".join(word) for word in rng.choice(list("abcdefghijklmnopqrst"), (5_000, 6))])

    def make(count):
        return [" ".join(rng.choice(words, 20, p=frequency / frequency.sum())) for _ in range(count)]

    texts = make(400)
    ruler, learned = learn_text(*laid_out(texts))
    place = TEXT_SERIES.index("unknown_words")
    own = ruler.measure(*laid_out(texts), learned=learned)[:, place].mean()
    naive = ruler.measure(*laid_out(texts))[:, place].mean()
    later = ruler.measure(*laid_out(make(2_000)))[:, place].mean()
    assert own == pytest.approx(later, rel=0.1)
    assert naive < 0.8 * later


def test_without_a_vocabulary_no_word_is_unknown():
    assert np.isnan(series("unknown_words", "any words")).all()


def test_a_megabyte_of_text_is_one_row():
    assert series("length", "word " * 200_000 + "🌊", "b") == [1_000_001, 1]
    assert series("word_length", "x" * 1_000_000) == [1_000_000]


def test_a_ruler_fits_its_own_language():
    ruler, _ = learn_text(*laid_out(["red wine", "red roses", "wine roses"]))
    assert ruler.fits(ruler.measure(*laid_out(["red roses", "wine"])))
    assert not ruler.fits(ruler.measure(*laid_out(["красное вино"])))
    assert not Text().fits(Text().measure(*laid_out(["red"])))
