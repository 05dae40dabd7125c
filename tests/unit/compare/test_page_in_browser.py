"""The page in a real Chromium: narrow and wide, light and dark, offline, with its search."""

from shutil import which

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from seamark.compare import compare

pytestmark = pytest.mark.browser

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
TEXT_AGAINST_PAPER = (
    """() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"""
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    rng = np.random.default_rng(0)
    columns = [f"a_rather_long_column_name_number_{at}" for at in range(6)]
    reference = {name: rng.normal(size=400) for name in columns} | {"word": rng.choice(list("abc"), 400)}
    current = {name: rng.normal(1.0, 1.0, 400) for name in columns[:3]} | {
        name: reference[name] for name in columns[3:]
    }
    path = tmp_path_factory.mktemp("page") / "report.html"
    compare(reference, current | {"word": rng.choice(list("abcdef"), 400)}).to_html(path)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, address):
    """Opens the page; whatever it asks for elsewhere, or complains of, fails the test."""
    complaints, contexts = [], []

    def open_page(width, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url == address or complaints.append(request.url))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_sticks_out_sideways(visit, width):
    page = visit(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("article")).to_have_count(7)


def brightness(colour):
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


def test_light_and_dark_follow_the_readers_choice(visit):
    ink, paper = visit(1440).evaluate(TEXT_AGAINST_PAPER)
    assert brightness(ink) + 400 < brightness(paper)
    ink, paper = visit(1440, "dark").evaluate(TEXT_AGAINST_PAPER)
    assert brightness(paper) + 400 < brightness(ink)


def test_the_search_leaves_the_columns_that_fit(visit):
    page = visit(1440)
    page.get_by_label("Find a column").fill("Number_2")
    expect(page.locator("article:visible")).to_have_count(1)
    page.get_by_label("Find a column").fill("")
    expect(page.locator("article:visible")).to_have_count(7)


def test_numbers_open_on_a_click(visit):
    page = visit(390)
    card = page.locator("article").first
    expect(card.get_by_text("Jensen-Shannon distance")).to_be_hidden()
    card.get_by_text("numbers").click()
    expect(card.get_by_text("Jensen-Shannon distance")).to_be_visible()
