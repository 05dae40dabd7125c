"""Business metrics of joined rows: expressions evaluated on columns, a numerator and a denominator for each row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seamark.errors import InvalidInput
from seamark.profile.conform import is_list, numbers, text_values
from seamark.records import rows as columns
from seamark.records.business import OUTCOME, BusinessOptions
from seamark.records.expression import Expression, Kind, Node

Floats = NDArray[np.float64]

_WHOLE: Final = (columns.PREDICTION, columns.SCORE, columns.LATENCY, columns.WEIGHT, columns.VERSION)
_PREFIXES: Final = (columns.VALUE, columns.FEATURE, columns.SEGMENT)  # a bare name is looked for in this order


def business_sides(
    metrics: Mapping[str, BusinessOptions], table: pa.Table, outcome: str | None = None
) -> dict[str, tuple[Floats, Floats]]:
    """float64[N] numerator and denominator by metric, as `stats.joined.Joined.business` takes them.

    NaN where the row does not count: its condition is not true, or a value is missing. A metric with a name that stands
    for no column of the table gets no rows. `outcome`: the column that the name `outcome` stands for.
    """
    return {name: _sides(metric, table, outcome) for name, metric in metrics.items()}


def asked_columns(metrics: Mapping[str, BusinessOptions]) -> set[str]:
    """The columns beside answers, segments and outcomes that the metrics may need: `latency_ms`, and features.

    A bare name may be a feature's until the rows tell.
    """
    names = {name for metric in metrics.values() for name in metric.names} - {OUTCOME}
    others = (columns.VALUE, columns.SEGMENT, columns.CLASS_SCORE)
    bare = {name.removeprefix(columns.FEATURE) for name in names.difference(_WHOLE) if not name.startswith(others)}
    return {columns.FEATURE + name for name in bare} | (names & {columns.LATENCY})


def unknown_names(metrics: Mapping[str, BusinessOptions], known: Collection[str]) -> dict[str, str]:
    """Of each metric with a name that stands for no column, a sentence that points at it."""
    found = {}
    for name, metric in metrics.items():
        try:
            for side in metric.sides:
                if side is not None:
                    side.check_names(known_names(known))
        except InvalidInput as wrong:
            found[name] = wrong.message
    return found


def columns_of(metrics: Mapping[str, BusinessOptions], known: Collection[str], outcome: str | None = None) -> set[str]:
    """The columns of joined rows that the metrics need, of those that are known."""
    names = {name for metric in metrics.values() for name in metric.names}
    return {column for name in names if (column := column_of(name, known, outcome)) is not None}


def column_of(name: str, known: Collection[str], outcome: str | None = None) -> str | None:
    """The column that a name stands for: itself, or the outcome value, feature or segment of that name."""
    if name == OUTCOME and outcome is not None and columns.VALUE + name not in known:
        return outcome if outcome in known else None
    if name in known and (name in _WHOLE or name.startswith((*_PREFIXES, columns.CLASS_SCORE))):
        return name
    return next((prefix + name for prefix in _PREFIXES if prefix + name in known), None)


def known_names(known: Collection[str]) -> list[str]:
    """All names that an expression may use where these columns are known, for `Expression.check_names`."""
    whole = [name for name in known if name in _WHOLE or name.startswith((*_PREFIXES, columns.CLASS_SCORE))]
    short = [name.removeprefix(prefix) for name in known for prefix in _PREFIXES if name.startswith(prefix)]
    return list(dict.fromkeys([OUTCOME, *whole, *short]))


def evaluate(expression: Expression, table: pa.Table, outcome: str | None = None) -> Floats:
    """float64[N]: the value in each row; truths are 1 and 0, NaN is missing. A division by 0 is missing, too.

    Raises InvalidInput for a name that stands for no column, with the nearest that does.
    """
    if any(column_of(name, table.column_names, outcome) is None for name in expression.names):
        expression.check_names(known_names(table.column_names))
        raise InvalidInput(f"{expression.text!r} names the outcome, and no outcome is known yet.")
    with np.errstate(all="ignore"):  # what overflows is no finite number, and such rows do not count
        return _Rows(table, outcome).number(expression.root)


def _sides(metric: BusinessOptions, table: pa.Table, outcome: str | None) -> tuple[Floats, Floats]:
    nothing = np.full(table.num_rows, np.nan)
    if any(column_of(name, table.column_names, outcome) is None for name in metric.names):
        return nothing, nothing
    numerator, denominator, where = metric.sides
    above = evaluate(numerator, table, outcome)
    below = np.ones(table.num_rows) if denominator is None else evaluate(denominator, table, outcome)
    if where is not None:
        above = np.where(evaluate(where, table, outcome) == 1, above, np.nan)
    return above, below


class _Rows:
    """The rows that an expression is evaluated on, node by node, all rows at once."""

    def __init__(self, table: pa.Table, outcome: str | None) -> None:
        self._table, self._outcome = table, outcome

    def number(self, node: Node) -> Floats:
        """float64[N]; a text that holds no number is missing."""
        if node.operator == "literal":
            return np.full(self._table.num_rows, float(node.value))
        if node.operator == "name":
            return numbers(self._column(node)).values
        if node.operator == "missing":
            return self._missing(node.operands[0])
        if node.operator in ("=", "!="):
            same = self._same(*node.operands)
            return same if node.operator == "=" else 1 - same
        operands = [self.number(each) for each in node.operands]
        if node.operator in ("and", "or", "not", "if"):
            operands[: 1 if node.operator == "if" else None] = [
                _truth(each) for each in (operands[:1] if node.operator == "if" else operands)
            ]
        return _OPERATIONS[node.operator](*operands)

    def _missing(self, node: Node) -> Floats:
        if node.operator == "name":
            missing = self._column(node).is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
            return np.asarray(missing, dtype=np.float64)
        return np.isnan(self.number(node)).astype(np.float64)

    def _same(self, left: Node, right: Node) -> Floats:
        """Labels are the same however they are written: 1, 1.0, true; '1' is the text of each."""
        if Kind.TEXT in (left.kind, right.kind) or (left.operator == right.operator == "name"):
            one, other = (_labels(self._texts(each)) for each in (left, right))
            return _with_missing(pc.equal(one, other))
        one_number, other_number = self.number(left), self.number(right)
        unknown = np.isnan(one_number) | np.isnan(other_number)
        return np.where(unknown, np.nan, one_number == other_number)

    def _texts(self, node: Node) -> pa.Array:
        if node.operator == "name":
            return text_values(self._column(node))
        if node.kind is Kind.TEXT:
            return pa.array([str(node.value)]).take(pa.array(np.zeros(self._table.num_rows, dtype=np.int64)))
        return text_values(pa.array(self.number(node), from_pandas=True))

    def _column(self, node: Node) -> pa.Array:
        name = column_of(str(node.value), self._table.column_names, self._outcome)
        column = self._table[name].combine_chunks()
        column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
        return pa.nulls(len(column)) if is_list(column.type) else column


def _labels(texts: pa.Array) -> pa.Array:
    """One spelling for what frames and JSON write for the same label."""
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), r"^(-?\d+)\.0+$", r"\1")
    lower = pc.utf8_lower(plain)
    plain = pc.if_else(pc.equal(lower, "true"), pa.scalar("1", plain.type), plain)
    return pc.cast(pc.if_else(pc.equal(lower, "false"), pa.scalar("0", plain.type), plain), pa.large_string())


def _with_missing(truths: pa.Array) -> Floats:
    values = pc.cast(truths, pa.float64())
    return np.asarray(pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False), dtype=np.float64)


def _truth(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.nan, (values != 0).astype(np.float64))


def _both(one: Floats, other: Floats) -> Floats:
    """Kleene's and: false and missing is false."""
    return np.where((one == 0) | (other == 0), 0.0, one * other)


