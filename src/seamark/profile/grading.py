"""How a model's answers are graded by what came true: which outcome value, on which scorecard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seamark.profile.business import business_sides, columns_of, unknown_names
from seamark.profile.conform import numbers, text_values
from seamark.records import rows as columns
from seamark.records.business import BusinessOptions
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.records.usual_names import USUAL_NAMES, plain
from seamark.stats.binning import NumericBins
from seamark.stats.binset import BinSet
from seamark.stats.grading import Grading
from seamark.stats.joined import BusinessSum
from seamark.stats.outcome_sums import business_scale
from seamark.stats.scorecard import BINARY, MOST_CLASSES, MULTICLASS, REGRESSION, Joined, Scorecard

POSITION: Final = columns.FEATURE + "position"  # of a recommendation in its list, from 1
FEWEST: Final = 30  # joined rows that tell what a model's outcomes are like
_POSITIVES: Final = ("1", "true", "yes")
_NEGATIVES: Final = ("0", "false", "no")

Floats = NDArray[np.float64]


def as_joined(table: pa.Table, grading: Grading) -> Joined:
    """The arrays that a card counts, of predictions with their `value.NAME` columns."""
    is_number = grading.card.task == REGRESSION
    scores = [_values(table, name) for name in grading.scores]
    outcome, predicted = (
        _values(table, name) if is_number else _class_numbers(table, name, grading.card)
        for name in (grading.outcome, columns.PREDICTION)
    )
    return Joined(
        outcome=outcome,
        predicted=predicted,
        scores=np.column_stack(scores) if scores else None,
        weights=_values(table, columns.WEIGHT) if columns.WEIGHT in table.column_names else None,
        position=_values(table, POSITION) if POSITION in table.column_names else None,
        business=_business_sides(table, grading),
    )


def declared(grading: Grading) -> dict[str, BusinessOptions]:
    """The business metrics that it was made for, those among them that cannot be counted, too."""
    return {
        name: BusinessOptions(texts["numerator"], texts["denominator"], texts["where"])
        for name, texts in grading.business.items()
    }


def _business_sides(table: pa.Table, grading: Grading) -> Mapping[str, tuple[Floats, Floats]]:
    counted = {name: metric for name, metric in declared(grading).items() if name not in grading.unknown}
    if not counted:
        return {}
    nothing = pa.nulls(table.num_rows)
    names = (columns.ID, *grading.columns)
    seen = {name: table[name] if name in table.column_names else nothing for name in names}
    return business_sides(counted, pa.table(seen), grading.outcome)


def _class_numbers(table: pa.Table, name: str, card: Scorecard) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    encoded = text_values(table[name]).dictionary_encode()
    numbered = [card.class_number(text) for text in encoded.dictionary.to_pylist()]
    of_code = np.array([*numbered, np.nan])
    found: Floats = of_code[pc.fill_null(encoded.indices, len(numbered)).to_numpy()]
    return found


def wish_of(options: ModelOptions) -> str:
    """All that an owner says about grading; another wish makes another scorecard."""
    business = [json.dumps([name, metric.texts]) for name, metric in sorted(options.business.items())]
    return "\n".join([options.task.value, *map(repr, options.decision_thresholds), *options.segments, *business])


def grading_of(table: pa.Table, bin_set: BinSet, task: Task, options: ModelOptions) -> Grading | None:
    """How to grade a model, from predictions that are joined; None while they do not tell.

    Where no task is configured: numbers that are no classes are a regression's, unless they are probabilities of an
    outcome that is yes or no; else the outcomes tell the classes.
    """
    outcome = _outcome_of(table)
    if outcome is None:
        return None
    known = table.filter(table[outcome].is_valid())
    if _is_regression(known, outcome, task, options):
        scores: tuple[str, ...] = ()
        card = _of_numbers(known, outcome)
    else:
        scores = _score_columns(known, outcome, task)
        card = _of_classes(known, outcome, scores, bin_set, options)
    if card is None:
        return None
    grading = Grading(outcome, scores, options.segments, wish_of(options), card)
    features = (signal.name for signal in bin_set.signals if signal.name.startswith(columns.FEATURE))
    return (
        _with_business(grading, table, {*table.column_names, *features}, options.business)
        if options.business
        else grading
    )


def _with_business(
    grading: Grading, table: pa.Table, known: set[str], metrics: Mapping[str, BusinessOptions]
) -> Grading:
    """With the metrics whose names stand for known columns, in the scales that the rows show."""
    unknown = unknown_names(metrics, known)
    counted = {name: metric for name, metric in metrics.items() if name not in unknown}
    bound = replace(
        grading,
        business={name: metric.texts for name, metric in metrics.items()},
        columns=tuple(sorted(columns_of(counted, known, grading.outcome))),
        unknown=unknown,
    )
    sums = []
    for name, (above, below) in _business_sides(table, bound).items():
        counts = np.isfinite(above) & np.isfinite(below)
        sums.append(BusinessSum(name, business_scale(above[counts]), business_scale(below[counts])))
    return replace(bound, card=replace(grading.card, business=tuple(sums)))


def _outcome_of(table: pa.Table) -> str | None:
    """The value that says what came true: the one that is usually called so, else the first by name."""
    named = [name for name in table.column_names if name.startswith(columns.VALUE)]
    named = [name for name in named if table[name].null_count < table.num_rows]
    usual = {name: place for place, name in enumerate(USUAL_NAMES["outcome"])}

    def rank(name: str) -> tuple[int, str]:
        return usual.get(plain(name.removeprefix(columns.VALUE)), len(usual)), name

    return min(named, key=rank, default=None)


def _is_regression(table: pa.Table, outcome: str, task: Task, options: ModelOptions) -> bool:
    if options.task is not Task.UNKNOWN:
        return options.task is Task.REGRESSION
    return task is Task.REGRESSION and not _are_probabilities(table, outcome)


def _are_probabilities(table: pa.Table, outcome: str) -> bool:
    """Whether the predictions are numbers between 0 and 1, and the outcomes yes or no."""
    predicted = _values(table, columns.PREDICTION)
    return _are_yes_or_no(_labels(table, outcome)) and bool(((predicted >= 0) & (predicted <= 1)).all())


def _are_yes_or_no(labels: list[str]) -> bool:
    return bool(labels) and {_spelled(label) for label in labels} <= {*_POSITIVES, *_NEGATIVES}


def _spelled(label: str) -> str:
    return label.strip().lower().removesuffix(".0")


def _of_numbers(table: pa.Table, outcome: str) -> Scorecard | None:
    actual, predicted = _values(table, outcome), _values(table, columns.PREDICTION)
    usable = np.isfinite(actual) & np.isfinite(predicted)
    if usable.sum() < FEWEST:
        return None
    actual, error = actual[usable], predicted[usable] - actual[usable]
    scale = float(actual.std()) or 1.0
    return Scorecard(
        REGRESSION,
        center=float(actual.mean()),
        scale=scale,
        error_scale=float(np.sqrt(np.mean(error**2))) or scale,
    )


def _score_columns(table: pa.Table, outcome: str, task: Task) -> tuple[str, ...]:
    """The columns with probabilities of classes."""
    if columns.SCORE in table.column_names:
        return (columns.SCORE,)
    by_class = tuple(name for name in table.column_names if name.startswith(columns.CLASS_SCORE))
    if by_class:
        return by_class
    return (columns.PREDICTION,) if task is Task.REGRESSION and _are_probabilities(table, outcome) else ()


def _of_classes(
    table: pa.Table, outcome: str, scores: tuple[str, ...], bin_set: BinSet, options: ModelOptions
) -> Scorecard | None:
    """A card of the classes that scores are about, else of those that came true or were predicted."""
    bins = {signal.name: signal.bins.edges for signal in bin_set.signals if isinstance(signal.bins, NumericBins)}
    if not set(scores) <= bins.keys():
        return None  # until a reference shows what the scores are like
    edges = tuple(bins[name] for name in scores)
    labels = _labels(table, outcome)
    by_class = tuple(name.removeprefix(columns.CLASS_SCORE) for name in scores if name.startswith(columns.CLASS_SCORE))
    if by_class:
        return Scorecard(MULTICLASS, by_class, edges) if 1 < len(by_class) <= MOST_CLASSES else None
    # One score is of two classes, whatever else turns up; without scores the predictions name classes too.
    both = dict.fromkeys(labels[:2] if scores else [*labels, *_labels(table, columns.PREDICTION)])
    pair = _pair(table, outcome, list(both), scores)
    if pair is not None:
        return Scorecard(BINARY, pair, edges, options.decision_thresholds[0] if scores else None)
    enough = len(both) > 1 and table.num_rows >= FEWEST and not scores and options.task is not Task.BINARY
    return Scorecard(MULTICLASS, tuple(sorted(list(both)[:MOST_CLASSES]))) if enough else None


def _pair(table: pa.Table, outcome: str, labels: list[str], scores: tuple[str, ...]) -> tuple[str, str] | None:
    """(negative, positive); of two classes without a usual name, the one with the higher scores is positive."""
    if _are_yes_or_no(labels):
        known = {label: _spelled(label) in _POSITIVES for label in labels}
        said = _spelled(labels[0])
        kind = (_POSITIVES if known[labels[0]] else _NEGATIVES).index(said)
        negative = next((label for label, positive in known.items() if not positive), _NEGATIVES[kind])
        return negative, next((label for label, positive in known.items() if positive), _POSITIVES[kind])
    if len(labels) != 2 or table.num_rows < FEWEST:
        return None
    first, second = sorted(labels)
    if scores:
        score, said_texts = _values(table, scores[0]), text_values(table[outcome])
        means = [np.nanmean(score[pc.equal(said_texts, label).to_numpy(zero_copy_only=False)]) for label in labels]
        return (labels[0], labels[1]) if means[1] >= means[0] else (labels[1], labels[0])
    return first, second


def _labels(table: pa.Table, name: str) -> list[str]:
    """The distinct values as texts, the most frequent first."""
    if name not in table.column_names:
        return []
    counted = pc.value_counts(text_values(table[name]).drop_null())
    ranked = sorted(zip(counted.field("counts").to_pylist(), counted.field("values").to_pylist(), strict=True))
    return [label for _, label in reversed(ranked)]


def _values(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return numbers(table[name]).values
