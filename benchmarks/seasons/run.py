"""Real seasons: bike rentals with injected changes, taxi traffic with labelled anomalies; rewrites README.md's tables.

python benchmarks/seasons/run.py [bike|taxi ...] [--seed 0] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bike
import taxi

from measuring import machine

HERE = Path(__file__).parent
PARTS: dict[str, Callable[[int], dict[str, Any]]] = {"bike": bike.measure, "taxi": taxi.measure}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--seed", type=int, default=0, help="of the injected changes")
    parser.add_argument("--json", action="store_true", help="print the figures and leave README.md alone")
    asked = parser.parse_args()
    found = {part: PARTS[part](asked.seed) for part in asked.parts}
    if asked.json:
        json.dump(found, sys.stdout, indent=1)
        return
    readme = HERE / "README.md"
    text = readme.read_text("utf-8")
    for part, of in found.items():
        before, rest = text.split(f"<!-- {part} -->", 1)
        after = rest.split(f"<!-- /{part} -->", 1)[1]
        table = bike_table(of) if part == "bike" else taxi_table(of)
        text = f"{before}<!-- {part} -->\n{table}\n\nSeed {asked.seed}. {machine('numpy')}\n<!-- /{part} -->{after}"
    readme.write_text(text, "utf-8")


def bike_table(of: dict[str, Any]) -> str:
    changes = list(of["ways"][0]["delays"])
    lines = [
        "| baseline or rule | budget | alarms a month | in alarm | " + " | ".join(changes) + " |",
        "|---|---|---|---|" + "---|" * len(changes),
    ]
    for row in of["ways"] + of["rules"]:
        budget = "-" if row["budget"] is None else f"{row['budget']:g}"
        told = " | ".join(delay(row["delays"][change]) for change in changes)
        rate = row["incidents"] / row["months"]
        lines.append(f"| {row['way']} | {budget} | {rate:.2f} | {row['hours']:.0%} | {told} |")
    return "\n".join(lines)


def delay(of: dict[str, Any]) -> str:
    if not of["injections"]:
        return "in alarm anyway"
    median = "not" if of["median"] is None else f"{of['median']:.0f} h"
    return f"{median} ({of['found']:.0%} of {of['injections']})"


def taxi_table(of: dict[str, Any]) -> str:
    lines = [
        "| baseline or rule | found of the five | hours into its window | other alarms a month | in alarm |",
        "|---|---|---|---|---|",
    ]
    for row in of["ways"]:
        into = ", ".join("-" if each is None else f"{each:.0f}" for each in row["into"])
        seen = sum(each is not None for each in row["into"])
        lines.append(f"| {row['way']} | {seen} | {into} | {row['others']:.2f} | {row['hours']:.0%} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
