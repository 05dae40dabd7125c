"""How good the answers were: the panel that says it, and what it says when it cannot."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from tests.browser.fixtures.quality import OUTCOMES_TAKE

QUALITY = "?model=car_loan&panel=quality&range=all"


@pytest.fixture
def panel(visit):
    """The opened panel with its chart."""

    def opened(query: str = QUALITY):
        page = visit(query).page
        found = page.get_by_role("article", name="Quality")
        expect(found.locator(".lines canvas")).to_be_visible()
        return found

    return opened


def test_one_click_says_how_good_the_answers_were(visit):
    opened = visit("?model=car_loan")
    opened.page.get_by_role("button", name="How good were the answers?").click()
    found = opened.page.get_by_role("article", name="Quality")
    expect(found.locator(".lines canvas")).to_be_visible()
    expect(found.locator(".verdict .value")).to_have_text(re.compile(r"0\.9\d\d"))
    assert opened.clicks() == 1
    opened.page.keyboard.press("Escape")
    expect(found).to_have_count(0)


def test_every_number_has_its_interval_its_rows_and_its_time(panel):
    found = panel()
    number = re.compile(
        r"accuracy, 95 % interval 0\.9\d+ to 0\.9\d+, n [\d,]+for [\d,]+ of [\d,]+ predictions, .* \u2013 "
    )
    expect(found.locator(".verdict")).to_contain_text(number)
    window = re.compile(
        r"\u2013 .*accuracy 0\.9\d+95 % interval .* to .*, n [\d,]+.*with an outcome, of [\d,]+ predictions"
    )
    expect(found.locator(".readout")).to_contain_text(window)


def test_what_changed_at_the_onset_stands_side_by_side(panel):
    around = panel().get_by_role("table", name="Around the onset")
    expect(around.locator("tbody tr").first).to_have_text(re.compile(r"windows before0\.94\d0\.\d+ to 0\.\d+[\d,]+"))
    expect(around.locator("tbody tr").last).to_have_text(re.compile(r"windows since0\.9[01]\d0\.\d+ to 0\.\d+[\d,]+"))


def test_without_an_onset_in_the_range_there_is_nothing_to_compare(panel):
    found = panel(QUALITY.replace("all", "30d"))
    expect(found.get_by_role("table", name="Around the onset")).to_have_count(0)


def test_another_metric_is_drawn_when_it_is_picked_and_stays_in_the_address(panel, visit):
    found = panel()
    found.get_by_label("Metric").select_option("AUC")
    expect(found.locator(".verdict")).to_contain_text("0.968")
    page = found.page
    assert "metric=auc" in page.url
    again = visit("?" + page.url.partition("?")[2]).page
    expect(again.locator(".verdict .value")).to_have_text("0.968")


def test_windows_whose_outcomes_are_to_come_are_said_to_be_incomplete(panel):
    found = panel()
    said = re.compile(rf"^{OUTCOMES_TAKE} of \d+ windows \(hatched, hollow\) are not complete")
    expect(found.locator(".completeness")).to_have_text(said)
    expect(found.locator(".completeness")).to_contain_text("3 outcomes of this model wait for a prediction.")
    expect(found.locator(".readout")).to_contain_text("not complete")  # the newest that has a number at all
    found.get_by_text("as a table").click()
    expect(found.locator("tbody tr", has_text=re.compile("no$"))).to_have_count(OUTCOMES_TAKE)
    last = found.locator("tbody tr").last
    expect(last.locator("td").first).to_have_text("\u2013")  # nothing is known: no number, and not a zero


def test_a_click_on_a_window_chooses_it_and_its_numbers_stay(panel):
    found = panel()
    box = found.locator(".lines .u-over").bounding_box()
    found.page.mouse.click(box["x"] + box["width"] / 3, box["y"] + 40)
    expect(found.page).to_have_url(re.compile("at="))
    found.page.mouse.move(5, 300)
    expect(found.locator(".readout .warn")).to_have_count(0)
    expect(found.page.locator(".rules .chosen-window")).to_have_count(1)


def test_the_quality_is_of_the_chosen_version_and_segment(panel, scene):
    panel(QUALITY + "&version=2&segment=region%3Dnorth")
    asked = [path for path in scene.asked if path.startswith("/v1/quality")]
    assert all("version=2" in path and "segment=region%3Dnorth" in path for path in asked)


def test_without_outcomes_it_says_how_to_send_them_and_turns_into_the_chart(visit, scene, stage, car_loan):
    scene.worlds[:] = [replace(car_loan, outcomes=False)]
    page = visit(QUALITY).page
    found = page.get_by_role("article", name="Quality")
    expect(found).to_contain_text("No outcome of model 'car_loan' has come yet")
    expect(found.locator(".code").first).to_contain_text('client.outcome("p1"')
    expect(found.locator(".code").last).to_contain_text(f"curl {stage.url}v1/outcomes")
    expect(found.locator(".verdict")).to_have_count(0)
    scene.worlds[:] = [car_loan]
    scene.announce()
    expect(found.locator(".lines canvas")).to_be_visible()
