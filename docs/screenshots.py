# ruff: noqa: INP001  # docs/ holds pages, it is no package
"""Makes the pictures of the documentation from a running Seamark.

    seamark demo &
    python docs/screenshots.py http://127.0.0.1:8420/

Needs Playwright and a Chromium; writes docs/images/*.png and complains about one that is too large for a README.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
MOST_BYTES = 300_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@dataclass(frozen=True)
class Picture:
    """One file: how large the window is, which theme, and what is done before the shutter."""

    name: str
    size: tuple[int, int]
    theme: str
    pose: Callable[[Page], None]


def at_rest(page: Page) -> None:
    """The screen as it opens."""
    page.locator(".monitor-row").first.wait_for()


def incident(page: Page) -> None:
    """The top incident chosen: one click."""
    at_rest(page)
    page.locator(".incident").first.click()
    page.locator(".alerts > li").first.wait_for()


def evidence(page: Page) -> None:
    """Its first cause opened: the second click."""
    incident(page)
    page.locator(".cause-head").first.click()
    page.locator(".lines canvas").wait_for()
    page.locator(".distances").wait_for()


def answering(page: Page) -> None:
    """An answer about to be confirmed; nothing is sent."""
    incident(page)
    page.locator(".impacts").wait_for()
    page.locator(".alerts > li").first.get_by_role("button", name="New normal").click()
    page.locator(".answer-form input").fill("New price list since June")
    page.locator(".incident-answer").evaluate("box => box.closest('.evidence-panel').scrollTo(0, box.offsetTop - 60)")


def quality(page: Page) -> None:
    """The realised quality of the whole story."""
    at_rest(page)
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_role("button", name="How good were the answers?").click()
    page.locator(".lines canvas").wait_for()


def backtest(page: Page) -> None:
    """Another budget, played on all that is stored."""
    at_rest(page)
    page.get_by_role("button", name="What if it were set otherwise?").click()
    page.get_by_label("Budget").fill("5")
    page.get_by_role("button", name="Play the past").click()
    page.locator(".otherwise").wait_for(timeout=300_000)


def report(page: Page) -> None:
    """The incident on a page to print."""
    incident(page)
    page.get_by_role("button", name="Report").click()
    page.locator(".strips .strip").first.wait_for()


PICTURES = (
    Picture("screen", (1440, 860), "dark", incident),
    Picture("evidence", (1440, 900), "light", evidence),
    Picture("answers", (1440, 860), "light", answering),
    Picture("quality", (1440, 860), "light", quality),
    Picture("report", (1100, 860), "light", report),
    Picture("phone", (390, 844), "light", at_rest),
    Picture("backtest", (1440, 860), "dark", backtest),
)


def take(browser: Browser, address: str, picture: Picture) -> int:
    """Write one picture; its size in bytes."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.theme,
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address)
    picture.pose(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    file = IMAGES / f"{picture.name}.png"
    page.screenshot(path=file)
    context.close()
    return file.stat().st_size


def main() -> int:
    """Take every picture of the server named on the command line; 1 if one is too large."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8420/"
    IMAGES.mkdir(exist_ok=True)
    too_large = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=FLAGS)
        for picture in PICTURES:
            size = take(browser, address, picture)
            too_large += size > MOST_BYTES
            print(f"{picture.name}.png  {size / 1000:.0f} KB")  # noqa: T201  # a script tells what it made
        browser.close()
    return 1 if too_large else 0


if __name__ == "__main__":
    raise SystemExit(main())
