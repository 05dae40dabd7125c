"""Without Chromium the browser tests are skipped, and that is said; in CI its absence is an error."""

import os
from shutil import which

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # a slow moment of the machine is no failure
settings.load_profile("house")

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
ADVICE = "The browser tests need Chromium: apt-get install chromium"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    waiting = [item for item in items if item.get_closest_marker("browser")]
    if CHROMIUM or not waiting:
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(ADVICE)
    for item in waiting:
        item.add_marker(pytest.mark.skip(reason=ADVICE))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any(ADVICE in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_line(f"Some were skipped. {ADVICE}", yellow=True)
