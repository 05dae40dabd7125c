"""Two real shifts, played through `seamark backtest`; rewrites README.md's tables.

python benchmarks/shifts/run.py [--json]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measuring import machine

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "src" / "seamark" / "demo" / "data"
WINDOWS = ("1d", "6h", "1h")


@dataclass(frozen=True)
class Story:
    """A data set, the hour it changed, and what did."""

    title: str
    analysis: Path
    reference: Path
    options: tuple[str, ...]
    shift: datetime
    shifted: tuple[str, ...] = ()


STORIES = (
    Story(
        "car loans",
        DEMO / "analysis.parquet",
        DEMO / "reference.parquet",
        ("--prediction", "y_pred", "--score", "y_pred_proba", "--exclude", "repaid", "--time-zone", "UTC"),
        datetime(2019, 3, 31, 3, tzinfo=UTC),
        (
            "feature.car_value",
            "feature.salary_range",
            "feature.loan_length",
            "feature.repaid_loan_on_prev_car",
            "score",
        ),
    ),
    Story(
        "used-car prices",
        HERE / "data" / "prices_analysis.parquet",
        HERE / "data" / "prices_reference.parquet",
        ("--prediction", "y_pred", "--exclude", "y_true", "--time-zone", "UTC"),
        datetime(2017, 2, 28, 8, tzinfo=UTC),
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the figures and leave README.md alone")
    asked = parser.parse_args()
    found = {story.title: [played(story, window) for window in WINDOWS] for story in STORIES}
    if asked.json:
        json.dump(found, sys.stdout, indent=1)
        return
    readme = HERE / "README.md"
    text = readme.read_text("utf-8")
    for story in STORIES:
        before, rest = text.split(f"<!-- {story.title} -->", 1)
        after = rest.split(f"<!-- /{story.title} -->", 1)[1]
        told = f"{table(story, found[story.title])}\n\n{machine('numpy')}"
        text = f"{before}<!-- {story.title} -->\n{told}\n<!-- /{story.title} -->{after}"
    readme.write_text(text, "utf-8")


def played(story: Story, window: str) -> dict[str, Any]:
    """Hours from the shift to the first alert of each signal; negative for alerts before it."""
    command = [sys.executable, "-c", "import sys; from seamark.cli import main; sys.exit(main(sys.argv[1:]))"]
    command += ["backtest", str(story.analysis), "--reference", str(story.reference), *story.options]
    begin = time.perf_counter()
    out = subprocess.run([*command, "--window", window, "--json"], check=True, capture_output=True).stdout
    seconds = time.perf_counter() - begin
    alerts = json.loads(out)["alerts"]
    first: dict[str, float] = {}
    for alert in sorted(alerts, key=lambda each: str(each["opened"])):
        first.setdefault(alert["signal"], hours(alert["opened"], story.shift))
    before = [alert for alert in alerts if hours(alert["opened"], story.shift) < 0]
    return {"window": window, "first": first, "alerts": len(alerts), "before": len(before), "seconds": seconds}


def hours(opened: str | float, shift: datetime) -> float:
    at = (
        datetime.fromtimestamp(opened / 1e3, UTC)
        if isinstance(opened, (int, float))
        else datetime.fromisoformat(opened)
    )
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - shift).total_seconds() / 3600


def table(story: Story, runs: list[dict[str, Any]]) -> str:
    lines = [
        "| window | alerts before | " + " | ".join(story.shifted or ("first alerts, hours after",)),
        "|---|---|---|",
    ]
    if story.shifted:
        lines = [
            "| window | alerts before | first | all five | "
            + " | ".join(map(bare, story.shifted))
            + " | others | wall s |",
            "|---|---|---|---|" + "---|" * (len(story.shifted) + 2),
        ]
    else:
        lines = [
            "| window | alerts before | hours from the shift to each signal's first alert | wall s |",
            "|---|---|---|---|",
        ]
    for run in runs:
        after = {name: at for name, at in run["first"].items() if at >= 0}
        if story.shifted:
            at = [after.get(name) for name in story.shifted]
            known = [each for each in at if each is not None]
            ends = [days(min(known, default=None)), days(max(known) if None not in at else None)]
            others = ", ".join(
                f"{bare(name)} {each:.0f} h" for name, each in after.items() if name not in story.shifted
            )
            told = [*ends, *(days(each) for each in at), others or "none"]
        else:
            told = [", ".join(f"{bare(name)} {at:.0f}" for name, at in run["first"].items()) or "none"]
        lines.append(f"| {run['window']} | {run['before']} | " + " | ".join(told) + f" | {run['seconds']:.0f} |")
    return "\n".join(lines)


def bare(signal: str) -> str:
    return signal.removeprefix("feature.")


def days(of: float | None) -> str:
    return "never" if of is None else f"{of / 24:.1f} d"


if __name__ == "__main__":
    main()
