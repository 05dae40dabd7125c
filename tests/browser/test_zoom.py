"""Drawing over time narrows the range of every panel; a paused screen stays as it is."""

from dataclasses import replace

from playwright.sync_api import Page, expect
from tests.browser.fixtures.contract import quiet
from tests.browser.test_journey import CAR_VALUE, query_of, row


def draw(page: Page, box: dict, start: float, end: float) -> None:
    """From one share of a box's width to another, with the mouse held down."""
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + end) / 2 * box["width"], y)
    page.mouse.move(box["x"] + end * box["width"], y)
    page.mouse.up()


def span(page: Page) -> tuple[str, str | None]:
    query = query_of(page)
    return query.get("from", ""), query.get("to")


def test_drawing_over_the_grid_shows_that_time_and_back_undoes_it(visit):
    page = visit("?model=car_loan&range=all").page
    strip = row(page, CAR_VALUE).locator(".windows")
    before = page.url
    draw(page, strip.bounding_box(), 0.2, 0.6)
    expect(page.locator(".absolute .toggle.on")).to_be_visible()
    start, end = span(page)
    assert start < end
    assert "signal" not in query_of(page)  # the click that ends a drag opens nothing
    page.go_back()
    assert page.url == before
    strip.click()
    expect(page.get_by_role("article", name="Evidence")).to_be_visible()  # the next click is a click again


def test_all_panels_follow_a_stretch_drawn_in_a_chart(visit, scene):
    page = visit(f"?model=car_loan&range=all&signal={CAR_VALUE}").page
    expect(page.locator(".lines canvas")).to_be_visible()
    scene.asked.clear()
    draw(page, page.locator(".lines .u-over").bounding_box(), 0.3, 0.8)
    expect(page.locator(".absolute .toggle.on")).to_be_visible()
    start, end = span(page)
    assert start < end
    page.wait_for_timeout(300)
    asked = {path.partition("?")[0]: path for path in scene.asked}
    for question in ("/v1/overview", "/v1/series"):
        assert start.replace(":", "%3A") in asked[question]


def test_what_reaches_the_present_goes_on_following_it(visit):
    page = visit("?model=car_loan&range=90d").page
    draw(page, page.locator(".axis-line").bounding_box(), 0.5, 1.2)
    expect(page.locator(".absolute .toggle.on")).to_contain_text("now")
    assert span(page)[1] is None


def test_the_axis_widens_again_and_the_keyboard_zooms_too(visit):
    page = visit("?model=car_loan&range=30d").page
    expect(page.locator(".monitor-row").first).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("+")
    expect(page.locator(".absolute .toggle.on")).to_be_visible()
    narrow = span(page)[0]
    page.locator(".axis-line").dblclick(position={"x": 200, "y": 30})
    page.wait_for_function("before => !location.search.includes(before)", arg=narrow.replace(":", "%3A"))
    assert span(page)[0] < narrow


def test_a_paused_screen_stays_as_it_is_until_it_goes_on(visit, scene, car_loan, now_ms):
    scene.worlds[:] = [quiet(now_ms, "car_loan", windows=300)]
    page = visit().page
    expect(page.locator(".live.live")).to_be_visible()
    page.locator(".live").click()
    expect(page.locator(".live")).to_have_text("paused")
    scene.worlds[:] = [car_loan]
    scene.announce()
    expect(page.locator(".live")).to_have_text("paused, news waits")
    expect(page.get_by_role("heading", level=1)).to_contain_text("within their thresholds")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_contain_text("7 of 18 monitors past their threshold")


def test_what_is_past_a_provisional_threshold_is_drawn_in_outline(visit, scene, car_loan):
    scene.worlds[:] = [replace(car_loan, provisional=("salary_range",))]
    page = visit("?model=car_loan&range=all").page
    hollow = page.locator(".monitor-row .strip.provisional path[class^=hot]").first
    solid = page.locator(".monitor-row .strip:not(.provisional) path[class^=hot]").first
    assert hollow.evaluate("path => getComputedStyle(path).fillOpacity") < "0.5"
    assert hollow.evaluate("path => getComputedStyle(path).stroke") != "none"
    assert solid.evaluate("path => getComputedStyle(path).fillOpacity") == "1"
