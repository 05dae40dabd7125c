"""What the screen is told of one country, against what a simulated day really was."""

import json

import numpy as np
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, binary_columns

from seamark.clock import HOUR_US
from seamark.errors import NotFound
from seamark.query.questions import Questions
from seamark.records.options import ModelOptions
from seamark.records.window import Window

DAY = Window(START_US, START_US + 24 * HOUR_US)
AMOUNT = "feature.amount:jensen_shannon"


def by_country(rng, rows):
    columns = binary_columns(rng, rows)
    columns["segment.country"] = columns["feature.country"]
    return columns


def dearer_in_brazil(_rng, columns):
    abroad = columns["segment.country"] == "BR"
    return {**columns, "feature.amount": np.where(abroad, columns["feature.amount"] * 100, columns["feature.amount"])}


@pytest.fixture(scope="module")
def served():
    model = ServedModel(60, columns=by_country, options=ModelOptions(segments=("country",)))
    model.faults = [(12, dearer_in_brazil)]
    model.run(24, tick_hours=6)
    return model


@pytest.fixture(scope="module")
def ask(served):
    questions = Questions(served.store)

    def question(name, *arguments, **filters):
        return getattr(questions, name)(PROJECT, *arguments, **filters, now_us=served.now_us)

    return question


def distribution(ask, signal, segment="", window=DAY):
    return ask("distribution", NAME, signal, window=window, version="", segment=segment)


def test_a_model_says_its_segments(ask):
    (model,) = ask("models")["models"]
    assert model["segments"] == ["country=BR", "country=DE", "country=FR", "country=US"]


def test_the_distributions_of_the_segments_add_up(ask):
    whole = distribution(ask, "feature.amount")
    parts = [distribution(ask, "feature.amount", f"country={name}") for name in ("BR", "DE", "FR", "US")]
    assert sum(part["n"] for part in parts) == whole["n"] == 24 * 300
    assert np.sum([part["bins"]["count"] for part in parts], axis=0).tolist() == whole["bins"]["count"]


def test_a_segment_holds_its_own_rows_alone(ask):
    of_country = distribution(ask, "feature.country", "country=BR")
    assert of_country["bins"]["current"][of_country["bins"]["label"].index("BR")] == 1.0
    late = Window(START_US + 12 * HOUR_US, START_US + 24 * HOUR_US)
    assert distribution(ask, "feature.amount", "country=BR", late)["out_of_range"]["current"] > 0.3
    assert distribution(ask, "feature.amount", "country=FR", late)["out_of_range"]["current"] < 0.05


def test_a_segment_says_what_it_is_compared_with(ask):
    assert distribution(ask, "score", "country=FR")["baseline"].endswith("; all of its traffic")
    assert not distribution(ask, "score")["baseline"].endswith("; all of its traffic")


def test_a_rolling_segment_is_compared_with_its_own_past(served, ask):
    served.configure(baseline="rolling")
    served.run(12)
    newest = Window(START_US + 35 * HOUR_US, START_US + 36 * HOUR_US)
    answer = distribution(ask, "feature.country", "country=FR", newest)
    assert answer["baseline"] == "the two weeks before this window"
    assert answer["bins"]["baseline"] == answer["bins"]["current"]


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("distribution", {"signal": "score", "version": "", "window": DAY}),
        ("series", {"monitor": AMOUNT, "window": DAY}),
        ("overview", {"version": "", "window": DAY}),
    ],
)
def test_an_unknown_segment_is_refused_with_those_that_exist(ask, question, arguments):
    for segment in ("country=XX", "country", "plan=free"):
        with pytest.raises(NotFound, match=rf"'fraud' has no segment '{segment}'\. Segments: 'country=FR', 'country="):
            ask(question, NAME, segment=segment, **arguments)
    json.dumps(ask(question, NAME, segment="country=FR", **arguments), allow_nan=False)


def test_the_refusal_says_where_the_rows_of_rare_values_are():
    def crowded(rng, rows):
        return {**by_country(rng, rows), "segment.country": np.array([f"c{number % 60}" for number in range(rows)])}

    model = ServedModel(61, columns=crowded, options=ModelOptions(segments=("country",)), reference_rows=600)
    model.run(1)
    with pytest.raises(NotFound, match=r"'country=c0', .*, …\. Values without .* are in 'country=OTHER'\.$"):
        Questions(model.store).distribution(
            PROJECT, NAME, "score", window=DAY, version="", segment="country=c9", now_us=model.now_us
        )


def test_the_refusal_of_a_model_without_segments_says_how_to_have_some():
    model = ServedModel(62, reference_rows=600)
    model.run(1)
    with pytest.raises(NotFound, match=r'It has none; declare .* segments = \["country"\]\.$'):
        Questions(model.store).series(PROJECT, NAME, AMOUNT, window=DAY, segment="country=FR", now_us=model.now_us)
