"""The last step of every decoder: check identity and time, put the columns in order.

All checks are on whole Arrow arrays; rows are looked at one by one only where an array says that some are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seamark import clock
from seamark.errors import InvalidInput, TooLarge
from seamark.records import rows as names
from seamark.records.log import EntryKind
from seamark.wire.batch import Batch
from seamark.wire.limits import Limits
from seamark.wire.lists import TIME_ACCEPTED
from seamark.wire.refusal import Refusals

Describe = Callable[[str, dict[str, pa.Array]], dict[str, pa.Array]]  # of a model's columns


@dataclass(frozen=True, slots=True)
class Request:
    """What is known about a batch besides its rows."""

    kind: EntryKind
    model: str
    now_us: int
    version: str = ""
    partial: bool = False  # refuse single rows instead of the batch
    describe: Describe | None = None  # what takes the place of contents that are not stored, before they are cut


_STEPS = (".", "..")  # clients and proxies resolve them in an address, so that no baseline could be sent


def finish(columns: Mapping[str, pa.Array], refusals: Refusals, request: Request, limits: Limits) -> Batch:
    """The canonical table of equally long typed arrays; raises InvalidInput unless a partial batch was asked for."""
    rows = len(next(iter(columns.values()), ()))
    if request.describe is not None:
        columns = request.describe(request.model, dict(columns))
    kept, shortened = within_limits(columns, limits)
    _check_ids(kept.get(names.ID), rows, refusals, limits)
    _check_times(kept, names.TIME, rows, refusals, request, limits)
    if request.kind is EntryKind.OUTCOMES:
        _check_times(kept, names.PREDICTION_TIME, rows, refusals, request, limits)
    else:
        kept[names.VERSION] = _versions(kept.get(names.VERSION), rows, request.version, refusals, limits)
        if names.WEIGHT in kept:
            kept[names.WEIGHT] = _weights(kept[names.WEIGHT], refusals)
        _check_collisions(kept, refusals)
    return _settle(kept, refusals, request, shortened)


def check_model(model: str, limits: Limits) -> str:
    """The model's name; raises InvalidInput for an empty, overlong or unprintable one, and for a step of a path."""
    if not model or len(model) > limits.max_name_chars or not model.isprintable() or model in _STEPS:
        accepted = f"1 to {limits.max_name_chars} printable characters, but not '.' or '..'"
        raise InvalidInput(
            f"model {model[:80]!r} is not a name; send {accepted}.", field="model", value=model[:80], accepted=accepted
        )
    return model


def check_rows(rows: int, limits: Limits) -> None:
    """Raise for a batch without rows."""
    if rows == 0:
        raise InvalidInput("The batch holds no rows; send at least one.", accepted="at least one row")
    if rows > limits.max_rows:
        raise too_many_rows(rows, limits)


def too_many_rows(rows: int, limits: Limits) -> InvalidInput:
    """The refusal of a batch that should have been several."""
    return TooLarge(
        f"The batch has {rows:,} rows; at most {limits.max_rows:,} are accepted, so send it in parts.",
        accepted=f"at most {limits.max_rows} rows",
    )


def _settle(columns: dict[str, pa.Array], refusals: Refusals, request: Request, shortened: int) -> Batch:
    """Put the columns in order, without the refused rows; or raise the first refusal."""
    refused = refusals.sorted()
    if refused and not request.partial:
        raise refused[0].error()
    table = pa.table({name: columns[name] for name in sorted(columns, key=_place)})
    if refused:
        keep = np.ones(table.num_rows, bool)
        keep[[refusal.row for refusal in refused]] = False
        table = table.filter(pa.array(keep))
    return Batch(request.kind, request.model, table, refused, shortened)


_STRING = pa.string()
_IDENTITY = (names.ID, names.TIME, names.VERSION)
_AFTER_FEATURES = (names.PREDICTION, names.SCORE)
_LAST = (names.LATENCY, names.WEIGHT, names.PREDICTION_TIME)
_ORDER = (
    *_IDENTITY,
    names.FEATURE,
    names.VALUE,
    names.MISTYPED,
    *_AFTER_FEATURES,
    names.CLASS_SCORE,
    names.SEGMENT,
    *_LAST,
)
_PLACES = {name: place for place, name in enumerate(_ORDER)}


@lru_cache(maxsize=16_384)  # a model sends the same few names in every batch
def _place(name: str) -> int:
    """Where a column stands among the others; `sorted` is stable, so the caller's order rules within a prefix."""
    head, dot, _ = name.partition(".")
    return _PLACES[head + dot] if dot else _PLACES[name]


def within_limits(columns: Mapping[str, pa.Array], limits: Limits) -> tuple[dict[str, pa.Array], int]:
    """The columns with every data text cut to the limit, and how many were."""
    cut = 0
    most = limits.max_string_chars
    kept = dict(columns)
    for name, array in columns.items():
        if name not in _IDENTITY and array.type == _STRING and _byte_lengths(array).max(initial=0) > most:
            cut += pc.sum(pc.greater(pc.utf8_length(array), most)).as_py() or 0
            kept[name] = pc.utf8_slice_codeunits(array, 0, most)
    return kept, cut


