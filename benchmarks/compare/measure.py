"""CPU seconds and memory of a block, and the JSON line every program here prints."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from typing import Self

from workload import DRIFTED

FOLDER = Path(os.environ.get("BENCH_DATA", "data"))


def _status(field: str) -> float:
    """MB of VmRSS or VmHWM of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return float("nan")


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Measured:
    """`cpu` and `wall` seconds of a block, and `extra_mb`: the peak beyond what was in memory before it."""

    def __enter__(self) -> Self:
        self.cpu = self.wall = self.extra_mb = 0.0
        self._rss = _status("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        self._start = _cpu(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu, self.wall = _cpu() - self._start[0], time.perf_counter() - self._start[1]
        self.extra_mb = _status("VmHWM") - self._rss


def report(peer: str, version: str, rows: int, parts: list[Measured], flagged: list[str]) -> None:
    """Print the result; `parts` are measured one after the other."""
    found = set(flagged) & DRIFTED
    line = {
        "peer": peer,
        "version": version,
        "rows": rows,
        "cpu_seconds": round(sum(part.cpu for part in parts), 2),
        "wall_seconds": round(sum(part.wall for part in parts), 2),
        "extra_mb": round(max(part.extra_mb for part in parts)),
        "found": len(found),
        "missed": sorted(DRIFTED - found),
        "false": sorted(set(flagged) - DRIFTED),
    }
    print(json.dumps(line), flush=True)
