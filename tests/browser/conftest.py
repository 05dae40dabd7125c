"""A real Chromium on the built screen, in front of generated worlds. A page that complains fails its test."""

import fcntl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import build_dashboard
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.browser.fixtures.contract import World
from tests.browser.fixtures.server import Scene, Stage

# Generous: the machine that runs the tests may be busy with others.
expect.set_options(timeout=20_000)

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Counts what a person did (isTrusted), and keeps what the content security policy refused.
WATCHER = """
window.seen = { clicks: 0, refused: [] };
addEventListener("click", (event) => { if (event.isTrusted && event.detail > 0) window.seen.clicks += 1; }, true);
addEventListener("securitypolicyviolation", (event) => window.seen.refused.push(event.violatedDirective));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Visit:
    """One page and its complaints. A test that provokes some names them in `expected`."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def unexpected(self) -> list[str]:
        refused = self.page.evaluate("window.seen.refused")
        told = [line for line in self.complaints if not any(word in line for word in self.expected)]
        return told + [f"content security policy: {directive}" for directive in refused]

    def clicks(self) -> int:
        return int(self.page.evaluate("window.seen.clicks"))


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """The screen as its sources are now; parallel workers build it once."""
    with (build_dashboard.ROOT / "build_dashboard.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_dashboard.build()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One per file: while it is open, Playwright keeps an event loop in this thread, where others have their own."""
    if CHROMIUM is None:
        pytest.fail("The browser tests need Chromium; on Debian: apt-get install chromium.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture(scope="session")
def car_loan(now_ms: int) -> World:
    return World(now_ms)


@pytest.fixture
def scene(car_loan: World) -> Scene:
    """What the server plays; a test may change it before or while the page is open."""
    return Scene([car_loan])


@pytest.fixture
def stage(scene: Scene) -> Iterator[Stage]:
    running = Stage(scene)
    yield running
    running.down()


@pytest.fixture
def address(stage: Stage) -> str:
    """Where the screen is served; tests of the real process put their own in its place."""
    return stage.url


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """Opens pages, each as a reader of its own: `visit("?model=car_loan", size=(390, 844), theme="dark")`."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_page(query: str = "", *, size: tuple[int, int] = (1440, 900), theme: str = "light") -> Visit:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        context.add_init_script(WATCHER)
        contexts.append(context)
        opened = Visit(context.new_page())
        opened.page.on(
            "console", lambda said: opened.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        visits.append(opened)
        opened.page.goto(address + query)
        return opened

    yield open_page
    unexpected = [line for one in visits if not one.page.is_closed() for line in one.unexpected()]
    for context in contexts:
        context.close()
    assert unexpected == [], "the page complained"
