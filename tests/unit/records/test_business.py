"""A declared metric is checked when the configuration is read."""

import pytest
from tests.unit.stats.test_scorecard import CARDS, some_rows

from seamark.config import effective, parse
from seamark.errors import InvalidConfig
from seamark.records.business import BUILT_IN

HEAD = "[models.fraud.business.reviews]\n"


def test_a_metric_survives_the_effective_configuration():
    config = parse(
        HEAD + 'numerator = "label = 0"\nwhere = "reviewed"\nbetter = "lower"\ntolerance = 0.3\npriority = "P1"'
    )
    assert parse(effective(config)) == config
    assert config.models["fraud"].business["reviews"].names == ("label", "reviewed")


def test_a_matrix_is_a_sum_over_its_cells():
    config = parse(HEAD + 'matrix = { "1/0" = -5, "1/1" = 2.5 }')
    metric = config.models["fraud"].business["reviews"]
    assert parse(effective(config)) == config
    assert metric.names == ("prediction", "outcome")
    assert metric.numerator_text.startswith("-5.0 * (prediction = '1' and outcome = '0') + 2.5 * ")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('where = "a"', "models.fraud.business.reviews: needs either the key numerator or the key matrix"),
        ('numerator = "a"\nmatrix = { "1/1" = 1 }', "needs either the key numerator or the key matrix"),
        (
            'numerator = "label = = 0"',
            r"models.fraud.business.reviews: numerator: Column 9: .*\n  label = = 0\n {10}\^",
        ),
        ('numerator = "a"\nwhere = "1 + 1"', "where: Column 3: a condition is true or false; this is a number"),
        ("numerator = \"'x'\"", "numerator: Column 1: this is a text; a sum needs a number"),
        ('matrix = { "11" = 1 }', 'matrix takes "PREDICTED/OUTCOME" = NUMBER'),
        ('numerator = "a"\nbeter = "lower"', "did you mean models.fraud.business.reviews.better"),
        ('numerator = "a"\npriority = "P7"', "priority must be one of"),
    ],
)
def test_a_wrong_metric_is_refused_with_the_path_of_its_key(body, sentence):
    with pytest.raises(InvalidConfig, match=sentence):
        parse(HEAD + body)


def test_a_metric_has_a_plain_name():
    with pytest.raises(InvalidConfig, match=r"models\.fraud\.business must be metrics named in small letters"):
        parse('[models.fraud.business."Click rate"]\nnumerator = "a"')


@pytest.mark.parametrize("task", CARDS)
def test_every_metric_that_is_there_anyway_keeps_its_name(task):
    card = CARDS[task]
    own = {each.name for each in card.business} | {"click_through_rate"}  # a ratio that people declare themselves
    found = card.metrics(card.count(some_rows(task, 3, 500, odd=False))).keys() - own
    assert {name for name in found if "_at_" not in name} <= BUILT_IN


@pytest.mark.parametrize("name", ["auc", "rmse", "false_positive_rate"])
def test_a_declared_metric_does_not_take_the_name_of_another(name):
    with pytest.raises(
        InvalidConfig, match=rf"models\.fraud\.business must be metrics with names of their own \(not '{name}'"
    ):
        parse(f'[models.fraud.business.{name}]\nnumerator = "a"')
