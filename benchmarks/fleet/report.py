"""The figures of results.json as the tables of README.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

DAYS = 84
MONTHS = DAYS / 30
HOURS = DAYS * 24
TITLES = {
    "budget": "200 series of their own, 500 rows an hour",
    "correlated": "60 % of the series' wander in common",
    "small": "a small model: 10 numeric, 3 categorical, 2 ratio series",
    "sparse": "60 rows an hour",
}
Results = dict[str, Any]


def tables(results: Results) -> str:
    parts = [realised(part, results[part]) for part in TITLES if part in results]
    if "budget" in results:
        parts.append(peers(results["budget"]))
    if "delays" in results:
        parts.append(delays(results["delays"]))
    if "cost" in results:
        parts.append(costs(results["cost"]))
    return "\n\n".join(parts)


def realised(part: str, of: Results) -> str:
    fleets = list(of["fleets"].values())
    lines = [
        f"**Realised false incidents: {TITLES[part]}** ({seeds(of['fleets'])})",
        "",
        "| history | budget a month | realised a month | realised / budget | 90 % of seeds | < 2.5 | time in alarm |",
        "|---|---|---|---|---|---|---|",
    ]
    for history in fleets[0]["seamark"]:
        for at, budget in enumerate(of["budgets"]):
            seen = [fleet["seamark"][history][at] for fleet in fleets]
            ratio = np.array([each["incidents"] for each in seen]) / MONTHS / budget
            hours = np.mean([each["hours"] for each in seen]) / HOURS
            lines.append(
                f"| {history} weeks | {budget} | {ratio.mean() * budget:.2f} | **{ratio.mean():.2f}** "
                f"| {np.quantile(ratio, 0.9):.2f} | {(ratio < 2.5).mean():.0%} | {hours:.1%} |"
            )
    spent = np.mean([fleet["cpu_seconds"] for fleet in fleets])
    return "\n".join([*lines, "", f"{spent:.0f} CPU-s a fleet. {of['machine']}."])


def seeds(fleets: Iterable[str | int]) -> str:
    numbers = sorted(map(int, fleets))
    return f"{len(numbers)} fleets, seeds {numbers[0]} to {numbers[-1]}"


def peers(of: Results) -> str:
    fleets = list(of["fleets"].values())
    lines = [
        f"**Rules at their makers' thresholds, on the same quiet fleets** ({seeds(of['fleets'])})",
        "",
        "| rule | alarms of series a month | incidents a month | time in alarm |",
        "|---|---|---|---|",
    ]
    history = max(fleets[0]["seamark"], key=int)
    rules = [("**Seamark, budget 2**", [fleet["seamark"][history][of["budgets"].index(2)] for fleet in fleets])]
    rules += [(name, [fleet["peers"][name] for fleet in fleets]) for name in fleets[0]["peers"]]
    for name, seen in rules:
        alarms, incidents, hours = (np.mean([each[key] for each in seen]) for key in ("alarms", "incidents", "hours"))
        lines.append(f"| {name} | {alarms / MONTHS:,.1f} | {incidents / MONTHS:.1f} | {hours / HOURS:.0%} |")
    return "\n".join(lines)


def delays(of: Results) -> str:
    false = of["incidents"] / len(of["seeds"]) / MONTHS
    lines = [
        f"**Hours until a shift is seen, at the same {false:.1f} false incidents a month** ({seeds(of['seeds'])})",
        "",
        "| shift | Seamark: median | 75 % | found | best peer rule | its median | 75 % | found | its / Seamark's |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows = of["delays"]
    for shift in dict.fromkeys(row["shift"] for row in rows):
        own = next(row for row in rows if row["shift"] == shift and row["rule"] == "Seamark")
        others = [row for row in rows if row["shift"] == shift and row["rule"] != "Seamark"]
        best = min(others, key=lambda row: (known(row["median"]), -row["found"]))
        ratio = f"{known(best['median']) / own['median']:.1f}" if own["median"] and best["median"] else "-"
        lines.append(f"| {shift} | {cells(own)} | {best['rule']} | {cells(best)} | {ratio} |")
    return "\n".join([*lines, "", f"{of['machine']}."])


def known(hours: float | None) -> float:
    return np.inf if hours is None else hours


def cells(row: Results) -> str:
    median, q75 = ("> 504" if row[key] is None else f"{row[key]:.0f}" for key in ("median", "q75"))
    return f"{median} | {q75} | {row['found']:.0%}"


def costs(of: Results) -> str:
    lines = ["| 10,000 series | CPU-s |", "|---|---|"]
    lines += [f"| {name} | {seconds:.2f} |" for name, seconds in of["seconds"].items()]
    return "\n".join([*lines, "", f"{of['machine']}."])
