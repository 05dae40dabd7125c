"""What `seamark backtest` costs on a year of hours, and where the time goes; making the data apart.

python benchmarks/backtest/run.py [--seed 0] [--months 12] [--features 50] [--rows-an-hour 500] [--folder DIR] [--json]

With --folder the data stay there, and are used again by the next run with the same arguments.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from workload import write

import seamark.cli.backtest
import seamark.pipeline.backtest.counted
import seamark.pipeline.backtest.report
import seamark.pipeline.calibrating
import seamark.pipeline.tick
import seamark.wire.files
from measuring import Stages, machine
from seamark.cli import main as seamark_main
from seamark.pipeline.calibrating import Calibrator
from seamark.pipeline.judge import Judge

_CONFIGURATION = '[models.data]\nbaseline = "seasonal"\n'


def stages() -> Stages:
    found = Stages()
    found.of(seamark.wire.files, "_batch", "reading and checking rows")
    found.of(seamark.cli.backtest, "count_history", "reading and checking rows")
    found.of(seamark.pipeline.backtest.counted, "count_rows", "counting rows into profiles")
    found.of(seamark.pipeline.calibrating, "calibrate", "learning thresholds")
    found.of(Calibrator, "calibrate", "learning thresholds: its windows")
    found.of(Judge, "evaluate", "judging windows")
    found.of(seamark.pipeline.tick, "watch", "alerts and incidents")
    found.of(seamark.pipeline.backtest.report, "by_budget", "other budgets")
    plain = seamark.pipeline.backtest.report.by_budget

    def apart(played: Any) -> Any:
        before = found.seconds["alerts and incidents"]
        told = plain(played)
        found.seconds["other budgets"] += found.seconds["alerts and incidents"] - before
        found.seconds["alerts and incidents"] = before
        return told

    seamark.pipeline.backtest.report.by_budget = apart
    return found


def prepared(folder: Path, arguments: argparse.Namespace) -> tuple[Path, Path, int]:
    """(reference, data, rows), made anew where they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    reference, data = folder / "reference.parquet", folder / "data.parquet"
    if reference.exists() and data.exists():
        return reference, data, pq.ParquetFile(data).metadata.num_rows
    return write(
        folder,
        seed=arguments.seed,
        months=arguments.months,
        features=arguments.features,
        rows_an_hour=arguments.rows_an_hour,
    )


def measured(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    reference, data, rows = prepared(folder, arguments)
    configuration = folder / "seamark.toml"
    configuration.write_text(_CONFIGURATION)
    by_stage, told = stages(), io.StringIO()
    cpu, wall = time.process_time(), time.perf_counter()
    with contextlib.redirect_stdout(told):
        words = ["backtest", str(data), "--reference", str(reference), "--config", str(configuration), "--json"]
        assert seamark_main(words) == 0
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    found = json.loads(told.getvalue())
    by_stage.seconds["all else"] = cpu - sum(by_stage.seconds.values())
    return {
        "rows": rows,
        "windows": found["windows"],
        "calibrations": len(found["learned"]),
        "alerts": len(found["alerts"]),
        "incidents": len(found["incidents"]),
        "alarm_hours": found["alarm_hours"],
        "seconds": wall,
        "cpu_s": cpu,
        "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "stages_cpu_s": dict(by_stage.seconds.most_common()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--months", type=int, default=12, help="of 30 days")
    parser.add_argument("--features", type=int, default=50)
    parser.add_argument("--rows-an-hour", type=int, default=500)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        load = os.getloadavg()[0]
        found = {
            "machine": machine("numpy", "pyarrow"),
            "load_before": load,
            **measured(arguments.folder or Path(scratch), arguments),
            "load_after": os.getloadavg()[0],
        }
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print(
        f"{found['rows']:,} rows, {found['windows']:,} windows, {found['calibrations']} calibrations: "
        f"{found['seconds']:.0f} s, {found['cpu_s']:.0f} CPU-s, {found['resident_mb']:,.0f} MB "
        f"(load {found['load_before']:.1f} before, {found['load_after']:.1f} after)"
    )
    for stage, seconds in found["stages_cpu_s"].items():
        print(f"  {stage:<34} {seconds:6.1f} CPU-s")


if __name__ == "__main__":
    main()
