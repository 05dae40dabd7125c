"""Which columns are read when: the reference once or twice, the current data once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from seamark.compare.chunks import Column, Reading, Source, groups
from seamark.compare.evidence import Evidence
from seamark.compare.numeric import BinRule, NumberLearner
from seamark.compare.pairing import Pair
from seamark.compare.presence import PresenceLearner
from seamark.compare.roles import ColumnRole
from seamark.compare.textual import TextLearner

Progress = Callable[[str, float], None]  # what is being read, and the share of it that is done

_BINS: Final = 20
# A fraud model's scores all lie in the lowest of 20 equal bins; and ½ is where decisions turn.
_SCORE_BINS: Final = 100
_SCORE_EDGES: Final = (0.5,)
_SAMPLE_VALUES: Final = 200_000  # of one column
_SAMPLE_VALUES_IN_ALL: Final = 4_000_000  # of columns read side by side: 32 MB
_FEWEST_SAMPLE_VALUES: Final = 1_000


class Tally(Protocol):
    """Counts one column; takes chunks of its column's reading."""

    def add(self, chunk: Any) -> None:
        """Count a chunk."""
        ...


class Baseline(Protocol):
    """A reference column, counted, that can count another data set's column alike."""

    @property
    def column(self) -> Column:
        """As the reference has it."""
        ...

    @property
    def recount(self) -> Tally | None:
        """What wants all of the column's chunks once more; None where it is counted already."""
        ...

    def tally(self) -> Any:
        """An empty tally for the current data."""
        ...

    def index(self, chunk: Any) -> Any:
        """The cell of its counts that each row of a chunk falls into."""
        ...

    def evidence(self, current: Any) -> Evidence:
        """Both sides of the column."""
        ...


def learn(source: Source, pairs: Sequence[Pair], progress: Progress) -> dict[str, Baseline]:
    """Bins and counts of the reference's side of each pair, by name."""
    found: dict[str, Baseline] = {}
    by_column = {pair.reference: pair for pair in pairs}
    for group in groups([pair.reference for pair in pairs], source.group_columns):
        tell = _teller(progress, "reference", len(found), len(group), len(pairs))
        learners = [_learner(by_column[column], len(group)) for column in group]
        _pass(source, group, learners, tell)
        baselines: list[Baseline] = [learner.baseline() for learner in learners]
        again = {baseline.column: baseline.recount for baseline in baselines if baseline.recount is not None}
        if again:
            _pass(source, list(again), list(again.values()), tell)
        found.update({baseline.column.name: baseline for baseline in baselines})
    return found


def count(
    source: Source, pairs: Sequence[Pair], baselines: Mapping[str, Baseline], progress: Progress
) -> dict[str, Evidence]:
    """The current side of each pair counted beside its baseline, by name, in one pass."""
    found: dict[str, Evidence] = {}
    for group in groups([pair.current for pair in pairs], source.group_columns):
        tell = _teller(progress, "current", len(found), len(group), len(pairs))
        tallies = [baselines[column.name].tally() for column in group]
        _pass(source, group, tallies, tell)
        for column, tally in zip(group, tallies, strict=True):
            found[column.name] = baselines[column.name].evidence(tally)
    return found


def _teller(progress: Progress, what: str, done: int, now: int, columns: int) -> Callable[[float], None]:
    """Tells of `now` more of all columns, of which `done` are read, by the share of their rows."""
    return lambda share: progress(what, (done + share * now) / columns)


def _pass(source: Source, columns: Sequence[Column], tallies: Sequence[Tally], tell: Callable[[float], None]) -> None:
    expected, rows = source.expected_rows, 0
    tell(0.0)
    for chunks in source.read(columns):
        for chunk, tally in zip(chunks, tallies, strict=True):
            tally.add(chunk)
        rows += chunks[0].rows
        if expected:
            tell(min(rows / expected, 1.0))


def _learner(pair: Pair, side_by_side: int) -> PresenceLearner | NumberLearner | TextLearner:
    column = pair.reference
    if not pair.alike:
        return PresenceLearner(column)
    if column.reading is Reading.TEXT:
        return TextLearner(column)
    is_score = pair.role is ColumnRole.SCORE
    sample = min(_SAMPLE_VALUES, max(_SAMPLE_VALUES_IN_ALL // side_by_side, _FEWEST_SAMPLE_VALUES))
    may_be_ids = pair.role is ColumnRole.FEATURE and column.reading is Reading.NUMBER
    rule = BinRule(_SCORE_BINS if is_score else _BINS, _SCORE_EDGES if is_score else (), sample, may_be_ids)
    return NumberLearner(column, rule)
