"""What a web application tells of itself: requests by status with their latencies, and what its process uses.

Counted in the process, reported by a thread of its own as OTLP metrics in JSON. The application never waits for it.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import socket
import threading
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from seamark import clock
from seamark.client.options import Options, checked
from seamark.client.transport import Transport, Unreachable

BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)  # seconds
_MOST_KEYS: Final = 1_000  # (route, status); what comes beyond is counted without its route
_DELTA, _CUMULATIVE = 1, 2
_LOG = logging.getLogger("seamark.client")
_STATM: Final = Path("/proc/self/statm")

Seen = dict[tuple[str, int], list[float]]


class Requests:
    """Counts requests from any thread and reports them to `url` under the name of the service.

    Raises InvalidInput for an address, a name or a token that can never work. What could not be reported is reported
    with what comes next. `beside` is asked at each report for OTLP's `resourceMetrics` of other things.
    """

    def __init__(
        self,
        url: str,
        service: str,
        token: str | None = None,
        report_seconds: float = 15.0,
        beside: Callable[[int], list[dict[str, Any]]] | None = None,
    ) -> None:
        checked(Options(url, service, token=token, flush_seconds=report_seconds))
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._transport = Transport(url, headers, 10.0)
        self._service = service
        self._beside = beside
        self._report_seconds = report_seconds
        self._began_us = self._since_us = clock.now_us()
        self._turn = threading.Lock()
        self._posting = threading.Lock()
        self._seen: Seen = {}
        self._pid = 0
        atexit.register(self._end)

    def seen(self, route: str, status: int, seconds: float) -> None:
        """One request; `seconds` from its first byte to the end of its answer."""
        place = bisect_left(BOUNDS, seconds)
        with self._turn:
            counts = self._seen.get((route, status))
            if counts is None:
                key = (route, status) if len(self._seen) < _MOST_KEYS else ("", status)
                counts = self._seen.setdefault(key, [0.0] * (len(BOUNDS) + 2))
            counts[place] += 1
            counts[-1] += seconds
        if self._pid != os.getpid():  # the first request, or the first after a fork
            self._begin()

    def report(self) -> bool:
        """Send what has been counted since the last report; whether it arrived."""
        with self._posting:
            with self._turn:
                seen, self._seen = self._seen, {}
            now_us = clock.now_us()
            body = json.dumps(self._document(seen, now_us)).encode()
            try:
                answer = self._transport.post("/v1/metrics", body, {})
                arrived, final = answer.status < 300, 400 <= answer.status < 500 and answer.status != 429
                said = f"answers {answer.status}"
            except Unreachable as error:
                arrived, final, said = False, False, str(error)
            if arrived:
                self._since_us = now_us
                return True
            _LOG.warning("Metrics of %s could not be reported: %s.", self._service, said)
            if not final:
                self._put_back(seen)
            return False

    def _put_back(self, seen: Seen) -> None:
        with self._turn:
            for key, counts in seen.items():
                newer = self._seen.get(key)
                self._seen[key] = counts if newer is None else [a + b for a, b in zip(counts, newer, strict=True)]

    def _begin(self) -> None:
        with self._turn:
            if self._pid == os.getpid():
                return
            if self._pid:  # a child: what its parent counted is the parent's to report
                self._seen = {}
                self._transport.close()
                self._began_us = self._since_us = clock.now_us()
            self._pid = os.getpid()
        threading.Thread(target=self._run, name="seamark-metrics", daemon=True).start()

    def _end(self) -> None:
        """What has not been reported yet, when the program ends."""
        if self._pid == os.getpid() and self._seen:
            self.report()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._report_seconds):
            try:
                self.report()
            except Exception:  # noqa: BLE001 the door of this thread: the application must never see an error of ours
                _LOG.exception("Metrics of %s could not be reported.", self._service)

    def _document(self, seen: Seen, now_us: int) -> dict[str, Any]:
        start, now = str(self._since_us * 1_000), str(now_us * 1_000)
        points = [
            {
                "attributes": _attributes(**({"http.route": route} if route else {}), **{_STATUS: status}),
                "startTimeUnixNano": start,
                "timeUnixNano": now,
                "count": str(int(sum(counts[:-1]))),
                "sum": counts[-1],
                "bucketCounts": [str(int(count)) for count in counts[:-1]],
                "explicitBounds": BOUNDS,
            }
            for (route, status), counts in seen.items()
        ]
        latency = {"aggregationTemporality": _DELTA, "dataPoints": points}
        user, system, *_ = os.times()
        spent = {"startTimeUnixNano": str(self._began_us * 1_000), "timeUnixNano": now, "asDouble": user + system}
        cpu = {"aggregationTemporality": _CUMULATIVE, "isMonotonic": True, "dataPoints": [spent]}
        metrics: list[dict[str, Any]] = [
            {"name": "http.server.request.duration", "unit": "s", "histogram": latency},
            {"name": "process.cpu.time", "unit": "s", "sum": cpu},
        ]
        used = memory_bytes()
        if used is not None:
            gauge = {"dataPoints": [{"timeUnixNano": now, "asInt": str(used)}]}
            metrics.append({"name": "process.memory.usage", "unit": "By", "gauge": gauge})
        who = {"service.name": self._service, "service.instance.id": f"{socket.gethostname()}:{os.getpid()}"}
        scope = {"scope": {"name": "seamark"}, "metrics": metrics}
        own = {"resource": {"attributes": _attributes(**who)}, "scopeMetrics": [scope]}
        return {"resourceMetrics": [own, *(self._beside(now_us) if self._beside is not None else ())]}


_STATUS: Final = "http.response.status_code"


def memory_bytes() -> int | None:
    """The resident memory of this process; None where the system does not tell without a package."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _attributes(**values: str | int) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
    ]
