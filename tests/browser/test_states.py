"""The screen when things are not as they should be: nothing yet, no answer, no token, an error, news."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect
from tests.browser.fixtures.contract import World, components, quiet, wide

OVERVIEW = "?model=car_loan"


def test_the_first_run_shows_how_to_send_a_prediction_and_turns_into_the_screen(visit, scene, stage):
    world = scene.worlds.pop()
    page = visit().page
    expect(page.get_by_role("heading", level=1)).to_have_text("Send a first prediction")
    expect(page.locator(".code").first).to_contain_text(f'seamark.Client("{stage.url.rstrip("/")}"')
    expect(page.locator(".code").last).to_contain_text(f"curl {stage.url}v1/predictions")
    scene.worlds.append(world)
    expect(page.locator(".monitor-row").first).to_be_visible()
    assert page.url.endswith("?model=car_loan")


def test_the_shown_commands_can_be_copied(visit, scene):
    scene.worlds.clear()
    page = visit().page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl http://127.0.0.1:")
    assert copied.rstrip().endswith("}'")


def test_several_models_stand_on_one_page_the_troubled_one_first(visit, scene, now_ms):
    scene.worlds[:0] = [quiet(now_ms, "churn"), quiet(now_ms, "fraud")]
    page = visit().page
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 3 models with open incidents")
    rows = page.locator(".fleet tbody tr")
    expect(rows.first).to_contain_text("car_loan")
    expect(rows.first.locator(".layer-mark.firing")).to_have_count(2)
    rows.first.get_by_role("button").click()
    expect(page.locator(".monitor-row").first).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(3)


def test_machines_and_services_stand_below_the_models_with_what_each_is_held_to(visit, scene, now_ms):
    scene.worlds.append(quiet(now_ms, "churn"))
    wrong = ["p99 of checkout 1.8 s, promised 500 ms", *(f"trouble {number}" for number in range(4))]
    scene.components = components(("node", "n1", []), ("service", "checkout", wrong))
    page = visit().page
    rows = page.locator(".components [data-component]")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("p99 of checkout 1.8 s, promised 500 ms")
    expect(rows.first).to_contain_text("and 2 more")
    expect(rows.last).to_contain_text("within thresholds")
    rows.first.get_by_role("button").click()
    rule = page.locator(".rules-of tr")
    expect(rule).to_contain_text("1.80 s")
    expect(rule).to_contain_text("past threshold")
    expect(rule.locator("svg.spark")).to_be_visible()
    rows.first.get_by_role("button").click()
    expect(rule).to_have_count(0)


def test_a_healthy_model_is_calm(visit, scene, now_ms):
    scene.worlds[:] = [quiet(now_ms, "churn")]
    page = visit().page
    expect(page.get_by_role("heading", level=1)).to_have_text("All 18 monitors within their thresholds")
    expect(page.locator(".all-quiet")).to_have_text("No open incident")
    expect(page.locator(".windows path[class^=hot]")).to_have_count(0)


def test_a_model_without_evaluations_says_what_it_waits_for(visit, scene, now_ms):
    scene.worlds[:] = [World(now_ms, monitors=(), name="young")]
    expect(visit().page.locator(".blank")).to_contain_text("Nothing has been evaluated yet")


def test_an_error_is_shown_in_the_servers_own_words_and_can_be_asked_again(visit, scene):
    scene.failing["/v1/overview"] = (500, "The evaluation block 42 cannot be read: its checksum is wrong.")
    opened = visit(OVERVIEW)
    opened.expected = ("500",)
    trouble = opened.page.get_by_role("alert")
    expect(trouble).to_contain_text("The evaluation block 42 cannot be read: its checksum is wrong.")
    expect(trouble).to_contain_text("HTTP 500")
    scene.failing.clear()
    trouble.get_by_role("button", name="Ask again").click()
    expect(opened.page.locator(".monitor-row").first).to_be_visible()
    expect(trouble).to_have_count(0)


def test_an_unknown_model_is_told_as_such(visit):
    opened = visit("?model=nobody")
    opened.expected = ("404",)
    expect(opened.page.get_by_role("alert").first).to_contain_text("There is no model named 'nobody'")


def test_an_unknown_incident_or_monitor_leaves_the_rest_of_the_screen_alone(visit):
    opened = visit(f"{OVERVIEW}&incident=inc_gone")
    opened.expected = ("404",)
    expect(opened.page.get_by_role("alert")).to_contain_text("There is no incident inc_gone")
    expect(opened.page.locator(".monitor-row").first).to_be_visible()
    other = visit(f"{OVERVIEW}&signal=feature.gone:psi")
    other.expected = ("404",)
    expect(other.page.locator(".evidence")).to_contain_text("car_loan has no monitor named feature.gone:psi")


def test_a_server_that_goes_away_is_said_and_its_return_is_noticed(visit, stage):
    opened = visit(OVERVIEW)
    opened.expected = ("ERR_", "Failed to load")
    page = opened.page
    expect(page.locator(".live.live")).to_be_visible()
    stage.down()
    banner = page.get_by_role("alert").filter(has_text="Seamark does not answer")
    expect(banner).to_contain_text("What you see was read")
    expect(page.locator(".live")).to_have_text("no answer")
    expect(page.locator(".monitor-row").first).to_be_visible()
    stage.up()
    page.get_by_role("button", name="Try now").click()
    expect(banner).to_have_count(0)
    expect(page.locator(".live.live")).to_be_visible()


def test_a_server_that_returns_is_found_without_anybody_asking(visit, stage):
    opened = visit(OVERVIEW)
    opened.expected = ("ERR_", "Failed to load")
    expect(opened.page.locator(".live.live")).to_be_visible()
    stage.down()
    expect(opened.page.locator(".banner")).to_be_visible()
    stage.up()
    expect(opened.page.locator(".banner")).to_have_count(0)


def test_news_arrive_without_reloading(visit, scene, car_loan, now_ms):
    scene.worlds[:] = [quiet(now_ms, "car_loan", windows=300)]
    page = visit().page
    expect(page.get_by_role("heading", level=1)).to_contain_text("within their thresholds")
    expect(page.locator(".live.live")).to_be_visible()
    scene.worlds[:] = [car_loan]
    scene.announce()
    expect(page.get_by_role("heading", level=1)).to_contain_text("7 of 18 monitors past their threshold")
    expect(page.locator(".incident.open")).to_have_count(1)


def test_without_an_event_stream_the_screen_polls(visit, scene):
    scene.streams = False
    opened = visit(OVERVIEW)
    opened.expected = ("404",)
    expect(opened.page.locator(".live")).to_have_text("live, every 15 s")


def test_the_same_question_is_not_asked_twice_on_the_way_in(visit, scene):
    page = visit(f"{OVERVIEW}&range=30d").page
    expect(page.locator(".live.live")).to_be_visible()
    page.wait_for_timeout(1500)
    questions = [asked.partition("?")[0] for asked in scene.asked]
    assert sorted(questions) == ["/v1/events", "/v1/incidents", "/v1/models", "/v1/overview"]


def test_a_token_is_asked_for_kept_for_the_tab_and_sent_along(visit, scene):
    scene.token = "s3cret"
    opened = visit(OVERVIEW)
    opened.expected = ("401",)
    page = opened.page
    dialog = page.get_by_role("dialog", name="Token")
    expect(dialog).to_be_visible()
    page.wait_for_timeout(300)
    expect(dialog.get_by_role("alert")).to_have_count(0)
    dialog.get_by_label("Token").fill("wrong")
    dialog.get_by_role("button", name="Use token").click()
    expect(dialog.get_by_role("alert")).to_have_text("The server refused that token.")
    dialog.get_by_label("Token").fill("s3cret")
    dialog.get_by_role("button", name="Use token").click()
    expect(page.locator(".monitor-row").first).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(page.locator(".live.live")).to_be_visible()
    page.reload()
    expect(page.locator(".monitor-row").first).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def test_a_range_that_follows_the_clock_asks_for_the_last_days(visit, scene):
    page = visit(OVERVIEW).page
    page.get_by_role("button", name="7 d").click()
    expect(page.locator(".facts")).to_contain_text(re.compile(r"[78] windows of 1 d"))
    assert page.url.endswith("range=7d")


def test_an_absolute_range_can_be_typed_and_ends_up_in_the_address(visit):
    page = visit(OVERVIEW).page
    page.locator(".absolute summary").click()
    page.get_by_label("From").fill("2026-01-05T00:00")
    page.get_by_label("To", exact=True).fill("2026-02-05T12:30")
    page.get_by_role("button", name="Show").click()
    # Berlin is one hour ahead of UTC in winter.
    assert "from=2026-01-04T23%3A00%3A00Z&to=2026-02-05T11%3A30%3A00Z" in page.url
    expect(page.locator(".absolute summary")).to_have_text("5 Jan – 5 Feb")  # noqa: RUF001  # the screen's own dash


def test_a_window_outside_the_range_is_not_called_unevaluated(visit, car_loan):
    began = datetime.fromtimestamp(car_loan.onset_ms / 1000, UTC).strftime("%Y-%m-%dT00:00:00Z")
    page = visit(f"{OVERVIEW}&range=7d&signal=feature.car_value:jensen_shannon&at={began}").page
    expect(page.locator(".evidence")).to_contain_text("This window lies outside the range of the grid.")
    expect(page.locator(".distribution")).to_be_visible()


def test_the_tab_says_whether_somebody_should_look(visit):
    expect(visit(OVERVIEW).page).to_have_title("1 open · car_loan · Seamark")


def test_five_hundred_rows_are_drawn_only_where_they_are_seen(visit, scene, now_ms):
    scene.worlds[:] = [wide(now_ms, rows=500, windows=100)]
    page = visit("?model=wide&range=all").page
    expect(page.locator(".monitor-row").first).to_be_visible()
    assert page.locator(".monitor-row").count() < 80
    page.locator(".grid-panel").evaluate("panel => panel.scrollTo(0, panel.scrollHeight)")
    expect(page.locator('.monitor-row[data-monitor="feature.feature_001:jensen_shannon"]')).to_have_count(0)
    last = page.locator(".grid").get_attribute("aria-rowcount")
    expect(page.locator(f'.monitor-row[aria-rowindex="{last}"]')).to_be_visible()


def test_of_hundreds_of_models_only_those_in_sight_are_drawn_and_any_can_be_found(visit, scene, car_loan, now_ms):
    scene.worlds[:] = [car_loan, *(quiet(now_ms, f"model_{number:03d}", windows=2) for number in range(400))]
    page = visit().page
    lines = page.locator(".fleet tbody tr:not(.space)")
    expect(lines.first).to_contain_text("car_loan")
    assert lines.count() < 60
    page.locator(".alone").hover()
    page.mouse.wheel(0, 100_000)
    expect(lines.last).to_contain_text("model_399")
    assert lines.count() < 60
    page.keyboard.press("/")
    page.keyboard.type("_217")
    expect(lines).to_have_count(1)
    page.locator("[data-model]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("within their thresholds")


def test_the_rows_of_a_window_are_read_only_when_somebody_opens_them(visit, scene):
    page = visit("?model=car_loan&signal=feature.car_value:jensen_shannon").page
    expect(page.locator(".distances")).to_be_visible()
    assert not any(asked.startswith("/v1/rows") for asked in scene.asked)
    page.get_by_text("Rows of this window").click()
    table = page.get_by_role("region", name="Closer").locator("table")
    expect(table.locator("thead th")).to_have_text(["id", "time", "version", "car_value", "prediction"])
    expect(table.locator("tbody tr")).to_have_count(20)
