"""How long until a shift that was put into a quiet fleet is seen, by Seamark and by the peers' rules."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from peers import STATISTICS, Reference, beyond_usual, every_rule, statistics, usual_of
from simulator import WEEK, Change, Fleet, Levels
from watched import DAY, LONGEST, Watch, surprises

HORIZON = 3 * WEEK
RAMP = 2 * WEEK
Rule = tuple[str, int, bool]  # statistic, trailing hours, in standard deviations of the history
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """A change from some hour on: of the mean (sd), the spread (factor), a ramp of the mean, or log-odds."""

    name: str
    kind: str  # of the series that shift
    what: str  # "mean" | "spread" | "ramp" | "odds"
    size: float

    def after(self, hour: int) -> Change:
        def change(levels: Levels) -> None:
            if self.what == "mean":
                levels.shift[hour:] += self.size
            elif self.what == "spread":
                levels.log_spread[hour:] += np.log(self.size)
            elif self.what == "ramp":
                levels.shift[hour:] += self.size * np.minimum(np.arange(len(levels.shift) - hour) / RAMP, 1)
            else:
                levels.odds[hour:] += self.size

        return change


SHIFTS = (
    *(Shift(f"mean + {size} sd", "numeric", "mean", size) for size in (0.1, 0.2, 0.3, 0.6, 1.0)),
    *(Shift(f"spread times {size}", "numeric", "spread", size) for size in (1.15, 1.3, 1.6)),
    Shift("mean + .6 sd over two weeks", "numeric", "ramp", 0.6),
    *(Shift(f"categories, log-odds {size}", "categorical", "odds", size) for size in (0.15, 0.3, 0.6)),
    *(Shift(f"ratio, log-odds {size}", "ratio", "odds", size) for size in (0.3, 0.6, 1.2)),
)


def together() -> list[dict[str, Shift]]:
    """Shifts of different kinds of series happen in one run: rules look at each series on its own."""
    of_kind = {kind: [each for each in SHIFTS if each.kind == kind] for kind in ("numeric", "categorical", "ratio")}
    longest = max(len(shifts) for shifts in of_kind.values())
    return [{kind: shifts[at] for kind, shifts in of_kind.items() if at < len(shifts)} for at in range(longest)]


@dataclass
class Found:
    """Hours until each shift was seen, by rule: inf where it was not; series in alarm beforehand left out."""

    hours: dict[str, list[Floats]] = field(default_factory=dict)

    def add(self, shift: Shift, before: Floats, after: Floats, threshold: float) -> None:
        fires = after > threshold
        delay = np.where(fires.any(axis=1), fires.argmax(axis=1) + 1.0, np.inf)
        self.hours.setdefault(shift.name, []).append(delay[~(before > threshold).any(axis=1)])

    def of(self, shift: Shift) -> Floats:
        return np.concatenate(self.hours[shift.name])


def delays(
    fleet: Fleet,
    quiet: NDArray[np.float32],
    watch: Watch,
    thresholds: dict[Rule, float],
    found: dict[Rule | str, Found],
) -> None:
    """Put every shift into a fleet in its first test weeks, at an hour of the week of its own."""
    begin = LONGEST * WEEK
    hour = begin + DAY + int(np.random.default_rng([fleet.seed, 13]).integers(WEEK))
    kinds = np.array(fleet.kinds)
    reference = Reference.of(fleet, quiet[:, :begin])
    usual = {
        (name, span): usual_of(values, span)
        for span in {span for _, span, _ in thresholds}
        for name, values in statistics(fleet, reference, quiet[:, :begin], span).items()
    }
    window = slice(hour - WEEK, hour + HORIZON)
    for shifts in together():
        changed = quiet[:, : window.stop].copy()
        changed[:, hour:] = fleet.counts({kind: shift.after(WEEK) for kind, shift in shifts.items()}, window)[:, WEEK:]
        seen = surprises(watch.calibration, changed, hour - DAY, window.stop)
        for kind, shift in shifts.items():
            of = seen[kinds == kind]
            found.setdefault("Seamark", Found()).add(shift, of[:, :DAY], of[:, DAY:], watch.level)
        for span in sorted({span for _, span, _ in thresholds}):
            values = statistics(fleet, reference, changed[:, hour - 2 * DAY :], span)
            for (name, of_span, standardised), threshold in thresholds.items():
                if of_span != span:
                    continue
                value = beyond_usual(values[name], usual[name, span]) if standardised else values[name]
                for kind, shift in shifts.items():
                    of = value[kinds == kind, DAY:]
                    found.setdefault((name, span, standardised), Found()).add(
                        shift, of[:, :DAY], of[:, DAY:], threshold
                    )


def quiet_values(fleet: Fleet, quiet: NDArray[np.float32]) -> dict[Rule, Floats]:
    """The highest value of any series in every hour of the test weeks, for every rule."""
    begin = LONGEST * WEEK
    reference = Reference.of(fleet, quiet[:, :begin])
    found = {}
    for span in sorted({span for _, span, _ in every_rule()}):
        values = statistics(fleet, reference, quiet, span)
        for name in STATISTICS:
            found[name, span, False] = values[name][:, begin:].max(axis=0)
            usual = usual_of(values[name][:, :begin], span)
            found[name, span, True] = beyond_usual(values[name][:, begin:], usual).max(axis=0)
    return {rule: found[rule] for rule in every_rule()}
