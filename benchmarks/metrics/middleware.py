"""CPU of the ASGI middleware per request, less the same application without it; rewrites README.md's second table.

python benchmarks/metrics/middleware.py
"""

from __future__ import annotations

import asyncio
import platform
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from seamark.client.integrations import asgi

REQUESTS = 200_000
REPEATS = 5
PAGE = Path(__file__).with_name("README.md")


async def app(_scope: object, _receive: object, send: asgi.Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def nothing(_message: object) -> None:
    pass


async def spent(served: asgi.App) -> float:
    begun = time.process_time()
    for _ in range(REQUESTS):
        await served({"type": "http"}, nothing, nothing)  # type: ignore[arg-type]  # nobody receives here
    return (time.process_time() - begun) / REQUESTS * 1e6


def main() -> None:
    watched = asgi.Middleware(app, url="http://127.0.0.1:9", service="bench", report_seconds=3_600)
    bare, with_it = (min(asyncio.run(spent(each)) for _ in range(REPEATS)) for each in (app, watched))
    line = f"{with_it - bare:.1f} µs of CPU a request (application alone: {bare:.1f} µs)"
    machine = f"{platform.machine()}, Python {platform.python_version()}; {datetime.now(UTC):%Y-%m-%d}"
    written = f"<!-- middleware -->\n**{line}**; {machine}.\n<!-- end of middleware -->"
    text = PAGE.read_text(encoding="utf-8")
    pattern = r"<!-- middleware -->.*<!-- end of middleware -->"
    PAGE.write_text(re.sub(pattern, lambda _: written, text, flags=re.DOTALL), encoding="utf-8")
    print(line)


if __name__ == "__main__":
    main()
