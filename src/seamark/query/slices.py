"""In which part of the traffic have a model's answers changed?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seamark.errors import NotFound
from seamark.query.models import find_model
from seamark.query.naming import label_of
from seamark.query.profiles import Adopted, adopted, by_version
from seamark.query.targets import chosen_target
from seamark.records.blocks import RowFile
from seamark.records.model import Model, StoredBaseline
from seamark.records.signals import Role
from seamark.records.window import Window
from seamark.stats.attribution import signal_of, targets_of
from seamark.stats.binning import NumericBins
from seamark.stats.binset import BinSet, SignalBins
from seamark.stats.profile import Profile
from seamark.stats.slices import Answers, Slices, literal_bins, search
from seamark.store.protocol import Store

MOST_ROWS: Final = 200_000  # of the window and of the baseline, chosen at random
MOST_READ: Final = 2_000_000  # rows of files that are opened to choose from, the last file aside
_SEED: Final = 0x511CE5
_MISSING: Final = "missing"


class Reader(Protocol):
    """Rows as the slow lane reads them, whatever type a caller sent."""

    def index_of(self, table: pa.Table, signal: SignalBins) -> NDArray[np.unsignedinteger[Any]]:
        """The bin of each row; one past the last where it has no value."""
        ...

    def answers_of(self, table: pa.Table, bin_set: BinSet, target: str) -> NDArray[np.float64]:
        """What each row says of a target; NaN where it says nothing."""
        ...


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is read of each row."""

    literals: tuple[SignalBins, ...]  # features with few bins
    bin_set: BinSet
    target: str

    @property
    def columns(self) -> list[str]:
        answer = self.bin_set.signals[signal_of(self.bin_set, self.target)[0]].name
        return [*(signal.name for signal in self.literals), answer]


def slices(
    store: Store,
    reader: Reader,
    project: str,
    model: str,
    window: Window,
    target: str | None = None,
    top: int = 20,
    *,
    now_us: int,
) -> dict[str, Any]:
    """The `top` slices of one or two features in which `target` changed most against the rows of the baseline.

    At most MOST_ROWS rows of each side are looked at, the same ones each time as long as the same files are stored;
    weights are not. Raises NotFound where the model answers nothing or the rows of its baseline are not stored.
    """
    del now_us
    found = find_model(store, project, model)
    against = adopted(store, found)
    targets = targets_of(against.bin_set)
    if not targets:
        raise NotFound(f"Model {model!r} has neither scores nor predictions in its reference, so no slice has answers.")
    current = Profile.total(list(by_version(store, found, against, window).values()), against.bin_set)
    wanted = _Wanted(_literals(against), against.bin_set, chosen_target(target, targets, current, against.baseline))
    files = store.rows.files("predictions", project, model, window)
    now = _sample(store, reader, files, window, wanted)
    then = _sample(store, reader, *_baseline_rows(store, found), wanted)
    sizes = np.array([signal.bins.count + 1 for signal in wanted.literals], dtype=np.int64)
    measured = search(now, then, sizes, top=top)
    return {
        "target": wanted.target,
        "targets": list(targets),
        "baseline": against.source,
        "n": len(now.values),
        "baseline_n": len(then.values),
        "mean": {"baseline": _mean(then.values), "current": _mean(now.values)},
        "tested": measured.tested,
        "noise": measured.noise,
        "slices": _columns(measured, wanted.literals, len(now.values)),
    }


def _literals(against: Adopted) -> tuple[SignalBins, ...]:
    """The features with few bins: ordered ones merged, categories as they are."""
    found = []
    for position in against.bin_set.positions(role=Role.FEATURE).tolist():
        signal = against.bin_set.signals[position]
        bins = signal.bins
        if isinstance(bins, NumericBins):
            merged = literal_bins(bins, against.baseline.counts_of(position))
            if merged is None:
                continue
            bins = merged
        found.append(replace(signal, bins=bins))
    return tuple(found)


def _baseline_rows(store: Store, model: Model) -> tuple[list[RowFile], Window | None]:
    """The files that hold the rows of the static baseline, and which of their rows.

    An uploaded reference is recognised by its number of rows and their first and last time. Any other baseline was
    made of stored traffic in that period; if of one version's, the others' rows are there too.
    """
    stored = next(each for each in store.slow.baselines(model.project, model.name) if each.id == model.baseline)
    uploads = store.rows.files("reference", model.project, model.name)
    by_upload = groupby(sorted(uploads, key=lambda file: -file.last_seq), key=lambda file: file.last_seq)
    for _, group in by_upload:
        files = list(group)
        if _is_of(stored, files):
            return files, None
    files, period = [], None
    if stored.first_time_us is not None and stored.last_time_us is not None:
        period = Window(stored.first_time_us, stored.last_time_us + 1)
        files = store.rows.files("predictions", model.project, model.name, period)
    if not files:
        raise NotFound(f"The rows of the baseline of {model.name!r} are not stored any more; send its reference again.")
    return files, period


