"""What uploaded attributions explain, and which of the stored ones count."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import Corrupt, InvalidInput
from seamark.records.attribution import Explained, Scale, scale_of
from seamark.records.model import AttributionSource, StoredAttribution, prevailing

REFERENCE = StoredAttribution(1, "shop", "fraud", "score", AttributionSource.REFERENCE, 5, b"means")
UPLOADED = replace(REFERENCE, source=AttributionSource.UPLOADED, payload=b"shap")


@given(st.builds(Explained, st.text(), st.sampled_from(Scale), st.booleans()))
def test_what_is_explained_survives_the_way_through_the_log(explained):
    assert Explained.from_metadata(explained.to_metadata()) == explained


@pytest.mark.parametrize("metadata", [None, {}, {b"seamark.explained": b"{}"}, {b"seamark.explained": b"?"}])
def test_attributions_that_do_not_say_what_they_explain_are_corrupt(metadata):
    with pytest.raises(Corrupt, match="do not say what they explain"):
        Explained.from_metadata(metadata)


def test_a_scale_has_one_of_two_names():
    assert [scale_of(scale.value) for scale in Scale] == list(Scale)
    with pytest.raises(InvalidInput, match="scale 'probability' is not a scale of attributions; send response or log_"):
        scale_of("probability")


@pytest.mark.parametrize("stored", [[REFERENCE, UPLOADED], [UPLOADED, REFERENCE]])
def test_an_uploaded_one_wins_whatever_the_order(stored):
    assert prevailing(stored, 1) == {"score": UPLOADED}


def test_targets_and_bin_sets_do_not_mix():
    other, later = replace(REFERENCE, target="score.cat"), replace(UPLOADED, bin_set=2)
    stored = [REFERENCE, other, later]
    assert prevailing(stored, 1) == {"score": REFERENCE, "score.cat": other}
    assert prevailing(stored, 2) == {"score": later}
    assert prevailing(stored, 3) == {}
