"""From an anomaly to its feature, period and version, and back, by mouse, keyboard and address."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect


def query_of(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def row(page: Page, monitor: str):
    return page.locator(f'.monitor-row[data-monitor="{monitor}"]')


def hot_cells(page: Page, monitor: str):
    return row(page, monitor).locator(".windows path[class^=hot]")


def click_cell(page: Page, monitor: str, share: float) -> None:
    """Click into a row's windows, `share` of the way from the oldest to the newest."""
    windows = row(page, monitor).locator(".windows")
    box = windows.bounding_box()
    windows.click(position={"x": box["width"] * share, "y": box["height"] / 2})


CAR_VALUE = "feature.car_value:jensen_shannon"
TENURE = "feature.driver_tenure:jensen_shannon"
CELL_SENTENCE = re.compile(r"car_value JS, .*: past threshold, 0\.\d+ JS distance, threshold 0\.100, n \d+")


def test_the_only_model_is_opened_and_named_in_the_address(visit):
    page = visit().page
    expect(row(page, CAR_VALUE)).to_be_visible()
    assert query_of(page) == {"model": "car_loan"}


def test_the_sentence_on_top_says_what_is_wrong(visit):
    heading = visit().page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("7 of 18 monitors past their threshold: car_value")


def test_two_clicks_lead_from_the_top_incident_to_the_offending_feature(visit):
    opened = visit()
    opened.page.locator(".incident").first.click()
    opened.page.locator(".cause-head").first.click()
    evidence = opened.page.get_by_role("article", name="Evidence")
    expect(evidence.get_by_role("heading", level=2)).to_contain_text("car_value")
    expect(evidence.get_by_role("region", name="Distribution")).to_be_visible()
    expect(evidence.locator(".lines canvas")).to_be_visible()
    assert opened.clicks() == 2


def test_one_click_leads_from_the_grid_to_the_feature_in_that_period_and_its_versions(visit, car_loan):
    opened = visit()
    click_cell(opened.page, CAR_VALUE, 0.9)
    evidence = opened.page.get_by_role("article", name="Evidence")
    expect(evidence.locator(".verdict.past")).to_be_visible()
    expect(evidence.get_by_role("region", name="Versions").get_by_role("rowheader")).to_have_text(["1", "2"])
    assert opened.clicks() == 1
    at = datetime.fromisoformat(query_of(opened.page)["at"])
    assert at.timestamp() * 1000 in car_loan.start_ms


def test_a_chosen_incident_lights_its_signals_dims_the_others_and_frames_its_time(visit, car_loan):
    page = visit().page
    page.locator(".incident").first.click()
    expect(row(page, TENURE)).to_contain_class("dimmed")
    expect(row(page, CAR_VALUE)).not_to_contain_class("dimmed")
    expect(page.locator(".onset-flag")).to_be_visible()
    begin = datetime.fromisoformat(query_of(page)["from"]).timestamp() * 1000
    assert car_loan.start_ms[0] <= begin < car_loan.onset_ms
    assert "to" not in query_of(page)


def test_the_incident_tells_causes_with_evidence_counter_evidence_and_next_step(visit):
    page = visit().page
    page.locator(".incident").first.click()
    cause = page.locator(".cause-card").first
    expect(cause.locator(".reasons.for li").first).to_contain_text("JS distance")
    expect(cause.locator(".reasons.against li").first).to_contain_text("not a broken pipeline")
    expect(cause.locator(".next-step")).to_contain_text("Compare the source of car_value")
    expect(page.locator(".alerts > li")).to_have_count(7)


def test_an_alert_opens_the_evidence_of_its_monitor(visit):
    page = visit("?model=car_loan&incident=inc_1a2b").page
    page.locator(".alerts").get_by_role("button", name="loan_length").click()
    expect(page.get_by_role("article", name="Evidence").get_by_role("heading", level=2)).to_contain_text("loan_length")


def test_no_cell_before_the_onset_is_hot_and_the_drifted_rows_are_hot_after_it(visit, car_loan):
    page = visit("?model=car_loan&range=all").page
    onset = page.locator(".rules .onset").first.bounding_box()["x"]
    expect(hot_cells(page, TENURE)).to_have_count(0)
    expect(hot_cells(page, CAR_VALUE)).not_to_have_count(0)
    lefts = [path.bounding_box()["x"] for path in hot_cells(page, CAR_VALUE).all()]
    assert min(lefts) > onset - 8


def test_an_address_restores_the_same_screen_for_somebody_else(visit):
    first = visit().page
    first.locator(".incident").first.click()
    first.locator(".cause-head").first.click()
    expect(first.locator(".distribution")).to_be_visible()
    second = visit(f"?{urlsplit(first.url).query}").page
    expect(second.locator(".distribution")).to_be_visible()
    for part in (".evidence h2", ".chosen-period b", ".verdict", ".distances tbody", ".headline h1"):
        assert second.locator(part).inner_text() == first.locator(part).inner_text()
    expect(row(second, TENURE)).to_contain_class("dimmed")
    assert query_of(second) == query_of(first)