def _is_of(stored: StoredBaseline, files: Sequence[RowFile]) -> bool:
    first, last = min(file.first_time_us for file in files), max(file.last_time_us for file in files)
    same = stored.first_time_us is None or (stored.first_time_us, stored.last_time_us) == (first, last)
    return same and sum(file.rows for file in files) == stored.rows


def _sample(store: Store, reader: Reader, files: Sequence[RowFile], window: Window | None, wanted: _Wanted) -> Answers:
    """At most MOST_ROWS rows that have an answer: every row gets a random number, and the smallest are kept."""
    random = np.random.default_rng(_SEED)
    parts: list[tuple[NDArray[np.float64], Answers]] = []
    bar, held = 1.0, 0
    for table in _tables(store, files, window, wanted.columns, random):
        numbers = random.random(table.num_rows)
        low = numbers < bar
        part = _read(reader, table.filter(pa.array(low)) if bar < 1 else table, wanted)
        answered = ~np.isnan(part.values)
        parts.append((numbers[low][answered], Answers(part.cells[:, answered], part.values[answered])))
        held += int(answered.sum())
        if held > 2 * MOST_ROWS:
            parts = [_smallest(parts)]
            bar, held = float(parts[0][0].max()), MOST_ROWS
    if not parts:
        return Answers(np.zeros((len(wanted.literals), 0), dtype=np.uint8), np.zeros(0))
    return _smallest(parts)[1]


def _tables(
    store: Store, files: Sequence[RowFile], window: Window | None, columns: Sequence[str], random: np.random.Generator
) -> Iterator[pa.Table]:
    """The rows of the files or, of very many, of some of them chosen at random."""
    chosen, rows = [], 0
    for place in random.permutation(len(files)).tolist():
        if rows >= MOST_READ:
            break
        chosen.append(place)
        rows += files[place].rows
    return store.rows.scan([files[place] for place in sorted(chosen)], columns, window)


def _read(reader: Reader, table: pa.Table, wanted: _Wanted) -> Answers:
    cells = np.empty((len(wanted.literals), table.num_rows), dtype=np.uint8)
    for row, signal in zip(cells, wanted.literals, strict=True):
        row[:] = reader.index_of(table, signal)
    return Answers(cells, reader.answers_of(table, wanted.bin_set, wanted.target))


def _smallest(parts: Sequence[tuple[NDArray[np.float64], Answers]]) -> tuple[NDArray[np.float64], Answers]:
    """The rows with the MOST_ROWS smallest numbers."""
    numbers = np.concatenate([part for part, _ in parts])
    cells = np.concatenate([answers.cells for _, answers in parts], axis=1)
    values = np.concatenate([answers.values for _, answers in parts])
    if len(numbers) > MOST_ROWS:
        kept = np.sort(np.argpartition(numbers, MOST_ROWS)[:MOST_ROWS])
        numbers, cells, values = numbers[kept], cells[:, kept], values[kept]
    return numbers, Answers(cells, values)


def _columns(found: Slices, literals: Sequence[SignalBins], rows: int) -> dict[str, list[Any]]:
    """One item per slice; the second feature is null where there is none."""
    named = [
        [_named(literals, feature, cell) for feature, cell in zip(*pair, strict=True)]
        for pair in zip(found.features.tolist(), found.cells.tolist(), strict=True)
    ]
    return {
        "label": [" and ".join(f"{label_of(name)} {bin}" for name, bin in pair if name) for pair in named],
        "feature": [pair[0][0] for pair in named],
        "bin": [pair[0][1] for pair in named],
        "second_feature": [pair[1][0] for pair in named],
        "second_bin": [pair[1][1] for pair in named],
        "n": found.rows.astype(np.int64).tolist(),
        "share": (found.rows / max(rows, 1)).tolist(),
        "baseline_n": found.baseline_rows.astype(np.int64).tolist(),
        "mean": found.mean.tolist(),
        "baseline_mean": found.baseline_mean.tolist(),
        "shift": (found.mean - found.baseline_mean).tolist(),
        "strength": found.strength.tolist(),
        "p": found.p.tolist(),
    }


def _named(literals: Sequence[SignalBins], feature: int, cell: int) -> tuple[str | None, str | None]:
    """A feature and its bin, as people call them: `= BR`, `< 10`, `missing`."""
    if feature < 0:
        return None, None
    signal = literals[feature]
    labels = signal.bins.labels()
    if cell == len(labels):
        return signal.name, _MISSING
    return signal.name, labels[cell] if isinstance(signal.bins, NumericBins) else f"= {labels[cell]}"


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None
