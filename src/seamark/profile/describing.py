"""Embeddings and texts become the numeric series that stand for them: `feature.prompt` → `feature.prompt/length`, ….

At the door, so that a content is stored nowhere; and, with the same numbers, when rows are counted that came before
anybody knew what they are. How a feature is measured is fixed by a reference and stays when the next one comes, as
long as it still fits: a ruler that changes would make all stored rows look different.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seamark.errors import Corrupt
from seamark.profile.conform import flat, is_list, is_text, texts
from seamark.records import rows as columns
from seamark.records.options import FeatureOptions, Handling
from seamark.stats.columns import pack, unpack
from seamark.stats.description import (
    Description,
    Descriptions,
    from_arrays,
    kind_of,
    series_of,
    to_arrays,
)
from seamark.stats.embedding import MAX_DIMENSIONS, Embedding, learn_embedding
from seamark.stats.text import Text, learn_text

Arrays = Mapping[str, pa.Array]
Stated = Mapping[str, FeatureOptions]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DESCRIPTIONS: Final = b"seamark.descriptions"
_LONG_CHARACTERS: Final = 30  # of a reference's values on average, when most are distinct: a text
_FEWEST_DISTINCT: Final = 50
_VERY_LONG_CHARACTERS: Final = 100  # of a batch's values on average, before there is a reference
_WRONG_TYPE: Final = "<another type>"  # not the value itself, which may be the content
_HOLE: Final = "<a hole>"
_UNSAID: Final = FeatureOptions()


@dataclass(frozen=True, slots=True)
class Learned:
    """What a reference's columns have become, how its features are measured, and what to tell its sender."""

    columns: dict[str, pa.Array]
    descriptions: dict[str, Description]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """float64[N, S], NaN in rows without a value; `wrong` says of those whose value cannot be read what it is."""

    values: Floats
    wrong: pa.Array | None = None


def described(found: Arrays, known: Descriptions, stated: Stated) -> dict[str, pa.Array]:
    """The columns of a batch with the series of its embeddings and texts in the place of their content.

    A vector of another dimension, or with a hole, is mistyped. An embedding that no reference has shown yet stays as
    it is; a text is measured without a vocabulary. A content stays where its owner asks to keep it.
    """
    made = dict(found)
    for name, array, said in _watched(found, stated):
        description = known.get(name)
        if description is None and (said.kind == "text" or (said.kind == "auto" and _must_be_text(array))):
            description = Text()
        if description is not None:
            _put(made, name, _measure(array, _mistyped(found, name), description), description, said)
    return made


def learned(found: Arrays, before: Descriptions, stated: Stated) -> Learned:
    """The same of a reference: its embeddings and texts are measured as `before` where that still fits, else learned.

    A text is what its owner calls one, or a column whose values are mostly distinct and long.
    """
    made, descriptions, notes = dict(found), dict[str, Description](), list[str]()
    for name, array, said in _watched(found, stated):
        kind = _kind(array) if said.kind == "auto" else said.kind
        if kind not in ("text", "embedding"):
            continue
        description, measured = _learn(array, kind, before.get(name), _mistyped(found, name))
        if description is None:
            continue
        descriptions[name] = description
        _put(made, name, measured, description, said)
        if (said.kind, kind) == ("auto", "text"):
            notes.append(_text_note(name.removeprefix(columns.FEATURE)))
    for name, description in before.items():  # rows that were measured already, as those of stored traffic are
        if name not in descriptions and _lead(name, description) in found and name not in found:
            descriptions[name] = description
    return Learned(made, descriptions, tuple(notes))


def described_table(table: pa.Table, known: Descriptions) -> pa.Table:
    """The table with the series of what came before it was known what it is; those that are there stay."""
    for name, description in known.items():
        if name not in table.column_names:
            continue
        lead = _lead(name, description)
        done = table[lead].is_valid() if lead in table.column_names else pa.nulls(table.num_rows, pa.bool_())
        left = pc.and_not(table[name].is_valid(), pc.fill_null(done, fill_value=False))
        if pc.any(left).as_py():
            table = _completed(table, name, description, flat(left))
    return table


