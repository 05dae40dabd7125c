"""Columns of texts: a bounded vocabulary of the reference, and both sides counted in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.compare.chunks import Column, Counts, Hashes, Texts
from seamark.compare.evidence import Bars, Evidence, Side, Unseen
from seamark.compare.identity import hint
from seamark.stats.lookup import HashTable, build_table

MAX_DISTINCT: Final = 100_000
_MANY_ROWS: Final = 20_000
_MAX_UNSEEN_KEPT: Final = 1_000
_UNSEEN_SHOWN: Final = 3
_TOP: Final = 30  # categories with a bin of their own
_FEWEST_EXPECTED: Final = 5.0  # rows of a category with a bin of its own; ties among rarer ones would decide
_BARS: Final = 12
_ENDLESS: Final = "nearly every value is a different one, as of an identifier or free text"


class TextLearner:
    """The distinct texts of a reference column and how often each occurs.

    Past MAX_DISTINCT texts, or once more than half of many rows are texts not met before, `endless` is
    set and nothing more is kept: such a column holds identifiers or free text, not categories.
    """

    def __init__(self, column: Column) -> None:
        self.endless = False
        self.repeated = False  # as far as it was looked
        self.hashes: Hashes = np.empty(0, dtype=np.uint64)  # ascending
        self.counts: Counts = np.empty(0, dtype=np.int64)
        self._column = column
        self._rows = self._present = self._mistyped = 0
        self._texts: dict[int, str] = {}

    def add(self, chunk: Texts) -> None:
        """Look at a chunk."""
        hashes, counts, places = distinct(chunk)
        self._rows += chunk.rows
        self._present += int(counts.sum())
        self._mistyped += chunk.mistyped
        if self.endless:
            return
        at = np.searchsorted(self.hashes, hashes)
        known = np.zeros(len(hashes), dtype=np.bool_)
        inside = at < len(self.hashes)
        known[inside] = self.hashes[at[inside]] == hashes[inside]
        self.counts[at[known]] += counts[known]
        self.repeated |= bool(known.any() or (counts > 1).any())
        new = ~known
        if new.any():
            self.hashes = np.insert(self.hashes, at[new], hashes[new])
            self.counts = np.insert(self.counts, at[new], counts[new])
            new_places = zip(hashes[new].tolist(), places[new].tolist(), strict=True)
            self._texts.update((key, chunk.text(place)) for key, place in new_places)
        self._give_up_if_endless()

    def baseline(self) -> TextBaseline:
        """The vocabulary, counted."""
        side = Side(self._rows, self._rows - self._present - self._mistyped, self._mistyped)
        once = int(np.count_nonzero(self.counts == 1))
        if self.endless or once * 2 > self._present:
            return TextBaseline(self._column, side, endless=True, unique=not self.repeated)
        texts = tuple(self._texts[key] for key in self.hashes.tolist())
        table = build_table(self.hashes, np.arange(len(texts), dtype=np.uint32), absent=len(texts))
        return TextBaseline(self._column, replace(side, distinct=len(texts)), table, texts, self.counts)

    def _give_up_if_endless(self) -> None:
        many = self._present >= _MANY_ROWS and len(self.hashes) * 2 > self._present
        if many or len(self.hashes) > MAX_DISTINCT:
            self.endless = True
            self.hashes, self.counts, self._texts = self.hashes[:0], self.counts[:0], {}


class TextTally:
    """Counts texts in a vocabulary of D; the last of D + 1 counts is of texts it does not have."""

    def __init__(self, table: HashTable | None, size: int, watch: TextLearner | None = None) -> None:
        self._table = table
        self._watch = watch
        self.counts: Counts = np.zeros(size + 1, dtype=np.int64)
        self.rows = self.mistyped = self.present = 0
        self.unseen: dict[int, tuple[str, int]] = {}

    def add(self, chunk: Texts) -> None:
        """Count a chunk."""
        self.rows += chunk.rows
        self.mistyped += chunk.mistyped
        self.present += chunk.rows if chunk.valid is None else int(np.count_nonzero(chunk.valid))
        if self._watch is not None:
            self._watch.add(chunk)
        if self._table is None:
            return
        index = self._table.find(chunk.hashes)
        if chunk.codes is None:
            counts = np.bincount(index if chunk.valid is None else index[chunk.valid], minlength=len(self.counts))
        else:
            codes = chunk.codes if chunk.valid is None else chunk.codes[chunk.valid]
            per_code = np.bincount(codes, minlength=len(index))
            counts = np.bincount(index, weights=per_code, minlength=len(self.counts)).astype(np.int64)
        self.counts += counts
        if counts[-1]:
            self._note_unseen(chunk, self._table)

    def unique(self) -> bool:
        """Whether no text came twice, where that was watched."""
        return self._watch is not None and not self._watch.repeated

    def side(self) -> Side:
        """What was counted; `distinct` counts the texts that both have, and the unseen ones kept."""
        seen = int(np.count_nonzero(self.counts[:-1])) + len(self.unseen)
        known = None if self._table is None else seen
        return Side(self.rows, self.rows - self.present - self.mistyped, self.mistyped, distinct=known)

    def _note_unseen(self, chunk: Texts, table: HashTable) -> None:
        hashes, counts, places = distinct(chunk)
        for at in np.flatnonzero(table.find(hashes) == len(self.counts) - 1).tolist():
            key = int(hashes[at])
            if key in self.unseen or len(self.unseen) < _MAX_UNSEEN_KEPT:
                text, count = self.unseen.get(key) or (chunk.text(int(places[at])), 0)
                self.unseen[key] = (text, count + int(counts[at]))


@dataclass(frozen=True, slots=True, eq=False)
class TextBaseline:
    """A reference column, counted: D texts by ascending hash."""

    column: Column
    counted: Side
    table: HashTable | None = None
    texts: tuple[str, ...] = ()
    counts: Counts | None = None
    endless: bool = False
    unique: bool = False  # no text came twice
    recount: None = None  # one pass is enough

    def tally(self) -> TextTally:
        """An empty tally for the current data."""
        return TextTally(self.table, len(self.texts), TextLearner(self.column) if self.unique else None)

    def index(self, chunk: Texts) -> npt.NDArray[np.integer]:
        """The cell of each row: its place in `texts`, and two past the last for missing."""
        if self.table is None:
            return np.zeros(chunk.rows, dtype=np.int64)
        index = self.table.find(chunk.hashes)
        rows = index if chunk.codes is None else index[chunk.codes]
        return rows if chunk.valid is None else np.where(chunk.valid, rows, len(self.texts) + 1)

    def evidence(self, current: TextTally) -> Evidence:
        """Both sides of the column, in bins chosen from both alike.

        Choosing the top categories from the reference alone would favour its own chance fluctuations, and
        find a shift between two samples of one population wherever categories are many and alike.
        """
        side = current.side()
        if self.counts is None:
            why = hint(self.column.name) if current.unique() else _ENDLESS if self.endless else ""
            return Evidence(self.column, self.counted, side, uncountable=why)
        new = sorted(current.unseen.values(), key=lambda seen: (-seen[1], seen[0]))
        labels = [*self.texts, *(text for text, _ in new)]
        ours = np.concatenate([self.counts, np.zeros(len(new), dtype=np.int64)])
        theirs = np.concatenate([current.counts[:-1], np.array([count for _, count in new], dtype=np.int64)])
        top = np.argsort(-(ours + theirs), kind="stable")
        reference_total, current_total = self.counted.present, side.present
        unseen = Unseen(
            int(current.counts[-1]),
            int(np.count_nonzero(self.counts == 1)),
            int(np.count_nonzero(self.counts == 2)),
            tuple(new[:_UNSEEN_SHOWN]),
        )
        own = top[: min(_TOP, _countable(ours[top] + theirs[top], reference_total, current_total))]
        return Evidence(
            self.column,
            self.counted,
            side,
            _with_rest(ours[own], reference_total),
            _with_rest(theirs[own], current_total),
            np.full(len(own) + 1, np.nan),
            _bars(
                [labels[at] for at in top[:_BARS].tolist()], ours[top[:_BARS]], theirs[top[:_BARS]], self.counted, side
            ),
            unseen,
            np.append(self.counts, [0, self.counted.missing + self.counted.mistyped]),
            np.append(current.counts, side.missing + side.mistyped),
        )


def _countable(together: Counts, reference_total: int, current_total: int) -> int:
    """How many of these categories, most frequent first, expect enough rows in the smaller data set."""
    share = min(reference_total, current_total) / max(reference_total + current_total, 1)
    return int(np.count_nonzero(together * share >= _FEWEST_EXPECTED))


def _with_rest(counts: Counts, total: int) -> Counts:
    return np.append(counts, total - int(counts.sum()))


def _bars(labels: list[str], ours: Counts, theirs: Counts, reference: Side, current: Side) -> Bars:
    ours, theirs = _with_rest(ours, reference.present), _with_rest(theirs, current.present)
    shown = slice(None) if ours[-1] or theirs[-1] else slice(-1)
    bounds = np.full(len(labels) + 1, np.nan)[shown]
    return Bars((*labels, "all others")[shown], bounds, bounds, ours[shown], theirs[shown])


def distinct(chunk: Texts) -> tuple[Hashes, Counts, Counts]:
    """(ascending distinct hashes, their counts, a position of each for `chunk.text`) of the present rows."""
    if chunk.codes is None:
        rows = np.arange(len(chunk.hashes)) if chunk.valid is None else np.flatnonzero(chunk.valid)
        weights = np.ones(len(rows), dtype=np.int64)
    else:
        codes = chunk.codes if chunk.valid is None else chunk.codes[chunk.valid]
        tally = np.bincount(codes, minlength=len(chunk.hashes))
        rows = np.flatnonzero(tally)
        weights = tally[rows]
    order = np.argsort(chunk.hashes[rows])
    ordered = chunk.hashes[rows[order]]
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    counts = np.add.reduceat(weights[order], starts) if len(starts) else np.empty(0, dtype=np.int64)
    return ordered[starts], counts, rows[order[starts]]
