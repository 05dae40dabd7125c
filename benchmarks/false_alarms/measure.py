"""Judge every window by one rule, in the environment it needs: `python measure.py RULE SEED ROWS …` prints JSON lines."""

from __future__ import annotations

import importlib
import json
import sys
import time

import numpy as np
from rule import Verdict
from workload import COLUMNS, SCENARIOS, Workload, fingerprint


def main() -> None:
    name, seed, *sizes = sys.argv[1:]
    rule = importlib.import_module(f"peers.{name}")
    about = {"rule": name, "name": rule.NAME, "version": rule.VERSION, "default": rule.DEFAULT}
    about["fingerprint"] = fingerprint(int(seed))
    for scenario in SCENARIOS:
        workload = Workload(int(seed), scenario)
        reference = workload.reference()
        for rows in map(int, sizes):
            start = time.process_time()
            alarms = rule.fit(reference, workload.history(rows))
            every = getattr(rule, "EVERY", {}).get(rows, 1)
            windows = [window for at, window in enumerate(workload.windows(rows)) if at % every == 0]
            verdicts = [alarms(window, at) for at, window in windows]
            cpu = time.process_time() - start
            print(
                json.dumps({**about, "scenario": scenario, "rows": rows, **counted(verdicts), "cpu": cpu}), flush=True
            )


def counted(verdicts: list[Verdict]) -> dict[str, object]:
    """Over all windows: the share with any alarm, the share of columns, and the share of the library's own verdict."""
    said = [verdict.data_set for verdict in verdicts if verdict.data_set is not None]
    return {
        "windows": len(verdicts),
        "any": float(np.mean([bool(verdict.columns) for verdict in verdicts])),
        "columns": float(np.mean([len(verdict.columns) / len(COLUMNS) for verdict in verdicts])),
        "data_set": float(np.mean(said)) if said else None,
    }


if __name__ == "__main__":
    main()
