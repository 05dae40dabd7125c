"""Size of the built screen, how it moves with 500 monitors over 720 windows, and how soon a real server answers it.

python benchmarks/dashboard/run.py [--rows 500] [--windows 720] [--stored FOLDER] [--json]

FOLDER is what `stored.py` made; without one it is made, which takes two minutes. Rewrites the tables in README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE.parent)]

import build_dashboard  # the project's root is no package on the path of a script
import real  # beside this script
from playwright.sync_api import Browser, Page, sync_playwright  # after the path is set
from stored import make  # beside this script
from tests.browser.conftest import CHROMIUM, FLAGS  # likewise
from tests.browser.fixtures.contract import wide  # likewise
from tests.browser.fixtures.server import Scene, Stage  # likewise

from measuring import machine  # likewise

# Long tasks are the browser's own word for more than 50 ms on the main thread.
WATCHER = """
window.tasks = []; window.handlers = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => handlers.push(...list.getEntries().map((e) => e.processingEnd - e.processingStart)))
  .observe({ type: "event", durationThreshold: 16, buffered: true });
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--windows", type=int, default=720)
    parser.add_argument("--stored", type=Path, help="a store that stored.py made; a copy of it is served")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results = built() | moved(asked.rows, asked.windows)
    found, paints = asked_of_a_server(asked.stored)
    if asked.json:
        print(json.dumps({"screen": results | paints, "answers": found}, indent=1))
        return
    text = f"{table(results | paints)}\n\n{answers_table(found)}\n\n{below()}"
    print(text)
    publish(text)


def asked_of_a_server(stored: Path | None) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """The real server over a month of a busy model: its answers, and a page opened on it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "store"
        if stored is None:
            copy.mkdir()
            make(copy, features=200, days=30, versions=5, rows_an_hour=300)
        else:
            shutil.copytree(stored, copy)
        with real.served(copy) as (address, server), sync_playwright() as playwright:
            time.sleep(20)  # what it has to catch up with is not what is measured
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            paints = real.paints(browser, address)
            browser.close()
            return real.answers(address, server), paints


def built() -> dict[str, float]:
    """Build afresh; sizes in KB of 1,000 bytes as a browser receives them."""
    build_dashboard.install_modules()
    build_dashboard.STAMP.unlink(missing_ok=True)
    started = time.monotonic()
    build_dashboard.build()
    seconds = time.monotonic() - started
    later = ("lines-*.js", "band-*.js", "plot-*.js", "backtest-*.js", "report-*.js", "digest-*.js", "paper-*.js")
    lazy = sum(build_dashboard.gzipped_kb(pattern) for pattern in later)  # loaded when they are first looked at
    scripts = build_dashboard.gzipped_kb("*.js")
    return {
        "JavaScript in all, KB gzipped": scripts,
        "of that before the first paint, KB gzipped": scripts - lazy,
        "CSS, KB gzipped": build_dashboard.gzipped_kb("*.css"),
        "build, s (node_modules present)": seconds,
    }


def moved(rows: int, windows: int) -> dict[str, float]:
    """Open, scroll, hover, click and refresh the grid in a real Chromium."""
    assert CHROMIUM is not None, "this benchmark needs Chromium"
    stage = Stage(Scene([wide(int(time.time() * 1000), rows, windows)]))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            found = tour(browser, stage)
            browser.close()
    finally:
        stage.down()
    return found


def tour(browser: Browser, stage: Stage) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(WATCHER)
    page.goto(f"{stage.url}?model=wide&range=all")
    page.locator(".monitor-row").first.wait_for()
    page.wait_for_timeout(1000)
    found = {
        "first contentful paint, ms": page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        ),
        "rows drawn of all": page.locator(".monitor-row").count(),
        "elements of the whole page": page.evaluate("document.querySelectorAll('*').length"),
        "opening: longest task, ms": longest(page),
    }
    scroll(page)
    found["scrolling: longest task, ms"] = longest(page)
    found["scrolling: slowest handler, ms"] = slowest(page)
    hover(page)
    found["hovering: longest task, ms"] = longest(page)
    found["hovering: slowest handler, ms"] = slowest(page)
    draw(page)
    found["drawing a stretch and zooming into it: longest task, ms"] = longest(page)
    found["drawing a stretch and zooming into it: slowest handler, ms"] = slowest(page)
    page.go_back()
    page.wait_for_timeout(800)
    longest(page)
    slowest(page)
    page.mouse.click(900, 500)
    page.locator(".lines canvas").wait_for()
    page.wait_for_timeout(500)
    found["opening a cell: longest task, ms"] = longest(page)
    found["opening a cell: slowest handler, ms"] = slowest(page)
    stage.scene.announce()
    page.wait_for_timeout(5000)
    found["refresh after news: longest task, ms"] = longest(page)
    return found


def longest(page: Page) -> float:
    """The longest task since the last question; 0 = none over 50 ms."""
    page.wait_for_timeout(200)
    return float(page.evaluate("Math.max(0, ...tasks.splice(0))"))


def slowest(page: Page) -> float:
    """The longest that an event's handlers ran since the last question."""
    return float(page.evaluate("Math.max(0, ...handlers.splice(0))"))


def draw(page: Page) -> None:
    """A stretch of the grid, with the mouse held down."""
    page.mouse.move(700, 500)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(700 + 10 * step, 500)
        page.wait_for_timeout(8)
    page.mouse.up()
    page.wait_for_timeout(800)


def scroll(page: Page) -> None:
    page.mouse.move(900, 500)
    for _ in range(60):
        page.mouse.wheel(0, 180)
        page.wait_for_timeout(16)


def hover(page: Page) -> None:
    for step in range(150):
        page.mouse.move(620 + 4 * step, 300 + (step % 40) * 12)
        page.wait_for_timeout(8)


def table(results: dict[str, float]) -> str:
    lines = ["| what | measured |", "|---|---|"]
    lines += [
        f"| {name} | {value:.0f} |" if value >= 100 else f"| {name} | {value:.1f} |" for name, value in results.items()
    ]
    return "\n".join(lines)


def answers_table(found: dict[str, dict[str, float]]) -> str:
    lines = ["| question | median, ms | p95, ms | CPU of the server, ms | KB |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {' | '.join(f'{value:.0f}' for value in each.values())} |" for name, each in found.items()]
    return "\n".join(lines)


def below() -> str:
    return f"{machine('numpy')}; headless Chromium; load {os.getloadavg()[0]:.1f}."


def publish(text: str) -> None:
    """Put the table between the marks of README.md."""
    page = HERE / "README.md"
    before, _, rest = page.read_text().partition("<!-- table -->")
    _, _, after = rest.partition("<!-- /table -->")
    page.write_text(f"{before}<!-- table -->\n{text}\n<!-- /table -->{after}")


if __name__ == "__main__":
    main()
