"""axe-core finds nothing serious, on any page, by day and by night."""

from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect
from tests.browser.fixtures.contract import quiet
from tests.browser.test_looks import THEMES, steps

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical, with the first element of each."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    page.evaluate("window.seen.refused = []")  # it tries styles of its own, which the page's policy refuses
    grave = [one for one in found if one["impact"] in GRAVE]
    return [f"{one['id']}: {len(one['nodes'])}, as {one['nodes'][0]['html'][:200]}" for one in grave]


@pytest.mark.parametrize("theme", THEMES)
def test_the_way_from_the_screen_to_the_evidence_can_be_gone_by_everybody(visit, theme):
    opened = visit(theme=theme)
    opened.expected = ("Content Security Policy", "Content-Security-Policy")
    for station in steps(opened.page):
        assert findings(opened.page) == [], station


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("query", "ready"),
    [
        ("?model=car_loan&panel=quality&range=all", ".lines canvas"),
        ("?model=car_loan&panel=backtest", ".tried"),
        ("?model=car_loan&panel=impact", ".impacts"),
        ("?page=digest", ".paper h1"),
        ("", ".fleet tbody tr"),
    ],
)
def test_every_panel_and_page_can_be_used_by_everybody(visit, scene, now_ms, theme, query, ready):
    if query == "":
        scene.worlds += [quiet(now_ms, "churn")]
    opened = visit(query, theme=theme)
    opened.expected = ("Content Security Policy", "Content-Security-Policy")
    expect(opened.page.locator(ready).first).to_be_visible()
    assert findings(opened.page) == []


def test_the_first_run_can_be_read_by_everybody(visit, scene):
    scene.worlds.clear()
    opened = visit()
    opened.expected = ("Content Security Policy", "Content-Security-Policy")
    expect(opened.page.locator(".first-run")).to_be_visible()
    assert findings(opened.page) == []