def texts_without_vocabulary(names: Iterable[str]) -> dict[str, Description]:
    """Texts that were measured before any reference, by the columns they left."""
    ending = columns.SERIES + series_of(Text())[0]
    return {name.removesuffix(ending): Text() for name in names if name.endswith(ending)}


def write_descriptions(descriptions: Descriptions) -> bytes:
    """What travels with a reference through the log, in its schema's metadata under DESCRIPTIONS."""
    kinds, arrays = to_arrays(descriptions)
    return pack({"kinds": np.frombuffer(json.dumps(kinds).encode(), np.uint8), **arrays})


def read_descriptions(payload: bytes) -> dict[str, Description]:
    """Read `write_descriptions`; raises Corrupt when the bytes are anything else."""
    arrays = unpack(payload)
    try:
        return from_arrays(json.loads(arrays["kinds"].tobytes()), arrays)
    except (KeyError, ValueError) as error:
        raise Corrupt(f"A reference's descriptions cannot be read: {error!r}.") from error


def _completed(table: pa.Table, name: str, description: Description, left: pa.Array) -> pa.Table:
    """With the rows that are `left` measured."""
    array = flat(table[name])
    measured = _measure(pc.if_else(left, array, pa.scalar(None, array.type)), None, description)
    made: dict[str, pa.Array] = {}
    _put(made, name, measured, description, _UNSAID)
    for column, values in made.items():
        place = table.schema.get_field_index(column)
        if place < 0:
            table = table.append_column(column, values)
        else:
            table = table.set_column(place, column, pc.coalesce(table[column], values))
    return table


def _watched(found: Arrays, stated: Stated) -> Iterator[tuple[str, pa.Array, FeatureOptions]]:
    """The features that are neither dropped nor hashed nor said to be of a plain kind."""
    for name, array in found.items():
        said = stated.get(name.removeprefix(columns.FEATURE), _UNSAID)
        is_feature = name.startswith(columns.FEATURE) and (is_list(array.type) or is_text(array.type) or said.kind)
        if is_feature and said.handling is Handling.WATCH and said.kind not in ("numeric", "categorical"):
            yield name, array, said


def _kind(array: pa.Array) -> str:
    """What a column of a reference is when nobody says so."""
    if is_list(array.type):
        return "embedding"
    if not is_text(array.type):
        return ""
    distinct, present = pc.count_distinct(array).as_py(), len(array) - array.null_count
    long = (pc.mean(pc.utf8_length(array)).as_py() or 0) >= _LONG_CHARACTERS
    return "text" if long and distinct >= _FEWEST_DISTINCT and 2 * distinct > present else ""


def _must_be_text(array: pa.Array) -> bool:
    """Whether a batch's column is one of texts beyond doubt, so that it must not be stored as categories."""
    return is_text(array.type) and (pc.mean(pc.utf8_length(array)).as_py() or 0) >= _VERY_LONG_CHARACTERS


def _text_note(label: str) -> str:
    return (
        f"Feature {label!r} is watched as a text (its length, words and kinds of characters), because its values are"
        f' long and mostly distinct; to count each value, set models.NAME.features.{label}.kind = "categorical".'
    )


def _learn(
    array: pa.Array, kind: str, before: Description | None, mistyped: pa.Array | None
) -> tuple[Description | None, _Measured]:
    """How a reference's column is measured, and its measures."""
    if before is not None and kind_of(before) == kind:
        measured = _measure(array, mistyped, before)
        present = measured.values[~np.isnan(measured.values[:, 0])]
        if 2 * len(present) > len(array) - array.null_count and before.fits(present):
            return before, measured
    if kind == "text":
        if not is_text(array.type):
            return Text(), _measure(array, mistyped, Text())
        read = texts(array)
        description, mask = learn_text(read.offsets, read.data, read.missing)
        return description, _measure(array, mistyped, description, mask)
    dimensions = _usual_dimensions(array)
    if dimensions is None:
        return None, _Measured(np.empty((0, 0)))
    values, _ = _matrix(array, dimensions)
    learned_from = learn_embedding(values)
    return learned_from, _measure(array, mistyped, learned_from)


