"""Seamark and its peers on the same work, one after the other: `python run.py [FOLDER] [--rows N …] [--peers P …]`.

FOLDER holds the data (made when missing) and `venvs/` (made by `install.sh FOLDER/venvs`; a peer without its
environment is left out). Every program runs in a process of its own on one thread and prints a JSON line; the lines go
to `results.jsonl` here, in the place of older ones of the same program and rows, and the table of `README.md` is made
from them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import workload

HERE = Path(__file__).parent
RESULTS = HERE / "results.jsonl"
README = HERE / "README.md"
FOLDER = HERE.parent / "data" / "compare"
BEGIN, END = "<!-- table -->", "<!-- /table -->"
PEERS = ("frouros", "nannyml", "whylogs", "alibi", "evidently")
QUIET = {
    "NML_DISABLE_USAGE_LOGGING": "1",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "WHYLOGS_NO_ANALYTICS": "True",
}
SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    parser.add_argument("--minutes", type=float, default=10.0, help="after which a peer is stopped")
    parser.add_argument("--table", action="store_true", help="only make the table again")
    args = parser.parse_args()
    if not args.table:
        data = args.folder / "data"
        if not (data / "unchanged.parquet").exists():
            workload.write(data, workload.SEED)
        remember([line for rows in args.rows for line in measure(args, data, rows)])
    before, _, rest = README.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{table(remembered())}\n{END}{after}")


def remembered() -> list[dict[str, object]]:
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def remember(lines: list[dict[str, object]]) -> None:
    """Newer results take the place of older ones."""
    kept = {(line["peer"], line["rows"]): line for line in [*remembered(), *lines]}
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in kept.values()))


def measure(args: argparse.Namespace, data: Path, rows: int) -> list[dict[str, object]]:
    runs = [(sys.executable, "seamark", ["table"]), (sys.executable, "seamark", ["unchanged"])]
    if rows == workload.CURRENT_ROWS:
        runs.append((sys.executable, "seamark", ["parquet"]))
    pythons = {peer: args.folder / "venvs" / peer / "bin" / "python" for peer in args.peers}
    runs += [(str(python), peer, []) for peer, python in pythons.items() if python.exists()]
    found = []
    for python, peer, words in runs:
        line = run_one([python, str(HERE / f"bench_{peer}.py"), str(rows), *words], data, args.minutes)
        print(line or f"{peer} failed on {rows:,} rows", flush=True)
        if line:
            found.append(line | {"date": f"{datetime.now(UTC):%Y-%m-%d}"})
    return found


def run_one(command: list[str], data: Path, minutes: float) -> dict[str, object] | None:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    environment = os.environ | threads | QUIET | {"BENCH_DATA": str(data)}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=minutes * 60, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"peer"')]
    if not lines:
        sys.stderr.write(done.stderr[-2000:])
        return None
    result: dict[str, object] = json.loads(lines[-1])
    return result


def table(lines: list[dict[str, object]]) -> str:
    at_most_rows = {line["peer"]: line for line in lines if line["rows"] == workload.CURRENT_ROWS}
    peers = sorted(dict.fromkeys(line["peer"] for line in lines), key=lambda peer: place(peer, at_most_rows))
    titles = ["", "version", "CPU-s 100k", "CPU-s 1M", "times Seamark", "extra MB at 1M"]
    titles += ["found of 7 at 10k/100k/1M", "false at 10k/100k/1M"]
    rows = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for peer in peers:
        by_size = {line["rows"]: line for line in lines if line["peer"] == peer}
        one = next(iter(by_size.values()))
        cells = [
            str(peer),
            str(one["version"]),
            cell(by_size, 100_000, "cpu_seconds"),
            cell(by_size, 1_000_000, "cpu_seconds"),
            ratio(at_most_rows.get(peer), at_most_rows.get("Seamark")),
            cell(by_size, 1_000_000, "extra_mb"),
            "/".join(cell(by_size, size, "found") for size in SIZES),
            "/".join(cell(by_size, size, "false") for size in SIZES),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    dates = sorted({str(line["date"]) for line in lines})
    rows += [
        "",
        f"Measured {' and '.join(dates)}, Python {sys.version_info.major}.{sys.version_info.minor}, {machine()}.",
    ]
    return "\n".join(rows)


def place(peer: object, lines: dict[object, dict[str, object]]) -> tuple[bool, object]:
    """Seamark first, then by CPU seconds."""
    return not str(peer).startswith("Seamark"), lines.get(peer, {}).get("cpu_seconds", 0)


def ratio(line: dict[str, object] | None, seamark: dict[str, object] | None) -> str:
    return f"{line['cpu_seconds'] / seamark['cpu_seconds']:.1f}" if line and seamark else "-"


def cell(by_size: dict[object, dict[str, object]], size: int, field: str) -> str:
    value = by_size.get(size, {}).get(field)
    if value is None:
        return "-"
    return str(len(value)) if isinstance(value, list) else f"{value:,}"


def machine() -> str:
    return f"one thread each, on {os.cpu_count()} virtual CPUs shared with other work"


if __name__ == "__main__":
    main()