def _byte_lengths(array: pa.Array) -> npt.NDArray[np.int32]:
    """The bytes of each text of a string array, from its offsets. A text has at most as many characters as bytes."""
    offsets = np.frombuffer(array.buffers()[1] or b"", np.int32)[array.offset : array.offset + len(array) + 1]
    lengths: npt.NDArray[np.int32] = offsets[1:] - offsets[:-1]
    return lengths


def _check_ids(ids: pa.Array | None, rows: int, refusals: Refusals, limits: Limits) -> None:
    accepted = f"a text of 1 to {limits.max_name_chars} characters, or an integer up to 2^53"
    if ids is None:
        raise InvalidInput("The batch has no id column.", field=names.ID, accepted=accepted)
    if ids.null_count:
        for row in np.flatnonzero(_to_numpy(pc.is_null(ids))):
            refusals.add(int(row), names.ID, None, "is missing", accepted)
    size = _byte_lengths(ids)
    if rows == 0 or (size.min() >= 1 and size.max() <= limits.max_name_chars):
        return
    lengths = pc.utf8_length(ids)
    wrong = pc.or_(pc.less(lengths, 1), pc.greater(lengths, limits.max_name_chars)).fill_null(False)
    for row in np.flatnonzero(_to_numpy(wrong)):
        refusals.add(int(row), names.ID, ids[row].as_py(), f"has {lengths[row].as_py():,} characters", accepted)


def _check_times(
    columns: Mapping[str, pa.Array], field: str, rows: int, refusals: Refusals, request: Request, limits: Limits
) -> None:
    """Missing (where required), before 1970, or further ahead of the clock than allowed."""
    array = columns.get(field)
    required = field == names.TIME
    if array is None:
        if required:
            raise InvalidInput("The batch has no time column.", field=field, accepted=TIME_ACCEPTED)
        return
    if required and array.null_count:
        for row in np.flatnonzero(_to_numpy(pc.is_null(array))):
            refusals.add(int(row), field, None, "is missing", TIME_ACCEPTED)
    moments = _microseconds(array)
    latest = request.now_us + limits.max_future_seconds * clock.SECOND_US
    if not rows or (moments.min() >= 0 and moments.max() <= latest):
        return
    for row in np.flatnonzero(moments < 0):
        refusals.add(int(row), field, _shown(array, int(row)), "is before 1970", "a time from 1970 on")
    for row in np.flatnonzero(moments > latest):
        problem = f"is more than {limits.max_future_seconds} s ahead of now ({clock.to_iso(request.now_us)})"
        refusals.add(int(row), field, _shown(array, int(row)), problem, "a time that has been")


def _versions(array: pa.Array | None, rows: int, given: str, refusals: Refusals, limits: Limits) -> pa.Array:
    """The version of each row: its own, else the batch's, else ""."""
    accepted = f"at most {limits.max_name_chars} characters"
    if len(given) > limits.max_name_chars:
        raise InvalidInput(
            f"version has {len(given):,} characters; send {accepted}.", field=names.VERSION, accepted=accepted
        )
    if array is None:
        return pa.repeat(pa.scalar(given, pa.string()), rows)
    versions = array.fill_null(given) if array.null_count else array
    if _byte_lengths(versions).max(initial=0) <= limits.max_name_chars:
        return versions
    for row in np.flatnonzero(_to_numpy(pc.greater(pc.utf8_length(versions), limits.max_name_chars))):
        refusals.add(int(row), names.VERSION, versions[row].as_py(), "is too long", accepted)
    return versions


def _weights(array: pa.Array, refusals: Refusals) -> pa.Array:
    """The weight of each row, 1 where it names none."""
    weights = array.fill_null(1.0)
    numbers = weights.to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(~((numbers > 0) & np.isfinite(numbers))):
        refusals.add(int(row), names.WEIGHT, float(numbers[row]), "is no weight", "a finite number above 0")
    return weights


def _check_collisions(columns: Mapping[str, pa.Array], refusals: Refusals) -> None:
    """One (version, id) with two different times in one batch: two predictions share an id."""
    ids, versions = columns[names.ID], columns[names.VERSION]
    if pc.count_distinct(ids).as_py() == len(ids):
        return
    keys = pc.binary_join_element_wise(versions, ids, "\x00")
    codes = keys.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    moments = _microseconds(columns[names.TIME])
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    differs = (moments != moments[first][inverse]) & (codes >= 0)
    for row in np.flatnonzero(differs):
        problem = f"is also the id of row {first[inverse[row]]}, at another time"
        refusals.add(int(row), names.ID, ids[row].as_py(), problem, "every prediction under an id of its own")


def _microseconds(array: pa.Array) -> npt.NDArray[np.int64]:
    """Times as integers; a missing one as 0, which no check refuses."""
    integers = array.view(pa.int64())
    moments: npt.NDArray[np.int64] = (integers.fill_null(0) if array.null_count else integers).to_numpy()
    return moments


def _shown(array: pa.Array, row: int) -> str:
    """A time as people write it, also where no calendar reaches."""
    moment = array[row].cast(pa.int64()).as_py()
    try:
        return clock.to_iso(moment)
    except (ValueError, OverflowError):
        return f"{moment} µs since 1970"


def _to_numpy(mask: pa.Array) -> npt.NDArray[np.bool_]:
    truths: npt.NDArray[np.bool_] = mask.to_numpy(zero_copy_only=False)
    return truths
