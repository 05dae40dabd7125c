"""What the real server answers, and when the page is there, over the store of `stored.py`.

The questions the screen asks, each as often as makes a p95, with everything cold that a restart makes cold; then a page
opened from nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
import psutil
from playwright.sync_api import Browser
from stored import MODEL

from seamark.clock import to_iso

HOUR_MS = 3_600_000
TIMES = 30
MONITOR = "feature.measure_000:jensen_shannon"


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a server that has nothing else to do than to answer."""
    command = [str(Path(sys.executable).with_name("seamark")), "serve", "--port", "0", "--data", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            address = next(found[0] for line in process.stdout or [] if (found := re.search(r"http://\S+:\d+", line)))
            yield address, psutil.Process(process.pid)
        finally:
            process.terminate()


def ask(address: str, path: str, **parameters: str) -> bytes:
    with urllib.request.urlopen(f"{address}{path}?{urlencode(parameters)}", timeout=60) as response:
        return bytes(response.read())


def questions(address: str) -> dict[str, tuple[str, dict[str, str]]]:
    """What the screen asks on the way from its first page to a feature's evidence."""
    grid = json.loads(ask(address, "/v1/overview", model=MODEL, packed="true"))
    incident = json.loads(ask(address, "/v1/incidents", model=MODEL))["incidents"][0]
    last = grid["windows"]["start_ms"][-2]
    window = {"from": to_iso(last * 1000), "to": to_iso((last + HOUR_MS) * 1000)}
    evidence = {name: to_iso(incident["evidence"][f"{name}_ms"] * 1000) for name in ("from", "to")}
    model = {"model": MODEL}
    return {
        "models": ("/v1/models", {}),
        "overview, 30 days": ("/v1/overview", model | {"packed": "true"}),
        "overview of a version": ("/v1/overview", model | {"packed": "true", "version": "1"}),
        "incidents": ("/v1/incidents", model),
        "incident": (f"/v1/incidents/{quote(incident['id'])}", {}),
        "series, 30 days": ("/v1/series", model | {"monitor": MONITOR, "versions": "false"}),
        "series of each version (on request)": ("/v1/series", model | {"monitor": MONITOR}),
        "distribution of a window": ("/v1/distribution", model | window | {"signal": "feature.measure_000"}),
        "impact during the incident": ("/v1/impact", model | evidence | {"top": "8"}),
        "quality": ("/v1/quality", model),
        "stored rows of a window (on request)": ("/v1/rows", model | window | {"limit": "20"}),
    }


def cpu_ms(server: psutil.Process) -> float:
    times = server.cpu_times()
    return 1000 * (times.user + times.system)


def answers(address: str, server: psutil.Process) -> dict[str, dict[str, float]]:
    """Milliseconds of each question: on the clock, which the machine's other work is in, and of the server's CPU."""
    found = {}
    for name, (path, parameters) in questions(address).items():
        took, begun = [], cpu_ms(server)
        times = TIMES if "each version" not in name else 5
        for _ in range(times):
            began = time.perf_counter()
            size = len(ask(address, path, **parameters))
            took.append(1000 * (time.perf_counter() - began))
        found[name] = {
            "median": float(np.median(took)),
            "p95": float(np.quantile(took, 0.95)),
            "cpu": (cpu_ms(server) - begun) / times,
            "kilobytes": size / 1000,
        }
    return found


def paints(browser: Browser, address: str) -> dict[str, float]:
    """A page opened from nothing, five times, until rows of the grid stand: on the clock, and its thread on the CPU."""
    first, useful, worked = [], [], []
    for _ in range(5):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(f"{address}/?model={MODEL}", wait_until="commit")
        page.wait_for_selector(".monitor-row .strip path", state="attached")
        useful.append(page.evaluate("performance.now()"))
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        worked.append(1000 * metrics["TaskDuration"])
        first.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page.close()
    return {
        "real server: first contentful paint, median of 5, ms": float(np.median(first)),
        "real server: first useful paint (rows of the grid stand), median of 5, ms": float(np.median(useful)),
        "the same, slowest of 5, ms": max(useful),
        "CPU of the page's main thread until then, median of 5, ms": float(np.median(worked)),
    }
