"""False alarms and delays of the test of a stated tolerance, beside hourly tests; rewrites the table of README.md.

    python benchmarks/sequential/run.py [--seed 1000] [--seeds 20]

Each seed is one model with 10 monitored error rates, 24 weeks of hours. Seeds 0 to 99 were used for building.
"""

from __future__ import annotations

import argparse
import math
import platform
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seamark.stats.sequential import STAKES, evidence_of_shares, gathered, level_of, strength

HERE = Path(__file__).parent
SERIES, WEEKS, MONTH = 10, 24, 720
HOURS = WEEKS * 168
TOLERANCE, BUDGET = 0.05, 2.0
Floats = NDArray[np.float64]


def steady(random: np.random.Generator) -> Floats:
    """Exactly the tolerated rate, always: the hardest case that is no violation."""
    return np.full((SERIES, HOURS), TOLERANCE) + 0 * random.random()


def wandering_below(random: np.random.Generator) -> Floats:
    """A rate with a memory of days and a season of the day that touches the tolerance and never passes it."""
    season = 0.5 * np.sin(np.arange(HOURS) * 2 * np.pi / 24)
    return TOLERANCE / (1 + np.exp(np.maximum(-4, _wander(random) - 2 + season)))


def wandering_around(random: np.random.Generator) -> Floats:
    """The tolerated rate on average, but hours on end above it: a true, passing violation each time."""
    return TOLERANCE * np.exp(0.15 * _wander(random) - 0.15**2 / 2)


def _wander(random: np.random.Generator) -> Floats:
    noise, state = random.normal(size=(SERIES, HOURS)), np.zeros(SERIES)
    path = np.empty((SERIES, HOURS))
    memory = 0.98
    for hour in range(HOURS):
        state = memory * state + math.sqrt(1 - memory**2) * noise[:, hour]
        path[:, hour] = state
    return path


def traffic(random: np.random.Generator) -> Floats:
    """Outcomes an hour: 200 on average, with a daily season."""
    usual = 200 * (1 + 0.7 * np.sin(np.arange(HOURS) * 2 * np.pi / 24))
    return random.poisson(usual, (SERIES, HOURS)).astype(np.float64)


def sequential(lost: Floats, n: Floats) -> NDArray[np.int64]:
    """int64[alarms]: the hours of alarms; an alarm starts its series anew."""
    level, state = math.log(level_of(BUDGET, series=SERIES)), np.full((SERIES, len(STAKES)), -np.inf)
    tolerance, alarms = np.full(SERIES, TOLERANCE), []
    for hour in range(lost.shape[1]):
        state = gathered(state, evidence_of_shares(lost[:, hour], n[:, hour], tolerance))
        over = strength(state) >= level
        state[over] = -np.inf
        alarms += [hour] * int(over.sum())
    return np.array(alarms, dtype=np.int64)


def hourly(sd: float) -> Callable[[Floats, Floats], NDArray[np.int64]]:
    """Episodes of hours whose rate is more than `sd` standard errors above the tolerance."""

    def alarms(lost: Floats, n: Floats) -> NDArray[np.int64]:
        error = np.sqrt(TOLERANCE * (1 - TOLERANCE) / np.maximum(n, 1))
        over = lost / np.maximum(n, 1) > TOLERANCE + sd * error
        return np.nonzero(over & ~np.pad(over, ((0, 0), (1, 0)))[:, :-1])[1]

    return alarms


RULES = {
    "**this test**": sequential,
    "hourly, p < .05": hourly(1.645),
    "hourly, 3 sd": hourly(3.0),
}
QUIET = {
    "exactly at the tolerance": steady,
    "wanders below it": wandering_below,
    "wanders around it": wandering_around,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.seeds)
    text = "\n".join([*quiet_table(seeds), "", *delay_table(seeds), "", machine(seeds)])
    print(text)
    page = HERE / "README.md"
    page.write_text(
        re.sub(r"<!-- table -->.*", lambda _: f"<!-- table -->\n{text}\n", page.read_text(), flags=re.DOTALL)
    )


def quiet_table(seeds: range) -> list[str]:
    lines = [
        f"**False alarms a month of a model with {SERIES} error rates, budget {BUDGET:g}**",
        "",
        "| the true rate | " + " | ".join(RULES) + " |",
        "|---|" + "---|" * len(RULES),
    ]
    for name, rates in QUIET.items():
        counts = dict.fromkeys(RULES, 0)
        for seed in seeds:
            random = np.random.default_rng(seed)
            n = traffic(random)
            lost = random.binomial(n.astype(np.int64), np.minimum(rates(random), 1.0)).astype(np.float64)
            for rule, alarms in RULES.items():
                counts[rule] += len(alarms(lost, n))
        months = len(seeds) * HOURS / MONTH
        lines.append(f"| {name} | " + " | ".join(f"{count / months:.2f}" for count in counts.values()) + " |")
    return lines


def delay_table(seeds: range) -> list[str]:
    lines = [
        "**Hours until the alarm, median (and 90 %) of series whose rate becomes**",
        "",
        "| times the tolerance | median | 90 % | not within 4 weeks |",
        "|---|---|---|---|",
    ]
    level, begins, lasts = math.log(level_of(BUDGET, series=SERIES)), 168, 4 * 168
    for times in (1.1, 1.2, 1.5, 2.0, 4.0):
        delays: list[int] = []
        for seed in seeds:
            random = np.random.default_rng(seed)
            n = traffic(random)[:, : begins + lasts]
            rate = np.where(np.arange(begins + lasts) < begins, 0.8, times) * TOLERANCE
            lost = random.binomial(n.astype(np.int64), rate).astype(np.float64)
            state, first = np.full((SERIES, len(STAKES)), -np.inf), np.full(SERIES, lasts)
            for hour in range(begins + lasts):
                state = gathered(state, evidence_of_shares(lost[:, hour], n[:, hour], np.full(SERIES, TOLERANCE)))
                if hour >= begins:
                    over = (strength(state) >= level) & (first == lasts)
                    first[over] = hour - begins + 1
            delays += first.tolist()
        median, most = np.quantile(delays, [0.5, 0.9])
        missed = sum(each == lasts for each in delays)
        lines.append(f"| {times:g} | {median:.0f} | {most:.0f} | {missed} of {len(delays)} |")
    return lines


def machine(seeds: range) -> str:
    return (
        f"Seeds {seeds.start} to {seeds.stop - 1}; {platform.machine()}, Python {platform.python_version()}, "
        f"numpy {np.__version__}, {datetime.now(tz=UTC):%Y-%m-%d}."
    )


if __name__ == "__main__":
    main()
