"""What a model's task is, and which outcome grades it, is told by its joined rows."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.profile.traffic import predictions

from seamark.errors import Corrupt
from seamark.profile.grading import as_joined, grading_of, wish_of
from seamark.profile.reference import build_bin_set, infer_task
from seamark.records.business import BusinessOptions
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.stats.grading import Grading

ROWS = 200
RNG = np.random.default_rng(5)


def graded(table, *, options=None, **values):
    """How predictions with these outcome values are graded."""
    options = options or ModelOptions()
    task = options.task if options.task is not Task.UNKNOWN else infer_task(table)
    bins = build_bin_set(table, task, options)
    for name, column in values.items():
        table = table.append_column(f"value.{name}", pa.array(column))
    return grading_of(table, bins, task, options), table


def answering(**columns):
    """Predictions that answer with these columns."""
    plain = predictions(ROWS).drop_columns(["prediction", "score"])
    for name, values in columns.items():
        plain = plain.append_column(name.replace("__", "."), pa.array(values))
    return plain


def draw(*labels, rows=ROWS):
    return [labels[number] for number in RNG.integers(0, len(labels), rows)]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ((0, 1), ("0", "1")),
        ((0.0, 1.0), ("0", "1")),
        ((True, False), ("false", "true")),
        (("yes", "no"), ("no", "yes")),
        ((1,), ("0", "1")),
        (("no",), ("no", "yes")),
    ],
)
def test_one_score_and_outcomes_of_yes_and_no_are_binary(labels, classes):
    found, _ = graded(predictions(ROWS), label=draw(*labels))
    assert (found.card.task, found.card.classes, found.scores) == ("binary", classes, ("score",))
    assert found.card.threshold == 0.5


def test_of_two_other_labels_the_one_with_the_higher_scores_is_positive():
    table = predictions(ROWS)
    fates = ["bad" if score > 0.3 else "good" for score in table["score"].to_pylist()]
    assert graded(table, fate=fates)[0].card.classes == ("good", "bad")


def test_a_stray_label_does_not_change_the_task():
    found, table = graded(predictions(ROWS), label=[2.0, *draw(0.0, 1.0, rows=ROWS - 1)])
    assert found.card.classes == ("0", "1")
    assert found.card.rows(found.card.count(as_joined(table, found))) == (ROWS - 1, 1)


def test_class_scores_make_a_multiclass_model_of_their_classes():
    found, _ = graded(
        answering(score__cat=RNG.random(ROWS), score__dog=RNG.random(ROWS), score__ant=RNG.random(ROWS)),
        label=draw("cat", "dog"),
    )
    assert (found.card.task, found.card.classes) == ("multiclass", ("cat", "dog", "ant"))
    assert found.scores == ("score.cat", "score.dog", "score.ant")


def test_labels_without_scores_are_classes():
    found, table = graded(answering(prediction=draw("cat", "dog", "ant")), label=draw("cat", "dog"))
    assert (found.card.task, found.card.classes, found.scores) == ("multiclass", ("ant", "cat", "dog"), ())
    assert found.card.rows(found.card.count(as_joined(table, found))) == (ROWS, 0)


def test_numbers_that_are_no_classes_are_a_regression():
    actual = RNG.normal(50, 10, ROWS)
    found, table = graded(answering(prediction=actual + RNG.normal(0, 2, ROWS)), label=actual)
    assert (found.card.task, found.scores) == ("regression", ())
    assert found.card.scale == pytest.approx(10, rel=0.2)
    assert found.card.error_scale == pytest.approx(2, rel=0.2)
    assert found.card.metrics(found.card.count(as_joined(table, found)))["rmse"].value == pytest.approx(2, rel=0.2)


def test_probabilities_of_yes_or_no_are_no_regression():
    found, _ = graded(answering(prediction=RNG.random(ROWS)), label=draw(0, 1))
    assert (found.card.task, found.scores) == ("binary", ("prediction",))


def test_the_configured_task_rules():
    found, _ = graded(
        answering(prediction=RNG.random(ROWS)), label=draw(0, 1), options=ModelOptions(task=Task.REGRESSION)
    )
    assert found.card.task == "regression"


def test_few_rows_do_not_tell_scales_or_unusual_labels():
    few = answering(prediction=RNG.normal(50, 10, ROWS))
    values = [*RNG.normal(50, 10, 20), *[None] * (ROWS - 20)]
    assert graded(few, label=values)[0] is None
    assert graded(predictions(ROWS), fate=["good", "bad", *[None] * (ROWS - 2)])[0] is None


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        (("revenue", "label"), "label"),
        (("amount", "Ground Truth"), "Ground Truth"),
        (("revenue", "amount"), "amount"),
    ],
)
def test_the_outcome_with_a_usual_name_is_graded_else_the_first(values, chosen):
    found, _ = graded(predictions(ROWS), **{name: draw(0, 1) for name in values})
    assert found.outcome == f"value.{chosen}"


def test_an_outcome_nobody_has_told_yet_is_not_chosen():
    found, _ = graded(predictions(ROWS), label=pa.nulls(ROWS, pa.float64()), repaid=draw(0, 1))
    assert found.outcome == "value.repaid"
    assert graded(predictions(ROWS), label=pa.nulls(ROWS, pa.float64()))[0] is None


def test_what_is_stored_reads_back_the_same():
    found, _ = graded(predictions(ROWS), label=draw(0, 1), options=ModelOptions(segments=("country",)))
    again = Grading.from_bytes(found.to_bytes())
    assert (again.outcome, again.scores, again.dimensions, again.wish) == (
        found.outcome,
        found.scores,
        ("country",),
        wish_of(ModelOptions(segments=("country",))),
    )
    assert again.card.digest == found.card.digest
    for damaged in (b"", b"{}", found.to_bytes()[:-5], found.to_bytes().replace(b'"outcome"', b'"other"')):
        with pytest.raises(Corrupt):
            Grading.from_bytes(damaged)


RICH = BusinessOptions("revenue", where="prediction = 1 and amount > 0")
REVIEWED = BusinessOptions("reviewed", where="outcome = 1")


def declaring(**metrics):
    return ModelOptions(business=metrics)


def test_a_business_metric_counts_the_columns_its_names_stand_for():
    revenue = RNG.uniform(0, 90, ROWS)
    found, table = graded(predictions(ROWS), label=draw(0, 1), revenue=revenue, options=declaring(rich=RICH))
    assert (found.columns, found.unknown) == (("feature.amount", "prediction", "value.revenue"), {})
    chosen = (table["prediction"].to_numpy() == 1) & (table["feature.amount"].to_numpy() > 0)
    metric = found.card.metrics(found.card.count(as_joined(table, found)))["rich"]
    assert metric.value == pytest.approx(revenue[chosen].mean(), abs=0.01)
    assert metric.n == chosen.sum()
    assert metric.low < metric.value < metric.high
    assert found.card.business[0].scale == 128


def test_a_row_counts_the_same_in_a_batch_that_lacks_a_column():
    either = BusinessOptions("prediction = 1 or reviewed")
    reviewed = [True, *[None] * (ROWS - 1)]
    found, table = graded(predictions(ROWS), label=draw(0, 1), reviewed=reviewed, options=declaring(either=either))
    without = table.slice(1).drop_columns(["value.reviewed"])
    whole, first, rest = (found.card.count(as_joined(each, found)) for each in (table, table.slice(0, 1), without))
    assert np.array_equal(whole, first + rest)


def test_a_column_that_comes_later_does_not_change_what_a_name_stands_for():
    found, table = graded(predictions(ROWS), label=draw(0, 1), options=declaring(mean=BusinessOptions("amount")))
    assert found.columns == ("feature.amount",)
    later = table.append_column("value.amount", pa.array([99.0] * ROWS))
    assert np.array_equal(*(found.card.count(as_joined(each, found)) for each in (table, later)))


def test_a_metric_with_an_unknown_name_is_told_of_and_leaves_the_others_alone():
    options = declaring(rich=RICH, reviewed=REVIEWED, count=BusinessOptions("1"))
    found, table = graded(predictions(ROWS), label=draw(0, 1), revenue=draw(3.0, 4.0), options=options)
    assert list(found.unknown) == ["reviewed"]
    assert "there is no column 'reviewed'" in found.unknown["reviewed"]
    metrics = found.card.metrics(found.card.count(as_joined(table, found)))
    assert (metrics["count"].value, metrics["count"].n, "reviewed" in metrics) == (1, ROWS, False)


def test_a_declared_metric_reads_back_the_same():
    options = declaring(rich=RICH, reviewed=REVIEWED)
    found, table = graded(predictions(ROWS), label=draw(0, 1), revenue=draw(3.0, 4.0), options=options)
    again = Grading.from_bytes(found.to_bytes())
    assert (again.business, again.columns, again.unknown) == (found.business, found.columns, found.unknown)
    assert np.array_equal(*(each.card.count(as_joined(table, each)) for each in (found, again)))


def test_what_is_counted_otherwise_is_another_wish_and_what_is_judged_otherwise_is_not():
    wish = wish_of(declaring(rich=RICH))
    assert wish != wish_of(ModelOptions()) != wish_of(declaring(poor=RICH))
    assert wish != wish_of(declaring(rich=replace(RICH, where="")))
    assert wish == wish_of(declaring(rich=replace(RICH, better="lower", tolerance=3.0, priority="P1")))
    assert wish_of(declaring(a=RICH, b=REVIEWED)) == wish_of(declaring(b=REVIEWED, a=RICH))
