"""Judge every window by one rule, in the environment it needs: `python measure.py RULE SEED ROWS …`, JSON lines out."""

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
            windows = workload.windows(rows, getattr(rule, "EVERY", {}).get(rows, 1))
            verdicts = [known(alarms(window, at)) for at, window in windows]
            found = counted(verdicts) | {"cpu": time.process_time() - start}
            print(json.dumps({**about, "scenario": scenario, "rows": rows, **found}), flush=True)


def known(verdict: Verdict) -> Verdict:
    assert verdict.columns <= set(COLUMNS), sorted(verdict.columns)
    return verdict


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
