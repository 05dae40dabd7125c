"""The screen at every width, in both themes: nothing overflows, nothing is refused, words can be read."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from tests.browser.fixtures.contract import quiet

WIDTHS = {"phone": (390, 844), "laptop": (1440, 900), "wall": (2560, 1300)}
THEMES = ("light", "dark")

# Every element whose content sticks out of the page or whose text is wider than the box that clips nothing.
STICKS_OUT = """() => {
  const wide = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
  for (const panel of document.querySelectorAll(".incidents-panel, .grid-panel, .evidence-panel, .alone, .top-bar")) {
    if (panel.scrollWidth > panel.clientWidth + 1) wide.push(panel.className);
  }
  return wide;
}"""

# WCAG contrast of every visible text against the first opaque ground behind it.
FAINT_TEXT = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("#screen *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    const dimmed = element.closest(".words, option, :disabled") !== null;
    if (!own || dimmed || element.getClientRects().length === 0) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(1)} ${element.className}: ${element.textContent}`);
  }
  return faint;
}"""


def steps(page: Page):
    """The journey's stations, one after another."""
    expect(page.locator(".monitor-row").first).to_be_visible()
    yield "home"
    page.locator(".incident").first.click()
    expect(page.locator(".alerts > li").first).to_be_visible()
    yield "incident"
    page.locator(".cause-head").first.click()
    expect(page.locator(".lines canvas")).to_be_visible()
    expect(page.locator(".distances")).to_be_visible()
    yield "signal"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_and_every_word_can_be_read(visit, width, theme):
    page = visit(size=WIDTHS[width], theme=theme).page
    for station in steps(page):
        assert page.evaluate(STICKS_OUT) == [], station
        assert page.evaluate(FAINT_TEXT) == [], station


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("outcomes", [True, False])
def test_the_quality_fits_too_with_and_without_outcomes(visit, car_loan, scene, width, theme, outcomes):
    scene.worlds[:] = [replace(car_loan, outcomes=outcomes)]
    page = visit("?model=car_loan&panel=quality&range=all", size=WIDTHS[width], theme=theme).page
    expect(page.locator(".lines canvas" if outcomes else ".no-outcomes")).to_be_visible()
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT_TEXT) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_all_models_and_the_first_run_fit_too(visit, scene, now_ms, width, theme):
    scene.worlds += [quiet(now_ms, name) for name in ("churn", "fraud_detection_europe_and_middle_east")]
    page = visit(size=WIDTHS[width], theme=theme).page
    expect(page.locator(".fleet tbody tr")).to_have_count(3)
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT_TEXT) == []
    scene.worlds.clear()
    page.reload()
    expect(page.locator(".first-run")).to_be_visible()
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT_TEXT) == []


def test_the_theme_can_be_turned_and_is_remembered(visit):
    page = visit(theme="light").page
    shade = "document.documentElement.dataset.theme"
    assert page.evaluate(shade) == "light"
    page.keyboard.press("t")
    page.keyboard.press("t")
    assert page.evaluate(shade) == "dark"
    page.reload()
    assert page.evaluate(shade) == "dark"


def test_the_ramp_darkens_by_day_and_brightens_by_night(visit):
    """Told apart without hue: each step past the threshold is further from the ground in lightness."""
    for theme, away in (("light", -1), ("dark", 1)):
        page = visit(theme=theme).page
        expect(page.locator(".legend")).to_be_visible()
        steps_ = ["calm-0", "calm-1", "calm-2", "hot-0", "hot-1", "hot-2", "hot-3"]
        fills = [
            page.locator(f".legend :not(.provisional) > path.{step}").evaluate("path => getComputedStyle(path).fill")
            for step in steps_
        ]
        lightness = [_lightness(fill) for fill in fills]
        calm, hot = lightness[:3], lightness[3:]
        for ramp in (calm, hot):
            assert [value * away for value in ramp] == sorted(value * away for value in ramp)
        assert min(abs(a - b) for a in calm for b in hot) > 0.05


def _lightness(fill: str) -> float:
    """Relative luminance of `rgb(r, g, b)`, as WCAG 2 defines it."""
    channels = [int(part) / 255 for part in fill.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = ((c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4) for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