def _either(one: Floats, other: Floats) -> Floats:
    return np.where((one == 1) | (other == 1), 1.0, one + other)


def _chosen(condition: Floats, then: Floats, otherwise: Floats) -> Floats:
    return np.where(np.isnan(condition), np.nan, np.where(condition == 1, then, otherwise))


def _compared(operation: Callable[[Floats, Floats], NDArray[np.bool_]]) -> Callable[[Floats, Floats], Floats]:
    def compare(one: Floats, other: Floats) -> Floats:
        return np.where(np.isnan(one) | np.isnan(other), np.nan, operation(one, other))

    return compare


def _divided(one: Floats, other: Floats) -> Floats:
    return np.where(other == 0, np.nan, one / other)


def _least(*operands: Floats) -> Floats:
    found: Floats = np.minimum.reduce(operands)
    return found


def _most(*operands: Floats) -> Floats:
    found: Floats = np.maximum.reduce(operands)
    return found


_OPERATIONS: Final[Mapping[str, Callable[..., Floats]]] = {
    "and": _both,
    "or": _either,
    "not": lambda one: 1 - one,
    "<": _compared(np.less),
    "<=": _compared(np.less_equal),
    ">": _compared(np.greater),
    ">=": _compared(np.greater_equal),
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divided,
    "negative": np.negative,
    "abs": np.abs,
    "min": _least,
    "max": _most,
    "if": _chosen,
}
