"""Embeddings and texts, compared by the numeric series that stand for them: `vector` becomes `vector/norm`, ….

A column of vectors is an embedding; a column of texts is a text to be described when its values are mostly distinct
and long. How they are measured is learned from the first rows of the reference (`stats.embedding`, `stats.text`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from seamark.compare.chunks import Chunk, Column, Floats, Mask, Numbers, Reading, Source, Texts, Vectors
from seamark.compare.findings import ColumnFinding, by_importance
from seamark.compare.roles import ColumnRole, Roles
from seamark.stats.description import Description, series_of
from seamark.stats.embedding import MAX_DIMENSIONS, Embedding, learn_embedding
from seamark.stats.text import Offsets, learn_text

_SEPARATOR: Final = "/"
_LONG_CHARACTERS: Final = 30  # of a text's values on average, most of which are distinct
_FEWEST_DISTINCT: Final = 50
_LOOKED_AT: Final = 5_000  # texts
_SIDE_BY_SIDE: Final = 64  # columns read at once, so that a content is measured once for all its series


@dataclass(frozen=True, slots=True, eq=False)
class _Ruler:
    """How a column is measured, and which of the reference's texts the words were learned from."""

    description: Description
    learned: Mask | None = None


@dataclass(frozen=True, slots=True)
class DescribedSource:
    """A data set with the series of some of its columns in their place."""

    inner: Source
    rulers: Mapping[str, _Ruler]
    learned_from: bool  # whether the rulers are of this very data set

    @property
    def name(self) -> str:
        """That of the data set."""
        return self.inner.name

    @property
    def columns(self) -> Sequence[Column]:
        """Those of the data set, described ones replaced by their series."""
        return [series for column in self.inner.columns for series in self._series(column)]

    @property
    def rows(self) -> int | None:
        """Those of the data set."""
        return self.inner.rows

    @property
    def expected_rows(self) -> int | None:
        """Those of the data set."""
        return self.inner.expected_rows

    @property
    def rereads(self) -> bool:
        """As the data set."""
        return self.inner.rereads

    @property
    def group_columns(self) -> int:
        """All where the data set passes but once, else many, so that a content is measured once for its series."""
        passes_once = self.inner.group_columns >= len(self.inner.columns)
        return len(self.columns) if passes_once else max(self.inner.group_columns, _SIDE_BY_SIDE)

    def read(self, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
        """Slices of the columns; those of one content share its measuring."""
        by_name = {column.name: column for column in self.inner.columns}
        wanted = [self._wanted(column, by_name) for column in columns]
        needed = list(dict.fromkeys(source for source, _ in wanted))
        first = self.learned_from
        for chunks in self.inner.read(needed):
            read = dict(zip((column.name for column in needed), chunks, strict=True))
            measured = {
                name: _measured(read[name], ruler, first=first) for name, ruler in self.rulers.items() if name in read
            }
            first = False
            yield tuple(
                measured[source.name][place] if source.name in measured else read[source.name]
                for source, place in wanted
            )

    def _wanted(self, column: Column, by_name: Mapping[str, Column]) -> tuple[Column, int]:
        """The column to read, and which of its series is wanted."""
        owner, _, series = column.name.rpartition(_SEPARATOR)
        if owner in self.rulers and column.name not in by_name:
            return by_name[owner], series_of(self.rulers[owner].description).index(series)
        return column, 0

    def _series(self, column: Column) -> list[Column]:
        ruler = self.rulers.get(column.name)
        if ruler is None:
            return [column]
        names = series_of(ruler.description)
        return [Column(f"{column.name}{_SEPARATOR}{name}", Reading.NUMBER, column.type) for name in names]


def described(reference: Source, current: Source, roles: Roles) -> tuple[Source, Source, frozenset[str]]:
    """Both data sets with the series of their embeddings and texts, where both sides have one, and which these are."""
    theirs = {column.name: column.reading for column in current.columns}
    rulers: dict[str, _Ruler] = {}
    for column in reference.columns:
        both = theirs.get(column.name) is column.reading and roles.of(column.name) is ColumnRole.FEATURE
        if both and column.reading in (Reading.VECTOR, Reading.TEXT):
            ruler = _ruler(next(iter(reference.read([column])))[0])
            if ruler is not None:
                rulers[column.name] = ruler
    if not rulers:
        return reference, current, frozenset()
    return (
        DescribedSource(reference, rulers, learned_from=True),
        DescribedSource(current, rulers, learned_from=False),
        frozenset(rulers),
    )


def folded(findings: Iterable[ColumnFinding], contents: Collection[str]) -> list[ColumnFinding]:
    """One finding for each of `contents`: that of the series that says most, under the name of the column."""
    found: list[ColumnFinding] = []
    leading: dict[str, ColumnFinding] = {}
    for finding in sorted(findings, key=by_importance):
        owner, _, series = finding.name.rpartition(_SEPARATOR)
        if owner not in contents:
            found.append(finding)
        elif owner not in leading:
            summary = f"{series.replace('_', ' ').replace('.', ' ')}: {finding.summary}" if finding.summary else ""
            leading[owner] = replace(finding, name=owner, summary=summary)
    return [*found, *leading.values()]


def _ruler(chunk: Chunk) -> _Ruler | None:
    if isinstance(chunk, Vectors):
        lengths = np.diff(chunk.offsets)[_valid(chunk)]
        usual = int(np.bincount(lengths).argmax()) if len(lengths) and lengths.max() <= MAX_DIMENSIONS else 0
        matrix = _matrix(chunk, usual)[0] if usual else np.empty((0, 0))
        return _Ruler(learn_embedding(matrix)) if len(matrix) else None
    if not isinstance(chunk, Texts) or not _is_text(chunk):
        return None
    offsets, data, _ = _laid_out(chunk)
    description, learned = learn_text(offsets, data)
    return _Ruler(description, learned)


def _is_text(chunk: Texts) -> bool:
    """Whether the values are long and mostly distinct."""
    rows = chunk.rows if chunk.valid is None else int(np.count_nonzero(chunk.valid))
    used = np.arange(len(chunk.hashes)) if chunk.codes is None else np.unique(chunk.codes[_valid(chunk)])
    distinct = len(np.unique(chunk.hashes[used]))
    if distinct < _FEWEST_DISTINCT or 2 * distinct <= rows:
        return False
    some = used[np.linspace(0, len(used) - 1, min(len(used), _LOOKED_AT)).astype(np.int64)]
    return sum(len(chunk.text(int(place))) for place in some) >= _LONG_CHARACTERS * len(some)


def _measured(chunk: Chunk, ruler: _Ruler, *, first: bool) -> list[Numbers]:
    """One slice of each series. The first slice of a reference is what its words were learned from."""
    if isinstance(chunk, Vectors) and isinstance(ruler.description, Embedding):
        matrix, fine = _matrix(chunk, ruler.description.dimensions)
        values = np.full((chunk.rows, len(series_of(ruler.description))), np.nan)
        values[fine] = ruler.description.measure(matrix)
        mistyped = chunk.mistyped + int(np.count_nonzero(_valid(chunk) & ~fine))
        return [Numbers(column, mistyped=mistyped) for column in values.T]
    if isinstance(chunk, Texts) and not isinstance(ruler.description, Embedding):
        offsets, data, places = _laid_out(chunk)
        measured = ruler.description.measure(offsets, data, learned=ruler.learned if first else None)
        values = np.full((chunk.rows, measured.shape[1]), np.nan)
        values[places >= 0] = measured[places[places >= 0]]
        return [Numbers(column, mistyped=chunk.mistyped) for column in values.T]
    nothing = np.full(chunk.rows, np.nan)
    return [Numbers(nothing, mistyped=chunk.rows) for _ in series_of(ruler.description)]


def _laid_out(chunk: Texts) -> tuple[Offsets, np.ndarray, np.ndarray]:
    """The distinct texts in UTF-8 as Arrow lays them out, and the place among them of each row; -1 without a text."""
    valid = _valid(chunk)
    codes = np.arange(chunk.rows) if chunk.codes is None else chunk.codes
    used, place = np.unique(codes[valid], return_inverse=True)
    encoded = [chunk.text(int(code)).encode("utf-8", "replace") for code in used]
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in encoded], dtype=np.int64)]).astype(np.int64)
    places = np.full(chunk.rows, -1)
    places[valid] = place
    return offsets, np.frombuffer(b"".join(encoded), np.uint8), places


def _matrix(chunk: Vectors, dimensions: int) -> tuple[Floats, Mask]:
    """The vectors of D numbers without a hole (float64[M, D]), and which rows have one (bool[N])."""
    fine = (np.diff(chunk.offsets) == dimensions) & _valid(chunk)
    matrix = chunk.numbers[chunk.offsets[:-1][fine][:, None] + np.arange(dimensions)].astype(np.float64)
    whole = ~np.isnan(matrix).any(axis=1)
    fine[fine] = whole
    return matrix[whole], fine


def _valid(chunk: Chunk) -> Mask:
    return np.ones(chunk.rows, np.bool_) if chunk.valid is None else chunk.valid
