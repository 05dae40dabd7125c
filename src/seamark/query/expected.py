"""How good the answers probably are, before anybody knows: estimated from the scores of each window.

Scores are calibrated on the reference where it came with outcomes, else on the first predictions whose outcomes are
complete. What a window is then expected to show is a function of its score counts, which its profile has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, to_iso
from seamark.errors import InvalidInput
from seamark.query.graded import GradedWindows, graded_windows, read_hours
from seamark.query.profiles import adopted
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.stats.binset import BinSet
from seamark.stats.delays import DelayCurve
from seamark.stats.expected import ESTIMATED, Calibration, Misses
from seamark.stats.grading import Grading
from seamark.stats.intervals import Metric
from seamark.stats.profile import Profile
from seamark.stats.scorecard import Scorecard
from seamark.store.protocol import Store

ENOUGH_ROWS: Final = 2_000  # with an outcome, to calibrate scores on
_A_PART_US: Final = 14 * DAY_US
_PARTS: Final = 8
_BOUNDED: Final = frozenset(
    {"accuracy", "auc", "average_precision", "precision", "recall", "f1", "false_positive_rate", "brier_score"}
    | {"macro_f1", "weighted_f1"}
)

Floats = NDArray[np.float64]
Estimates = Mapping[str, Metric]


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What the scores of a model let expect; `source` says in a sentence what they were calibrated on."""

    calibration: Calibration
    source: str
    through_us: int  # windows that begin before were calibrated on, so that they prove nothing


def why_none(card: Scorecard) -> str | None:
    """Why the quality of such a model is not estimated, in a sentence; None where it can be."""
    if card.task not in ESTIMATED:
        return (
            f"The quality of a {card.task} model is not estimated by the server: that takes its rows, not their "
            "profiles. seamark.stats.estimators has `dle`, which needs `pip install 'seamark[estimate]'`."
        )
    return None if card.edges else "Quality is estimated from scores, and this model logs none."


def expectation(
    store: Store, model: Model, card: int, grading: Grading, curve: DelayCurve, length_us: int, now_us: int
) -> Expectation | None:
    """From the first windows whose outcomes are complete; None while there are too few, or no scores."""
    if why_none(grading.card) is not None or model.first_time_us is None:
        return None
    begin_us = model.first_time_us // DAY_US * DAY_US
    vector = np.zeros(grading.card.width, dtype=np.int64)
    rows = 0
    for part in range(_PARTS):
        start_us = begin_us + part * _A_PART_US
        if start_us >= now_us:
            return None
        hours = read_hours(store, model, card, grading, Window(start_us, start_us + _A_PART_US))
        graded = graded_windows(hours, curve, length_us, now_us)
        for number in np.flatnonzero(graded.complete).tolist():
            vector += graded.vectors[number]
            rows += int(graded.joined[number])
            if rows >= ENOUGH_ROWS:
                return _calibrated(grading.card, vector, rows, graded.windows[number].end_us)
    return None


def _calibrated(card: Scorecard, vector: NDArray[np.int64], rows: int, through_us: int) -> Expectation | None:
    try:
        calibration = Calibration.of(card, vector)
    except InvalidInput:  # outcomes of one kind alone
        return None
    source = f"the first {rows:,} predictions with an outcome, those before {to_iso(through_us)[:16]}Z"
    return Expectation(calibration, source, through_us)


def score_counts(
    store: Store, model: Model, grading: Grading, windows: Sequence[Window], version: str = "", segment: str = ""
) -> Iterator[Floats]:
    """float64[C, bins] rows per score bin of each window."""
    if not windows:
        return
    bin_set, hours = adopted(store, model).bin_set, dict[int, Floats]()
    reach = Window(windows[0].start_us, windows[-1].end_us)
    for block in store.slow.profiles(
        *(model.project, model.name, model.bin_set or 0, reach), version=version or None, segment=segment
    ):
        counts = _counts(Profile.from_bytes(block.payload, bin_set), bin_set, grading)
        hour = block.key.hour_us
        hours[hour] = hours[hour] + counts if hour in hours else counts
    nothing = _counts(Profile.total([], bin_set), bin_set, grading)
    starts = np.array(sorted(hours))
    for window in windows:
        first, last = np.searchsorted(starts, [window.start_us, window.end_us])
        yield sum((hours[hour] for hour in starts[first:last].tolist()), nothing)


def _counts(profile: Profile, bin_set: BinSet, grading: Grading) -> Floats:
    counts, offsets = profile.effective_counts(), bin_set.offsets
    places = [bin_set.position(name) for name in grading.scores]
    sizes = [offsets[place + 1] - offsets[place] for place in places]
    found = np.zeros((len(places), max(sizes)))
    for row, (place, size) in enumerate(zip(places, sizes, strict=True)):
        found[row, :size] = counts[offsets[place] : offsets[place + 1]]
    return found


def misses_of(
    known: Expectation, graded: GradedWindows, realised: Sequence[Estimates], estimated: Sequence[Estimates]
) -> dict[str, Misses]:
    """By metric, how far off estimates were in the complete windows that scores were not calibrated on."""
    found: dict[str, Misses] = {}
    for window, complete, came, said in zip(graded.windows, graded.complete, realised, estimated, strict=True):
        if not complete or window.start_us < known.through_us:
            continue
        for name in came.keys() & said.keys():
            found[name] = found.get(name, Misses()).after(said[name], came[name])
    return found


def widened(estimates: Estimates, misses: Mapping[str, Misses]) -> dict[str, Metric]:
    """The estimates with bands that hold past misses."""
    return {
        name: misses[name].widened(metric, least=0.0, most=1.0 if name in _BOUNDED else float("inf"))
        if name in misses
        else metric
        for name, metric in estimates.items()
    }
