"""Pages to print: an incident as a report, the week as a digest."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect
from tests.browser.fixtures.contract import quiet
from tests.browser.test_looks import FAINT_TEXT, STICKS_OUT, THEMES, WIDTHS


def test_one_click_makes_a_report_of_an_incident_and_back_leads_to_the_screen(visit):
    page = visit().page
    page.locator(".incident.open").first.click()
    title = page.locator(".evidence h2").inner_text()
    page.get_by_role("button", name="Report").click()
    paper = page.locator(".paper")
    expect(paper.get_by_role("heading", level=1)).to_have_text(title)
    expect(paper.locator(".cause-texts > li").first).to_contain_text("car_value")
    expect(paper.locator(".reasons.against li").first).to_be_visible()
    expect(paper.locator(".strips .strip").first).to_be_visible()
    page.go_back()
    expect(page.locator(".cause-head").first).to_be_visible()


def test_every_alert_of_a_report_has_its_value_its_rows_and_its_window(visit):
    page = visit().page
    page.locator(".incident.open").first.click()
    alerts = page.locator(".alerts > li")
    expect(alerts.first).to_be_visible()
    many = alerts.count()
    page.get_by_role("button", name="Report").click()
    lines = page.get_by_role("region", name="Alerts").locator("tbody tr")
    expect(lines).to_have_count(many)
    for line in lines.all():
        _, value, threshold, n, window, *_ = line.locator("th, td").all_inner_texts()
        assert all(value.strip() not in ("", "\N{EN DASH}") for value in (value, threshold, n, window))


def test_on_paper_there_is_nothing_to_click_and_the_ground_is_white(visit):
    page = visit("?model=car_loan&page=digest", theme="dark").page
    expect(page.locator(".paper h1")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".top-bar")).to_be_hidden()
    expect(page.locator(".paper-bar")).to_be_hidden()
    assert page.locator(".paper").evaluate("paper => getComputedStyle(paper).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_digest_counts_the_week_and_leads_to_each_incident(visit, scene, now_ms):
    scene.worlds += [quiet(now_ms, "churn")]
    page = visit().page
    page.get_by_role("button", name="What happened this week?").click()
    expect(page.locator(".paper h1")).to_contain_text("1 open")
    expect(page.get_by_role("region", name="Models").locator("tbody tr")).to_have_count(2)
    page.locator(".digest-list a").first.click()
    expect(page.locator(".cause-head").first).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_at_every_width(visit, car_loan, scene, width, theme):
    scene.worlds[:] = [replace(car_loan)]
    page = visit("?page=digest", size=WIDTHS[width], theme=theme).page
    page.locator(".digest-list a").first.click()
    page.get_by_role("button", name="Report").click()
    expect(page.locator(".strips .strip").first).to_be_visible()
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT_TEXT) == []
    page.go_back()
    page.go_back()
    expect(page.locator(".digest-list a").first).to_be_visible()
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT_TEXT) == []
