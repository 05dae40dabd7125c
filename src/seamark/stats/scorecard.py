"""The additive scorecard: what is kept of predictions whose outcome is known.

A card fixes the layout of one integer vector. Vectors of rows add exactly, in any order and grouping, and a correction
is `+count(new) - count(old)`. Quality metrics are functions of the sums.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from seamark.errors import Corrupt, InvalidInput
from seamark.stats import outcome_sums, quality
from seamark.stats.binning import NumericBins
from seamark.stats.intervals import Metric
from seamark.stats.joined import UNIT, WEIGHT_UNIT, BusinessSum, Joined, Tally

__all__ = ["BusinessSum", "Joined", "Metric", "Scorecard"]

BINARY: Final = "binary"
MULTICLASS: Final = "multiclass"
REGRESSION: Final = "regression"
RANKING: Final = "ranking"

MOST_CLASSES: Final = 100
_VERSION: Final = 1

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Sections = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Scorecard:
    """The layout of one vector: named sections, one after the other.

    * `task`: binary, multiclass, regression or ranking. `classes` as texts; of a binary model (negative, positive).
    * `edges`: of the score's bins (`NumericBins.edges`); multiclass: one array per class; else none. Metrics of scores
      err by what is within one bin.
    * `threshold`: the score from which on a binary model says positive, where a row does not carry its prediction.
    * `center`, `scale`: of the reference's outcomes; `error_scale` of its errors. Scales are > 0, in the outcome's
      unit; an error or outcome further than 64 of them away counts as if it were that far.
    * `quantile`: which quantile a regression predicts, when it is not the mean.
    * `depth`: the k of NDCG@k and hit rate@k.

    Raises InvalidInput for what does not fit together.
    """

    task: str
    classes: tuple[str, ...] = ()
    edges: tuple[Floats, ...] = ()
    threshold: float | None = None
    center: float = 0.0
    scale: float = 1.0
    error_scale: float = 1.0
    quantile: float | None = None
    depth: int = 10
    business: tuple[BusinessSum, ...] = ()
    layout: Mapping[str, tuple[int, ...]] = field(init=False)  # section → its shape, in order
    digest: bytes = field(init=False)  # 8 bytes of BLAKE2b over the content
    _bins: tuple[NumericBins, ...] = field(init=False, repr=False)
    _offsets: Mapping[str, int] = field(init=False, repr=False)
    _numbers: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check(self)
        layout = _layout(self)
        sizes = np.cumsum([0, *(math.prod(shape) for shape in layout.values())]).tolist()
        numbers = {_plain(name): number for number, name in reversed(list(enumerate(self.classes)))}
        numbers |= {name: number for number, name in enumerate(self.classes)}
        object.__setattr__(self, "_bins", tuple(NumericBins(edges) for edges in self.edges))
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "_offsets", dict(zip([*layout, ""], sizes, strict=True)))
        object.__setattr__(self, "_numbers", numbers)
        text = json.dumps(self.to_dict(), ensure_ascii=False).encode("utf-8", "surrogatepass")
        object.__setattr__(self, "digest", hashlib.blake2b(text, digest_size=8).digest())

    @property
    def width(self) -> int:
        """Length of the vector."""
        return self._offsets[""]

    def class_number(self, text: str) -> float:
        """The number of a class given as text, NaN for none of them; `true`, `1` and `1.0` are one class."""
        found = self._numbers.get(text, self._numbers.get(_plain(text)))
        return math.nan if found is None else float(found)

    def nearest_threshold(self, threshold: float) -> float:
        """The bin edge at which `metrics(…, threshold=…)` decides."""
        edges = self.edges[0]
        return float(edges[np.abs(edges - threshold).argmin()])

    def count(self, joined: Joined) -> Counts:
        """int64[width]: the rows, counted."""
        counted: Counts = self.count_groups(joined, None, 1)[0]
        return counted

    def count_groups(self, joined: Joined, group: npt.NDArray[np.integer[Any]] | None, groups: int) -> Counts:
        """int64[groups, width]: the rows of each group, by each row's group number (None: all are group 0)."""
        tally = Tally(self._offsets, joined.fixed_weights(), group, groups)
        known = np.isfinite(joined.outcome)
        if self.classes:
            known &= (joined.outcome >= 0) & (joined.outcome < len(self.classes))
        tally.rows(known)
        chosen = np.flatnonzero(known)
        if self.task == REGRESSION:
            scales = outcome_sums.Scales(self.center, self.scale, self.error_scale)
            outcome_sums.count_errors(tally, joined, chosen, scales)
        elif self.task == MULTICLASS:
            outcome_sums.count_classes(tally, joined, chosen, self._bins, len(self.classes))
        elif self.task == BINARY:
            actual = joined.outcome[chosen].astype(np.int64)
            predicted = joined.column("predicted")[chosen]
            outcome_sums.count_binary(tally, joined, chosen, actual, predicted, self._bins, self.threshold)
        else:
            actual = (joined.outcome[chosen] > 0).astype(np.int64)
            nothing_said = np.full(len(chosen), np.nan)
            outcome_sums.count_binary(tally, joined, chosen, actual, nothing_said, self._bins, self.threshold)
            outcome_sums.count_positions(tally, joined, chosen, actual, self.depth)
        for each in self.business:
            if each.name in joined.business:
                outcome_sums.count_business(tally, each, *joined.business[each.name])
        return tally.totals

    def score_counts(self, joined: Joined) -> Floats:
        """float64[S, bins]: (weighted) rows per bin of each column of scores; outcomes play no part."""
        width, weights = max(each.count for each in self._bins), joined.fixed_weights() / WEIGHT_UNIT
        counts = np.zeros((len(self._bins), width))
        for column, bins in enumerate(self._bins):
            counts[column, : bins.count] = np.bincount(
                bins.index(joined.score(column)), weights, minlength=bins.count + 1
            )[: bins.count]
        return counts

    def sections(self, vector: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        """Views of the vector's sections, in their shapes."""
        return {
            name: vector[self._offsets[name] : self._offsets[name] + math.prod(shape)].reshape(shape)
            for name, shape in self.layout.items()
        }

    def rows(self, vector: Counts) -> tuple[int, int]:
        """Joined rows with a usable outcome, and those whose outcome is missing, mistyped or of an unknown class."""
        usable, unusable = self.sections(vector)["rows"][:2].tolist()
        return usable, unusable

    def metrics(self, vector: npt.NDArray[Any], *, threshold: float | None = None) -> dict[str, Metric]:
        """Quality by name (`auc`, `mae`, …), each with its 95 % interval; what the rows do not define is absent.

        `threshold` decides anew, at the nearest bin edge, what a binary model calls positive.
        """
        values = self.sections(vector)
        _, _, weight, squares = values["rows"].tolist()
        found = {}
        if weight > 0 and squares > 0:
            # Weights in fixed point times this are effective rows: they sum to (Σw)² / Σw².
            found = _METRICS[self.task](self, values, weight / squares / WEIGHT_UNIT, threshold)
        for each in self.business:
            metric = outcome_sums.business_metric(each, values[f"business.{each.name}"])
            if metric is not None:
                found[each.name] = metric
        return found

    def to_dict(self) -> dict[str, Any]:
        """All there is to a card, as JSON can hold it."""
        plain = {name: getattr(self, name) for name in _PLAIN_FIELDS}
        edges = [each.tolist() for each in self.edges]
        business = [asdict(each) for each in self.business]
        return {"version": _VERSION, **plain, "classes": list(self.classes), "edges": edges, "business": business}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Scorecard:
        """Read what `to_dict` made; raises Corrupt when it is anything else."""
        try:
            if document["version"] != _VERSION:
                raise Corrupt(f"A scorecard has version {document['version']}; this Seamark reads version {_VERSION}.")
            return cls(
                classes=tuple(document["classes"]),
                edges=tuple(np.array(each, dtype=np.float64) for each in document["edges"]),
                business=tuple(BusinessSum(**each) for each in document["business"]),
                **{name: document[name] for name in _PLAIN_FIELDS},
            )
        except (KeyError, TypeError, ValueError, InvalidInput) as error:
            raise Corrupt(f"A scorecard contradicts itself: {error!r}.") from error


_PLAIN_FIELDS: Final = ("task", "threshold", "center", "scale", "error_scale", "quantile", "depth")


def _check(card: Scorecard) -> None:
    if card.task not in _METRICS:
        raise InvalidInput(
            f"A scorecard cannot be for the task {card.task!r}; the tasks are {', '.join(_METRICS)}.",
            field="task",
            value=card.task,
        )
    least, most = {BINARY: (2, 2), MULTICLASS: (2, MOST_CLASSES)}.get(card.task, (0, 0))
    if not least <= len(card.classes) <= most:
        raise InvalidInput(
            f"A {card.task} scorecard has {least} to {most} classes; {len(card.classes)} were given.", field="classes"
        )
    if not (card.scale > 0 and card.error_scale > 0 and math.isfinite(card.scale * card.error_scale)):
        raise InvalidInput(
            f"The scales of a scorecard are finite and above 0, not {card.scale} and {card.error_scale}.", field="scale"
        )
    columns = {MULTICLASS: len(card.classes), REGRESSION: 0}.get(card.task, 1)
    if len(card.edges) not in (0, columns):
        raise InvalidInput(
            f"A {card.task} scorecard has edges for {columns} columns of scores, not {len(card.edges)}.", field="edges"
        )


def _plain(text: str) -> str:
    """One spelling of what frames, JSON and databases write for the same label."""
    lower = text.strip().lower()
    if lower in ("true", "false"):
        return "1" if lower == "true" else "0"
    return lower[:-2] if lower.endswith(".0") else text


def _layout(card: Scorecard) -> dict[str, tuple[int, ...]]:
    layout: dict[str, tuple[int, ...]] = {"rows": (4,)}
    bins = max((len(edges) + 1 for edges in card.edges), default=0)
    if card.task == REGRESSION:
        layout |= outcome_sums.ERROR_SECTIONS
    else:
        classes = len(card.classes)
        by_class = (classes,) if card.task == MULTICLASS else ()
        # By bin, whether it came true, and whether the model said so.
        layout |= {"score": (*by_class, bins, 2, 2), "score_sum": (*by_class, bins), "probability": (5,)}
        layout["confusion"] = (max(classes, 2),) * 2  # predicted by actual
    if card.task == RANKING:
        layout |= {"outcome": (2,), "position": (card.depth + 1, 2)}
    return layout | {f"business.{each.name}": (7,) for each in card.business}


# --- sums into metrics ----------------------------------------------------------------------------------------------


def _binary_metrics(card: Scorecard, values: Sections, factor: float, threshold: float | None) -> dict[str, Metric]:
    score, confusion = values["score"].sum(axis=-1) * factor, values["confusion"] * factor
    found = quality.ranking_of_scores(score) | outcome_sums.losses(values["probability"] * factor, score.sum())
    if "log_loss" in found:
        found |= quality.calibration_error(score, values["score_sum"] * factor / UNIT)
    if threshold is not None and card.edges:
        at = int(np.searchsorted(card.edges[0], card.nearest_threshold(threshold), side="right"))
        confusion = np.stack([score[:at].sum(axis=0), score[at:].sum(axis=0)])
    return found | quality.decisions(confusion)


def _ranking_metrics(card: Scorecard, values: Sections, factor: float, threshold: float | None) -> dict[str, Metric]:
    rows = values["outcome"] * factor
    return (
        _binary_metrics(card, values, factor, threshold)
        | quality.click_through(rows)
        | quality.positions(values["position"] * factor, card.depth)
    )


def _class_metrics(card: Scorecard, values: Sections, factor: float, _threshold: float | None) -> dict[str, Metric]:
    score = values["score"].sum(axis=-1) * factor
    return (
        quality.one_against_the_rest(score)
        | outcome_sums.losses(values["probability"] * factor, score.sum() / len(card.classes))
        | quality.classes(values["confusion"] * factor)
    )


def _error_metrics(card: Scorecard, values: Sections, factor: float, _threshold: float | None) -> dict[str, Metric]:
    scales = outcome_sums.Scales(card.center, card.scale, card.error_scale)
    return outcome_sums.error_metrics(values, scales, card.quantile, factor)


_METRICS: Final[Mapping[str, Callable[[Scorecard, Sections, float, float | None], dict[str, Metric]]]] = {
    BINARY: _binary_metrics,
    MULTICLASS: _class_metrics,
    REGRESSION: _error_metrics,
    RANKING: _ranking_metrics,
}
