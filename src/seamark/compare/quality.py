"""How good the model is on either side, where outcomes are known, and how good it probably is where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from seamark.compare.chunks import Chunk, Column, Counts, Floats, Numbers, Reading, Source, Texts
from seamark.compare.roles import ColumnRole, Roles
from seamark.compare.sources import StreamSource
from seamark.errors import InvalidInput
from seamark.stats.binning import numeric_bins
from seamark.stats.expected import CAVEAT, Calibration
from seamark.stats.intervals import Metric
from seamark.stats.joined import Joined
from seamark.stats.scorecard import BINARY, MOST_CLASSES, MULTICLASS, REGRESSION, Scorecard

_LEARNED_ROWS: Final = 500_000  # of the reference, which tell the classes, bins and scales
_FEWEST_ROWS: Final = 50
_MOST_NUMBERED_CLASSES: Final = 20  # more whole numbers than that are a quantity
_THRESHOLD: Final = 0.5
_SCORE_BINS: Final = 100


@dataclass(frozen=True, slots=True)
class QualityMetric:
    """One metric: of the reference, of the current data, and what the current scores let expect; None: not known."""

    name: str
    reference: Metric | None
    current: Metric | None
    estimated: Metric | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What predictions and outcomes say. `note` is the caveat that belongs to the estimates, empty without any."""

    task: str
    metrics: tuple[QualityMetric, ...]
    note: str = ""


