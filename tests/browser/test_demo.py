"""The real process with the bundled real data: what a newcomer sees after `seamark demo`."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

DRIFTED = ("car_value", "salary_range", "loan_length", "repaid_loan_on_prev_car")
STEADY = ("debt_to_income_ratio", "size_of_downpayment", "driver_tenure")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running demo."""
    command = [str(Path(sys.executable).with_name("seamark")), "demo", "--port", "0"]
    folder = tmp_path_factory.mktemp("demo")
    with subprocess.Popen(
        [*command, "--data", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = []
        for line in process.stdout:
            said.append(line)
            served = re.search(r"The screen: (http://\S+)", line)
            if served:
                break
        else:
            pytest.fail("seamark demo ended before it served:\n" + "".join(said))
        yield served[1] + "/"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


@pytest.fixture
def address(demo: str) -> str:
    return demo


def shown(page, label: str):
    return page.locator(f'.monitor-row[data-monitor="feature.{label}:jensen_shannon"]')


def test_two_clicks_lead_from_the_demos_incident_to_the_feature_that_moved_most(visit):
    opened = visit()
    page = opened.page
    page.locator(".incident.open").first.click()
    expect(page.locator(".onset-flag")).to_be_visible()
    page.locator(".cause-head").filter(has_text="car_value").first.click()
    evidence = page.get_by_role("article", name="Evidence")
    expect(evidence.get_by_role("heading", level=2)).to_contain_text("car_value")
    expect(evidence.locator(".verdict.past")).to_be_visible()
    expect(evidence.locator(".lines canvas")).to_be_visible()
    expect(evidence.locator(".histogram svg")).to_be_visible()
    expect(evidence.locator(".distances th").nth(5)).to_have_text("Jensen-Shannon distance")
    assert opened.clicks() == 2


def test_exactly_the_features_that_drifted_are_shown_as_firing(visit):
    page = visit().page
    for label in DRIFTED:
        expect(shown(page, label)).to_contain_class("firing")
    for label in STEADY:
        expect(shown(page, label)).not_to_contain_class("firing")


def test_a_cell_of_every_monitor_opens_its_evidence(visit):
    opened = visit()
    opened.expected = ("404",)  # traffic and the joint shift have no bins
    page = opened.page
    expect(page.locator(".monitor-row").first).to_be_visible()
    for place in range(page.locator(".monitor-row").count()):
        row = page.locator(".monitor-row").nth(place)
        row.locator(".windows").click()
        expect(page.locator(".evidence h2")).to_contain_text(row.locator(".label").inner_text())
        expect(page.locator(".lines canvas")).to_be_visible()
        if "/" not in (row.get_attribute("data-monitor") or ""):  # of a machine there is a series, no distribution
            expect(page.locator(".distances, .evidence .note").first).to_be_visible()
        expect(page.locator(".trouble")).to_have_count(0)


def test_the_demos_address_can_be_shared(visit):
    first = visit().page
    first.locator(".incident.open").first.click()
    first.locator(".cause-head").filter(has_text="car_value").click()
    expect(first.locator(".distances")).to_be_visible()
    second = visit("?" + first.url.partition("?")[2]).page
    expect(second.locator(".distances")).to_be_visible()
    for part in (".evidence h2", ".chosen-period b", ".verdict"):
        assert second.locator(part).inner_text() == first.locator(part).inner_text()


def test_the_demos_outcomes_confirm_that_its_answers_became_worse(visit):
    page = visit("?model=car_loan&range=all").page
    page.get_by_role("button", name="How good were the answers?").click()
    sides = page.get_by_role("table", name="Around the onset").locator("tbody tr")
    expect(sides.first).to_contain_text("0.944")
    expect(sides.last).to_contain_text(re.compile(r"0\.91[567]"))
    expect(page.locator(".completeness")).to_contain_text("not complete")


@pytest.mark.parametrize("preset", ["24 h", "7 d", "30 d", "90 d", "All"])
def test_every_range_of_the_demo_can_be_read(visit, preset):
    page = visit().page
    page.get_by_role("button", name=preset, exact=True).click()
    expect(page.locator(".grid-panel")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator(".trouble")).to_have_count(0)
    expect(page.locator(".headline .facts")).to_contain_text("windows of 1 d" if preset != "24 h" else "of 1 d")


def test_an_answer_given_on_the_screen_takes_effect_in_the_running_server(visit):
    """Last in this file: it changes what the demo shows."""
    page = visit().page
    page.locator(".incident.open").first.click()
    first = page.locator(".alerts > li").filter(has_text="car_value").first
    expect(first.locator(".measured")).to_contain_text(re.compile(r"threshold .* for [\d,]+ predictions"))
    expect(page.locator(".impacts tbody tr").first).to_be_visible()
    first.get_by_role("button", name="Expected event").click()
    page.get_by_label("Comment").fill("A sale")
    page.keyboard.press("Enter")
    expect(first.locator(".said b")).to_have_text("Expected event")
    expect(first.locator(".comment")).to_have_text("“A sale”")
    expect(page.locator(".timeline .answer")).to_have_count(1)
    answer = page.get_by_role("region", name="Answer")
    answer.get_by_role("button", name="Resolve").click()
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Resolved")
    expect(page.locator(".all-quiet")).to_be_visible()
    expect(page.get_by_role("article", name="Incident")).to_contain_text("Expected event: A sale. Resolved.")
    page.reload()
    expect(page.locator(".alerts > li").filter(has_text="car_value").first.locator(".comment")).to_have_text("“A sale”")


def test_one_click_leads_from_the_demos_grid_to_the_period_and_the_version(visit):
    opened = visit()
    page = opened.page
    strip = shown(page, "car_value").locator(".windows")
    box = strip.bounding_box()
    strip.click(position={"x": 0.9 * box["width"], "y": box["height"] / 2})
    evidence = page.get_by_role("article", name="Evidence")
    expect(evidence.locator(".chosen-period b")).to_have_text(re.compile(r"\d+ \w+, \d\d:\d\d .* \d\d:\d\d"))
    expect(evidence).to_contain_text("All rows of this window are of version")
    assert opened.clicks() == 1