def _usual_dimensions(array: pa.Array) -> int | None:
    """The length of most vectors; None where there is none that can be measured."""
    if not is_list(array.type):
        return None
    lengths = pc.list_value_length(array).drop_null().to_numpy()
    usual = int(np.bincount(lengths).argmax()) if len(lengths) and lengths.max() <= MAX_DIMENSIONS else 0
    return usual if usual and _matrix(array, usual)[1].any() else None


def _measure(
    array: pa.Array, mistyped: pa.Array | None, description: Description, mask: Mask | None = None
) -> _Measured:
    """The series of a column of any type; what the door has found mistyped stays so, without its content."""
    if isinstance(description, Embedding):
        measured = _measured_vectors(array, description)
    else:
        measured = _measured_texts(array, description, mask)
    if mistyped is None:
        return measured
    wrong = pc.if_else(mistyped.is_valid(), pa.scalar(_WRONG_TYPE), pa.scalar(None, pa.string()))
    return _Measured(measured.values, wrong if measured.wrong is None else pc.coalesce(measured.wrong, wrong))


def _measured_texts(array: pa.Array, description: Text, mask: Mask | None) -> _Measured:
    if not is_text(array.type):
        return _unreadable(array, description)
    read = texts(array)
    values = description.measure(read.offsets, read.data, learned=mask)
    if read.missing is not None:
        values[read.missing] = np.nan
    return _Measured(values)


def _measured_vectors(array: pa.Array, description: Embedding) -> _Measured:
    if not is_list(array.type):
        return _unreadable(array, description)
    matrix, fine = _matrix(array, description.dimensions)
    measured = description.measure(matrix)
    if fine.all():
        return _Measured(measured)
    values = np.full((len(array), measured.shape[1]), np.nan)
    values[fine] = measured
    lengths = pc.list_value_length(array)
    says = pc.if_else(
        pc.equal(lengths, description.dimensions),
        _HOLE,
        pc.binary_join_element_wise("<", pc.cast(lengths, pa.string()), " numbers>", ""),
    )
    wrong = pc.if_else(pc.and_(array.is_valid(), pa.array(~fine)), says, pa.scalar(None, pa.string()))
    return _Measured(values, wrong if wrong.null_count < len(wrong) else None)


def _unreadable(array: pa.Array, description: Description) -> _Measured:
    nothing = np.full((len(array), len(series_of(description))), np.nan)
    if array.null_count == len(array):
        return _Measured(nothing)
    return _Measured(nothing, pc.if_else(array.is_valid(), pa.scalar(_WRONG_TYPE), pa.scalar(None, pa.string())))


def _matrix(array: pa.Array, dimensions: int) -> tuple[Floats, Mask]:
    """The vectors of D numbers (float64[M, D]) and which of the N rows have one (bool[N])."""
    offsets = array.offsets.to_numpy().astype(np.int64)
    numbers = np.asarray(array.values.to_numpy(zero_copy_only=False), dtype=np.float64)
    fine = np.diff(offsets) == dimensions
    if array.null_count:
        fine &= array.is_valid().to_numpy(zero_copy_only=False)
    if fine.all():
        matrix = numbers[offsets[0] : offsets[-1]].reshape(-1, dimensions)
    else:
        matrix = numbers[offsets[:-1][fine][:, None] + np.arange(dimensions)]
    whole = ~np.isnan(matrix).any(axis=1)
    if not whole.all():
        fine[fine] = whole
        matrix = matrix[whole]
    return matrix, fine


def _put(
    made: dict[str, pa.Array], name: str, measured: _Measured, description: Description, said: FeatureOptions
) -> None:
    """Put a feature's series in the place of its content."""
    if not said.keep_content:
        made.pop(name, None)
    made.pop(columns.mistyped(name), None)
    for series, values in zip(series_of(description), measured.values.T, strict=True):
        made[name + columns.SERIES + series] = pa.array(values, pa.float64(), from_pandas=True)
    if measured.wrong is not None:
        made[columns.mistyped(name)] = measured.wrong


def _mistyped(found: Arrays, name: str) -> pa.Array | None:
    return found.get(columns.mistyped(name))


def _lead(name: str, description: Description) -> str:
    return name + columns.SERIES + series_of(description)[0]
