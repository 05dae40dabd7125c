"""How often Seamark and its peers alarm while nothing drifts; rewrites the tables in README.md.

    python benchmarks/false_alarms/run.py [FOLDER] [--seed N] [--json] [--rules R …]

FOLDER holds the environments of the peers (`install.sh FOLDER`). Every rule of `peers/` judges the same windows in a
process of its own on one thread, one rule after the other. The README is only rewritten when every rule was asked and
answered.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import workload

HERE = Path(__file__).parent
README = HERE / "README.md"
VENVS = HERE.parent / "data" / "false_alarms" / "venvs"
BEGIN, END = "<!-- table -->", "<!-- /table -->"
RULES = [
    "seamark",
    "seamark_learned",
    "evidently",
    "nannyml",
    "whylogs",
    "alibi_detect",
    "deepchecks",
]  # files of `peers/`
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
QUIET = {
    "NML_DISABLE_USAGE_LOGGING": "1",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "WHYLOGS_NO_ANALYTICS": "True",
}
SIZES = tuple(workload.WINDOWS)

Line = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=VENVS)
    parser.add_argument("--seed", type=int, default=workload.SEED)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES, choices=SIZES, help="rows of a window")
    parser.add_argument("--rules", nargs="*", default=RULES, choices=RULES)
    parser.add_argument("--json", action="store_true", help="print the results as JSON and leave the README alone")
    asked = parser.parse_args()
    lines = [line for rule in asked.rules for line in measure(rule, asked)]
    if len({line["fingerprint"] for line in lines if "fingerprint" in line}) > 1:
        sys.exit("The rules did not judge the same rows: numpy made others from one seed in one of the environments.")
    if asked.json:
        print(json.dumps({"machine": machine(asked.seed), "results": lines}, indent=1))
        return
    text = tables(lines, asked.seed)
    print(text)
    if asked.rules == RULES and asked.rows == SIZES and not any("error" in line for line in lines):
        before, _, rest = README.read_text("utf-8").partition(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


def measure(rule: str, asked: argparse.Namespace) -> list[Line]:
    """One line per scenario and size, or one with the error's last words."""
    own = rule.startswith("seamark")
    python = Path(sys.executable) if own else asked.folder / rule / "bin" / "python"
    plain = asked.folder / f"{rule}.plain"
    about = {"rule": rule, "plain": plain.read_text("utf-8").strip() if plain.exists() else "works" if own else ""}
    if not python.exists():
        return [about | {"error": f"not installed: {python} does not exist"}]
    command = [str(python), "-B", str(HERE / "measure.py"), rule, str(asked.seed), *map(str, asked.rows)]
    environment = os.environ | dict.fromkeys(THREADS, "1") | QUIET
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return [about | {"error": done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"}]
    return [about | json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"rule"')]


def tables(lines: list[Line], seed: int) -> str:
    """The results as Markdown."""
    parts = [
        *shares(lines, "any", "windows with any alarm, %"),
        "",
        *shares(lines, "columns", "columns in alarm, mean over windows, %"),
        "",
        *rules(lines),
        "",
        f"{machine(seed)}.",
    ]
    return "\n".join(parts)


def shares(lines: list[Line], field: str, title: str) -> list[str]:
    """One row per rule, one column per scenario and size; beside `any`, what a library says of the whole data set."""
    titles = [f"{scenario} {short(rows)}" for scenario in workload.SCENARIOS for rows in SIZES]
    found = [f"| {title} | {' | '.join(titles)} |", "|---" * (1 + len(titles)) + "|"]
    for of_rule in by_rule(lines):
        if "error" in of_rule[0]:
            found.append(f"| {of_rule[0]['rule']} | {of_rule[0]['error']} |{' |' * (len(titles) - 1)}")
            continue
        found.append(row(of_rule[0]["name"], of_rule, field))
        if field == "any" and any(line["data_set"] not in (None, line["any"]) for line in of_rule):
            found.append(row("its verdict on the whole data set", of_rule, "data_set"))
    return found


def row(name: str, lines: list[Line], field: str) -> str:
    cells = {(line["scenario"], line["rows"]): percent(line[field]) for line in lines}
    places = [(scenario, rows) for scenario in workload.SCENARIOS for rows in SIZES]
    return f"| {name} | {' | '.join(cells.get(place, '') for place in places)} |"


def percent(share: float) -> str:
    return f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}"


def short(rows: int) -> str:
    return f"{rows // 1_000}k" if rows >= 10_000 else f"{rows:,}"


def rules(lines: list[Line]) -> list[str]:
    """What each rule is, how many windows it judged and what its plain installation answered."""
    sizes = "/".join(map(short, SIZES))
    titles = ["rule", "version", "its default", f"windows of {sizes}", "CPU-s", "plain install"]
    found = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for of_rule in by_rule(lines):
        one = of_rule[0]
        if "error" in one:
            found.append(f"| {one['rule']} | | | | | {one['plain']} |")
            continue
        windows = {line["rows"]: line["windows"] for line in of_rule}
        seconds = sum(line["cpu"] for line in of_rule)
        counts = "/".join(str(windows.get(rows, "-")) for rows in SIZES)
        found.append(
            f"| {one['name']} | {one['version']} | {one['default']} | {counts} | {seconds:.0f} | {one['plain']} |"
        )
    return found


def by_rule(lines: list[Line]) -> list[list[Line]]:
    return [[line for line in lines if line["rule"] == rule] for rule in dict.fromkeys(line["rule"] for line in lines)]


def machine(seed: int) -> str:
    return (
        f"Seed {seed}, measured {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, one thread each, on "
        f"{os.cpu_count()} virtual {platform.machine()} CPUs shared with other work"
    )


if __name__ == "__main__":
    main()
