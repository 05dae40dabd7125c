"""Frames of time by (component, metric) and call graphs, from whatever library they come, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from seamark.clock import SECOND_US
from seamark.errors import InvalidInput

_TIMES: Final = ("time", "timestamp", "unix_timestamp", "date")
_UNIX_LIMIT: Final = 1e11  # seconds until the year 5138; larger numbers are of a finer unit
_KINDS: Final = "a frame of pandas, polars or pyarrow, or a mapping of (component, metric) to values with a 'time'"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """float64[N] of each (component, metric) at increasing `times_us` int64[N]; NaN where nothing was measured."""

    times_us: npt.NDArray[np.int64]
    columns: dict[tuple[str, str], npt.NDArray[np.float64]]

    @property
    def step_us(self) -> int:
        """Between two rows, mostly."""
        return int(np.median(np.diff(self.times_us))) if len(self.times_us) > 1 else 0


def series_of(frame: Any, name: str) -> Series:
    """Read a frame; InvalidInput names what is wrong with which of them."""
    times, columns = _times_and_columns(frame, name)
    found: dict[tuple[str, str], npt.NDArray[np.float64]] = {}
    for label, values in columns:
        key = _key(label, name)
        if key in found:
            raise InvalidInput(f"`{name}` has two columns for {key[1]} of {key[0]}.", value=label)
        found[key] = _numbers(values, key, name)
    if not found:
        raise InvalidInput(f"`{name}` has no columns besides the time.", value=name)
    if not len(times):
        raise InvalidInput(f"`{name}` has no rows.", value=name)
    order = np.argsort(times, kind="stable")
    return Series(times[order], {key: values[order] for key, values in found.items()})


def _times_and_columns(frame: Any, name: str) -> tuple[npt.NDArray[np.int64], list[tuple[Any, Any]]]:
    if isinstance(frame, Mapping):
        items = list(frame.items())
    elif hasattr(frame, "column_names"):  # pyarrow
        items = [(each, frame[each].to_numpy()) for each in frame.column_names]
    elif hasattr(frame, "columns") and hasattr(frame, "index"):  # pandas
        items = [(label, frame.iloc[:, place].to_numpy()) for place, label in enumerate(frame.columns)]
        if not any(_is_time(label) for label, _ in items):
            return _instants(frame.index.to_numpy(), name), items
    elif hasattr(frame, "columns") and hasattr(frame, "get_column"):  # polars
        items = [(each, frame.get_column(each).to_numpy()) for each in frame.columns]
    else:
        raise InvalidInput(f"`{name}` is {type(frame).__name__}; accepted: {_KINDS}.", value=name)
    times = [values for label, values in items if _is_time(label)]
    if len(times) != 1:
        raise InvalidInput(f"`{name}` has {len(times)} time columns; exactly one of {', '.join(_TIMES)} is needed.")
    return _instants(np.asarray(times[0]), name), [(label, values) for label, values in items if not _is_time(label)]


def _is_time(label: Any) -> bool:
    first = next((str(part) for part in label if str(part)), "") if isinstance(label, tuple) else str(label)
    rest = label[1:] if isinstance(label, tuple) else ()
    return first.lower() in _TIMES and not any(str(part) for part in rest)


def _key(label: Any, name: str) -> tuple[str, str]:
    parts = [str(part) for part in label if str(part)] if isinstance(label, tuple) else str(label).rsplit("/", 1)
    if len(parts) < 2:
        raise InvalidInput(
            f"Column {label!r} of `{name}` names no metric; a column is (component, metric) or 'component/metric'.",
            value=label,
        )
    return parts[0], "/".join(parts[1:])


def _numbers(values: Any, key: tuple[str, str], name: str) -> npt.NDArray[np.float64]:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"{key[1]} of {key[0]} in `{name}` is not a column of numbers.", value=key) from None


def _instants(values: npt.NDArray[Any], name: str) -> npt.NDArray[np.int64]:
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]").astype(np.int64)
    if values.dtype.kind in "iuf":
        return np.array([instant(each) for each in values.tolist()], dtype=np.int64)
    try:
        return np.array([instant(each) for each in values.tolist()], dtype=np.int64)
    except InvalidInput as error:
        raise InvalidInput(f"The time of `{name}`: {error}", value=name) from None


def instant(value: Any) -> int:
    """Microseconds UTC of a datetime (without a zone: UTC), an ISO text, numpy's datetime64 or Unix seconds."""
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[us]").astype(np.int64))
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidInput(f"{value!r} is no time; accepted: ISO 8601 or Unix seconds.", value=value) from None
    if isinstance(value, datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
        return round(zoned.timestamp() * SECOND_US)
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"{value!r} is no time; accepted: a datetime, ISO 8601 or Unix seconds.", value=value
        ) from None
    if not abs(seconds) < _UNIX_LIMIT:
        raise InvalidInput(f"{value!r} is no Unix time in seconds.", value=value)
    return round(seconds * SECOND_US)


def calls_of(graph: Any) -> dict[str, tuple[str, ...]] | None:
    """Who calls whom, as caller to callees; None where no graph was given."""
    if graph is None:
        return None
    pairs: list[tuple[str, str]] = []
    if isinstance(graph, Mapping):
        pairs = [(str(caller), str(callee)) for caller, callees in graph.items() for callee in callees]
    elif hasattr(graph, "edges"):  # networkx
        edges = graph.edges() if callable(graph.edges) else graph.edges
        pairs = [(str(edge[0]), str(edge[1])) for edge in edges]
    elif hasattr(graph, "columns") and hasattr(graph, "index"):  # a square frame of pandas
        matrix = np.nan_to_num(graph.to_numpy().astype(np.float64))
        callers, callees = list(map(str, graph.index)), list(map(str, graph.columns))
        pairs = [(callers[row], callees[column]) for row, column in np.argwhere(matrix != 0).tolist()]
    else:
        try:
            pairs = [(str(caller), str(callee)) for caller, callee in graph]
        except (TypeError, ValueError):
            raise InvalidInput(
                f"`graph` is {type(graph).__name__}; accepted: a mapping of caller to callees, pairs, a square frame"
                " or a networkx graph.",
                value="graph",
            ) from None
    found: dict[str, list[str]] = {}
    for caller, callee in pairs:
        found.setdefault(caller, []).append(callee)
    return {caller: tuple(dict.fromkeys(callees)) for caller, callees in found.items()}
