"""What people usually call their columns is recognised in their own spelling, and nothing is called two things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.records.usual_names import USUAL_NAMES, plain

WORDS = [(role, word) for role, words in USUAL_NAMES.items() for word in words]


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Unnamed: 0", "unnamed_0"),
        ("Event-Time", "event_time"),
        ("  y_pred  ", "y_pred"),
        ("PREDICTED.CLASS", "predicted_class"),
        ("score (%)", "score"),
        ("___", ""),
        ("", ""),
    ],
)
def test_case_and_signs_do_not_matter(written, compared):
    assert plain(written) == compared


@given(st.text(max_size=40))
def test_a_compared_name_is_plain_already(text):
    assert plain(plain(text)) == plain(text)
    assert plain(text.upper()).isascii()


@pytest.mark.parametrize(("role", "word"), WORDS)
def test_every_usual_name_is_in_the_form_it_is_compared_in(role, word):
    assert plain(word) == word
    assert [other for other, found in WORDS if found == word] == [role]


@pytest.mark.parametrize(("_role", "word"), WORDS)
def test_a_usual_name_is_found_in_any_spelling(_role, word):
    for spelled in (word.upper(), word.title().replace("_", ""), word.replace("_", "-"), word.replace("_", " ")):
        assert plain(spelled).replace("_", "") == word.replace("_", "")
