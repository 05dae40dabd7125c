"""A business metric as its owner declares it: `[models.NAME.business.METRIC]`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from seamark.errors import InvalidInput
from seamark.records.expression import Expression, parse_expression, require_number, require_truth

BUILT_IN: Final = frozenset(
    {
        "accuracy",
        "auc",
        "average_precision",
        "bias",
        "brier_score",
        "calibration_error",
        "f1",
        "false_positive_rate",
        "log_loss",
        "macro_f1",
        "mae",
        "mape",
        "median_absolute_error",
        "precision",
        "quantile_loss",
        "r2",
        "recall",
        "rmse",
        "weighted_f1",
    }
)
"""The metrics that need no declaration: none that is declared may have such a name."""

OUTCOME: Final = "outcome"  # in an expression: the outcome value by which the model is graded


@dataclass(frozen=True, slots=True)
class BusinessOptions:
    """Σ numerator / Σ denominator over the joined rows where a condition holds.

    Raises InvalidInput for an expression that cannot be read, and points at what is wrong in it.
    """

    numerator: str = ""  # what is summed: a number of each row, or a condition that counts as 1
    denominator: str = ""  # what it is divided by; empty = the number of rows
    where: str = ""  # which rows; empty = all that have an outcome
    matrix: Mapping[str, float] = field(default_factory=dict)  # "PREDICTED/OUTCOME" → its worth, instead of a numerator
    better: Literal["higher", "lower"] = "higher"
    tolerance: float | None = None  # the worst value that is no alarm; not set = what is usual
    priority: Literal["P1", "P2", "P3"] = "P2"

    def __post_init__(self) -> None:
        if bool(self.numerator) == bool(self.matrix):
            raise InvalidInput("needs either the key numerator or the key matrix.", field="numerator")
        for cell, worth in self.matrix.items():
            if cell.count("/") != 1 or "'" in cell or not math.isfinite(worth):
                raise InvalidInput(f'matrix takes "PREDICTED/OUTCOME" = NUMBER, like "1/0" = -5.0, not {cell!r}.')
        for key in ("numerator", "denominator", "where"):
            try:
                expression = _read(getattr(self, key))
                if expression is not None:
                    (require_truth if key == "where" else require_number)(expression)
            except InvalidInput as wrong:
                raise InvalidInput(f"{key}: {wrong.message}", value=wrong.value) from None
        parse_expression(self.numerator_text)

    @property
    def numerator_text(self) -> str:
        """The numerator; of a matrix, the worth of each cell where it is true. Other cells are worth nothing."""
        if not self.matrix:
            return self.numerator
        cells = [(cell.partition("/"), worth) for cell, worth in self.matrix.items()]
        return " + ".join(
            f"{worth!r} * (prediction = '{said.strip()}' and {OUTCOME} = '{came.strip()}')"
            for (said, _, came), worth in cells
        )

    @property
    def texts(self) -> dict[str, str]:
        """The expressions by key: all of a metric that tells how it is counted."""
        return {"numerator": self.numerator_text, "denominator": self.denominator, "where": self.where}

    @property
    def sides(self) -> tuple[Expression, Expression | None, Expression | None]:
        """Numerator, denominator and condition."""
        return parse_expression(self.numerator_text), _read(self.denominator), _read(self.where)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that its expressions use."""
        return tuple(dict.fromkeys(name for side in self.sides if side is not None for name in side.names))


def _read(text: str) -> Expression | None:
    return parse_expression(text) if text else None
