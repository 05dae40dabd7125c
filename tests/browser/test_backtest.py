"""Trying other settings on the stored past, from the screen."""

import pytest
from playwright.sync_api import expect
from tests.browser.test_looks import FAINT_TEXT, STICKS_OUT, THEMES, WIDTHS

PANEL = "?model=car_loan&panel=backtest"


def test_one_click_opens_it_and_a_play_shows_what_would_have_been_told(visit, scene):
    scene.played[:] = [0.4]
    page = visit().page
    page.get_by_role("button", name="What if it were set otherwise?").click()
    page.get_by_label("Budget").fill("5")
    page.get_by_role("button", name="Play the past").click()
    expect(page.get_by_text("40 % played")).to_be_visible()
    found = page.get_by_role("region", name="What was found")
    expect(found.locator(".verdict")).to_contain_text("1 incident")
    expect(found.locator(".verdict")).to_contain_text("123,456 predictions")
    expect(found.locator(".otherwise .present")).to_contain_text("5 played")
    assert [(path, body) for path, body, _ in scene.told] == [
        ("/v1/backtest", {"model": "car_loan", "options": {"budget": 5}})
    ]


def test_nothing_is_changed_and_what_to_write_to_keep_it_is_shown(visit):
    page = visit(PANEL).page
    page.get_by_label("Budget").fill("5")
    page.get_by_label("Least rows").fill("30")
    page.get_by_role("button", name="Play the past").click()
    expect(page.get_by_text("Nothing has changed yet.")).to_be_visible()
    assert page.locator(".code code").inner_text() == "[models.car_loan]\nbudget = 5.0\nmin_rows = 30"


def test_a_refusal_is_told_in_the_servers_words(visit, scene):
    scene.failing["/v1/backtest"] = (409, "Another backtest is being played; one at a time.")
    opened = visit(PANEL)
    opened.expected = ("409",)
    opened.page.get_by_role("button", name="Play the past").click()
    expect(opened.page.get_by_role("alert")).to_have_text("Another backtest is being played; one at a time.")
    expect(opened.page.get_by_role("button", name="Play the past")).to_be_enabled()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_at_every_width(visit, width, theme):
    page = visit(PANEL, size=WIDTHS[width], theme=theme).page
    page.get_by_role("button", name="Play the past").click()
    expect(page.locator(".otherwise")).to_be_visible()
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT_TEXT) == []