def quality_of(reference: Source, current: Source, roles: Roles) -> Quality | None:
    """Metrics of both sides; None where the reference has no outcomes, or nothing to compare them with.

    Binary and multiclass models, by prediction and (binary) score, and regressions. A column that does not fit tells
    nothing and raises nothing.
    """
    ours = _Columns.of(reference, roles)
    # A stream has passed by now, and passes but once.
    theirs = _NOTHING if isinstance(current, StreamSource) else _Columns.of(current, roles)
    if ours.outcome is None or (ours.prediction is None and ours.score is None):
        return None
    try:
        card = _card(reference, ours)
        if card is None:
            return None
        before = _counted(card, reference, ours)
        known = card.metrics(before)
        after = _counted(card, current, theirs)
        realised = card.metrics(after) if theirs.outcome is not None else {}
        estimated = _estimated(card, before, current, theirs)
    except InvalidInput:  # values that no scorecard can be made of
        return None
    rows = [QualityMetric(name, known.get(name), realised.get(name), estimated.get(name)) for name in known]
    return Quality(card.task, tuple(rows), CAVEAT if estimated else "") if rows else None


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of one side; a score counts only where it is the only one."""

    outcome: Column | None
    prediction: Column | None
    score: Column | None

    @classmethod
    def of(cls, source: Source, roles: Roles) -> _Columns:
        usable = (Reading.NUMBER, Reading.TEXT)
        found = {role: list[Column]() for role in (ColumnRole.OUTCOME, ColumnRole.PREDICTION, ColumnRole.SCORE)}
        for column in source.columns:
            if roles.of(column.name) in found and column.reading in usable:
                found[roles.of(column.name)].append(column)
        scores = [column for column in found[ColumnRole.SCORE] if column.reading is Reading.NUMBER]
        outcomes, predictions = found[ColumnRole.OUTCOME], found[ColumnRole.PREDICTION]
        return cls(next(iter(outcomes), None), next(iter(predictions), None), scores[0] if len(scores) == 1 else None)

    @property
    def named(self) -> dict[str, Column]:
        every = {"outcome": self.outcome, "prediction": self.prediction, "score": self.score}
        return {name: column for name, column in every.items() if column is not None}

    def read(self, source: Source) -> Iterator[dict[str, Chunk]]:
        for chunks in source.read(list(self.named.values())):
            yield dict(zip(self.named, chunks, strict=True))


_NOTHING: Final = _Columns(None, None, None)


def _card(source: Source, columns: _Columns) -> Scorecard | None:
    """The scorecard that the first rows of the reference ask for."""
    labels: set[str] = set()
    numbers: dict[str, list[Floats]] = {name: [] for name in columns.named}
    rows = 0
    for chunks in columns.read(source):
        for name, chunk in chunks.items():
            numbers[name].append(_numbers(chunk))
        found = _labels(chunks["outcome"], most=_MOST_NUMBERED_CLASSES if _is_quantity(columns) else MOST_CLASSES)
        labels = (
            labels | set(found[1]) if found is not None else labels | {str(each) for each in range(MOST_CLASSES + 1)}
        )
        rows += chunks["outcome"].rows
        if rows >= _LEARNED_ROWS:
            break
    values = {name: np.concatenate(parts) for name, parts in numbers.items()}
    if _is_quantity(columns) and len(labels) > _MOST_NUMBERED_CLASSES:
        return _of_numbers(values["outcome"], values["prediction"])
    return _of_classes(sorted(labels), values.get("score"))


def _is_quantity(columns: _Columns) -> bool:
    """Whether both sides of an error are numbers, and no score says otherwise."""
    outcome, prediction = columns.outcome, columns.prediction
    both = outcome is not None and prediction is not None and columns.score is None
    return both and outcome.reading is prediction.reading is Reading.NUMBER  # type: ignore[union-attr]  # both are there


def _of_numbers(outcome: Floats, predicted: Floats) -> Scorecard | None:
    usable = np.isfinite(outcome) & np.isfinite(predicted)
    if usable.sum() < _FEWEST_ROWS:
        return None
    outcome, error = outcome[usable], (predicted - outcome)[usable]
    scale = float(outcome.std()) or 1.0
    return Scorecard(REGRESSION, center=float(outcome.mean()), scale=scale, error_scale=float(error.std()) or scale)


def _of_classes(labels: Sequence[str], score: Floats | None) -> Scorecard | None:
    if not 2 <= len(labels) <= MOST_CLASSES:
        return None
    if len(labels) > 2:
        return Scorecard(MULTICLASS, tuple(labels))
    if score is None or not np.isfinite(score).any():
        return Scorecard(BINARY, tuple(labels))
    edges = numeric_bins(score, bins=_SCORE_BINS, extra_edges=(_THRESHOLD,)).edges
    are_probabilities = np.nanmin(score) >= 0 and np.nanmax(score) <= 1
    return Scorecard(BINARY, tuple(labels), (edges,), threshold=_THRESHOLD if are_probabilities else None)


def _counted(card: Scorecard, source: Source, columns: _Columns) -> Counts:
    vector = np.zeros(card.width, dtype=np.int64)
    if columns.outcome is not None:
        for chunks in columns.read(source):
            vector += card.count(_joined(card, chunks))
    return vector


def _joined(card: Scorecard, chunks: dict[str, Chunk]) -> Joined:
    def side(name: str) -> Floats | None:
        if name not in chunks:
            return None
        return _numbers(chunks[name]) if card.task == REGRESSION else _class_numbers(card, chunks[name])

    rows = next(iter(chunks.values())).rows
    outcome, score = side("outcome"), chunks.get("score")
    return Joined(
        np.full(rows, np.nan) if outcome is None else outcome,
        side("prediction"),
        _numbers(score)[:, None] if score is not None and card.edges else None,
    )


def _estimated(card: Scorecard, before: Counts, source: Source, columns: _Columns) -> dict[str, Metric]:
    if not card.edges or columns.score is None:
        return {}
    try:
        calibration = Calibration.of(card, before)
    except InvalidInput:  # a reference that teaches nothing
        return {}
    counts = np.zeros(calibration.true.shape)
    for chunks in columns.read(source):
        counts += card.score_counts(_joined(card, {"score": chunks["score"]}))
    return calibration.metrics(counts)


# --- values ---------------------------------------------------------------------------------------------------------


def _numbers(chunk: Chunk) -> Floats:
    if not isinstance(chunk, Numbers):
        return np.full(chunk.rows, np.nan)
    return chunk.values if chunk.valid is None else np.where(chunk.valid, chunk.values, np.nan)


def _class_numbers(card: Scorecard, chunk: Chunk) -> Floats:
    found = _labels(chunk, most=10_000)
    if found is None:
        return np.full(chunk.rows, np.nan)
    places, names = found
    numbered: Floats = np.array([*map(card.class_number, names), np.nan])[places]
    return numbered


def _labels(chunk: Chunk, *, most: int) -> tuple[Counts, list[str]] | None:
    """int64[N] places in a list of labels, -1 where there is none, and the list; None of more than `most` labels."""
    places = np.full(chunk.rows, -1, dtype=np.int64)
    if isinstance(chunk, Numbers):
        values = _numbers(chunk)
        there = np.flatnonzero(np.isfinite(values))
        distinct, inverse = np.unique(values[there], return_inverse=True)
        names = [f"{value:.15g}" for value in distinct[: most + 1].tolist()]
    elif isinstance(chunk, Texts):
        there = np.arange(chunk.rows) if chunk.valid is None else np.flatnonzero(chunk.valid)
        rows = there if chunk.codes is None else np.asarray(chunk.codes, dtype=np.int64)[there]
        _, first, inverse = np.unique(chunk.hashes[rows], return_index=True, return_inverse=True)
        names = [chunk.text(int(rows[place])) for place in first[: most + 1]]
    else:
        return None
    if len(names) > most:
        return None
    places[there] = inverse
    return places, names