def test_the_back_button_retraces_every_step(visit):
    page = visit().page
    expect(row(page, CAR_VALUE)).to_be_visible()
    addresses = [page.url]
    for step in (".incident", ".cause-head", ".toggle >> text=90 d"):
        page.locator(step).first.click()
        page.wait_for_url(lambda url: url != addresses[-1])
        addresses.append(page.url)
    assert len(set(addresses)) == 4
    page.go_back()
    assert page.url == addresses[2]
    expect(page.get_by_role("article", name="Evidence")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("article", name="Incident")).to_be_visible()
    page.go_back()
    assert page.url == addresses[0]
    expect(page.locator(".evidence-panel")).to_have_count(0)
    page.go_forward()
    expect(page.get_by_role("article", name="Incident")).to_be_visible()


def test_the_keyboard_alone_reaches_the_evidence_and_leaves_it(visit):
    opened = visit()
    page = opened.page
    expect(row(page, CAR_VALUE)).to_be_visible()
    expect(page.get_by_role("navigation", name="Incidents").get_by_role("button").first).to_be_visible()
    page.keyboard.press("i")
    expect(page.get_by_role("article", name="Incident")).to_be_visible()
    page.keyboard.press("g")
    for key in ("ArrowDown", "End", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    active = page.locator(f"#{page.locator('.grid').get_attribute('aria-activedescendant')}")
    expect(active).to_have_attribute("aria-label", CELL_SENTENCE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Evidence").get_by_role("heading", level=2)).to_contain_text("car_value")
    page.keyboard.press("Escape")
    expect(page.get_by_role("article", name="Incident")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".evidence-panel")).to_have_count(0)
    assert opened.clicks() == 0


def test_slash_searches_and_escape_leaves_the_field(visit):
    page = visit().page
    expect(row(page, CAR_VALUE)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("tenure")
    expect(page.locator(".monitor-row")).to_have_count(1)
    assert query_of(page)["search"] == "tenure"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_the_keyboards_place_survives_a_search_that_takes_its_row_away(visit):
    page = visit().page
    expect(row(page, CAR_VALUE)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("PageDown")
    page.keyboard.press("/")
    page.keyboard.type("car_value")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Evidence").get_by_role("heading", level=2)).to_contain_text("car_value")


def test_a_search_without_a_match_says_so_and_offers_all(visit):
    page = visit("?model=car_loan&search=nothing+like+it").page
    page.get_by_role("button", name="Show all 18").click()
    expect(page.locator(".monitor-row")).to_have_count(18)


def test_a_layer_folds_and_stays_folded_in_the_address(visit):
    page = visit().page
    page.locator(".fold", has_text="Data").click()
    expect(row(page, CAR_VALUE)).to_have_count(0)
    expect(row(page, "score:jensen_shannon")).to_be_visible()
    assert query_of(page)["folded"] == "data"


def test_steps_move_the_evidence_one_window_at_a_time(visit, car_loan):
    page = visit("?model=car_loan&signal=feature.car_value:jensen_shannon").page
    page.get_by_title("One window earlier").click()
    first = datetime.fromisoformat(query_of(page)["at"])
    page.get_by_title("One window later").click()
    page.wait_for_url(
        lambda url: "at=" in url and datetime.fromisoformat(parse_qs(urlsplit(url).query)["at"][0]) > first
    )
    second = datetime.fromisoformat(query_of(page)["at"])
    assert (second - first).total_seconds() * 1000 == car_loan.window_ms


def test_a_monitor_without_values_of_its_own_says_so_instead_of_drawing_nothing(visit):
    opened = visit("?model=car_loan&signal=traffic:volume")
    opened.expected = ("404",)
    expect(opened.page.locator(".evidence .note")).to_contain_text("not a distribution of values")
    expect(opened.page.locator(".lines canvas")).to_be_visible()


def test_thin_and_silent_windows_look_different_from_healthy_ones(visit):
    page = visit("?model=car_loan&range=all", size=(2560, 1200)).page
    windows = row(page, TENURE).locator(".windows")
    for step in ("few", "none", "calm-0"):
        expect(windows.locator(f"path.{step}")).to_have_count(1)
    page.locator(".grid").focus()
    expect(row(page, "joint:joint_shift").locator(".windows")).to_have_attribute(
        "aria-label", "120 of 270 windows past the threshold"
    )


def test_times_are_local_with_their_zone_and_utc_at_hand(visit, car_loan):
    page = visit("?model=car_loan&incident=inc_1a2b").page
    expect(page.locator(".corner")).to_contain_text("Europe/Berlin")
    onset = datetime.fromtimestamp(car_loan.onset_ms / 1000, UTC)
    title = page.locator(".timeline time").first.get_attribute("title")
    assert title == f"{onset:%Y-%m-%d %H:%M:%S} UTC (shown in Europe/Berlin)"
