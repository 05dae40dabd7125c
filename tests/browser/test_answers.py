"""What a reader says of an alert: plain words, a confirmation, an honest state, all by keyboard too."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.fixtures.contract import World
from tests.browser.fixtures.server import Scene
from tests.browser.test_looks import FAINT_TEXT, STICKS_OUT, THEMES, WIDTHS

INCIDENT = "?model=car_loan&incident=inc_1a2b"
CAR_VALUE = "alert_feature.car_value:jensen_shannon"


@pytest.fixture
def world(now_ms: int) -> World:
    """A world of the test's own, for answers to be kept in."""
    return World(now_ms)


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene([world])


def alert(page: Page, id: str = CAR_VALUE):
    return page.locator(f'[data-alert="{id}"]')


def whole(page: Page):
    return page.get_by_role("region", name="Answer")


def test_every_open_alert_can_be_called_by_one_of_three_plain_words(visit):
    page = visit(INCIDENT).page
    expect(page.locator(".alerts > li")).to_have_count(7)
    for item in page.locator(".alerts > li").all():
        words = ["New normal", "Expected event", "False alarm"]
        expect(item.locator(".answer-buttons button")).to_have_text(words)


def test_an_answer_is_explained_confirmed_and_shown_once_the_server_shows_it(visit, scene):
    page = visit(INCIDENT).page
    alert(page).get_by_role("button", name="New normal").click()
    form = page.get_by_role("form", name="New normal: car_value")
    expect(form).to_contain_text("The change is right and stays.")
    expect(form.get_by_label("Comment")).to_be_focused()
    assert scene.told == [], "nothing is sent before it is confirmed"
    form.get_by_label("Comment").fill("  prices went up ")
    form.get_by_role("button", name="Confirm").click()
    expect(alert(page).locator(".said")).to_contain_text("New normal ana")
    expect(alert(page).locator(".comment")).to_have_text("“prices went up”")
    [(path, body, key)] = scene.told
    assert path == "/v1/alerts/alert_feature.car_value%3Ajensen_shannon/accept"
    assert body == {"comment": "prices went up"}
    assert len(key) == 32
    expect(page.locator(".timeline .answer")).to_contain_text("on car_value")


def test_what_is_recorded_but_not_acted_on_is_not_shown_as_done(visit, scene, world):
    world.acts = False
    page = visit(INCIDENT).page
    alert(page).get_by_role("button", name="False alarm").click()
    page.get_by_role("button", name="Confirm").click()
    expect(alert(page).get_by_role("status")).to_have_text("False alarm recorded; takes effect within seconds")
    expect(page.locator(".timeline .answer")).to_have_count(0)
    world.acts = True
    scene.announce()
    expect(alert(page).locator(".said")).to_contain_text("False alarm ana")
    expect(page.locator(".timeline .answer")).to_have_count(1)


def test_a_refusal_is_told_in_the_servers_words_and_can_be_tried_again_as_the_same(visit, scene):
    opened = visit(INCIDENT)
    opened.expected = ("409",)
    page = opened.page
    path = "/v1/alerts/alert_feature.car_value%3Ajensen_shannon/expected"
    scene.failing[path] = (409, "Alert 'alt_1' (car_value) is over, so there is nothing left to end.")
    alert(page).get_by_role("button", name="Expected event").click()
    page.keyboard.press("Enter")
    said = alert(page).get_by_role("alert")
    expect(said).to_contain_text("“Expected event” was not taken. Alert 'alt_1' (car_value) is over")
    del scene.failing[path]
    said.get_by_role("button", name="Try again").click()
    expect(alert(page).locator(".said")).to_contain_text("Expected event ana")
    assert len({key for _, _, key in scene.told}) == 1


def test_what_was_refused_can_be_left(visit, scene):
    opened = visit(INCIDENT)
    opened.expected = ("500",)
    page = opened.page
    scene.failing["/v1/incidents/inc_1a2b/resolve"] = (500, "Seamark failed at this request; its log says why.")
    whole(page).get_by_role("button", name="Resolve").click()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("“Resolve” was not taken. Seamark failed")
    page.get_by_role("button", name="Leave it").click()
    expect(whole(page)).to_be_visible()


def test_a_later_answer_replaces_an_earlier_one_and_both_stand_in_the_timeline(visit):
    page = visit(INCIDENT).page
    for change, word in ((False, "New normal"), (True, "Expected event")):
        if change:
            alert(page).get_by_role("button", name="Change").click()
        alert(page).get_by_role("button", name=word).click()
        page.keyboard.press("Enter")
        expect(alert(page).locator(".said b")).to_have_text(word)
    expect(page.locator(".timeline .answer b")).to_have_text(["New normal", "Expected event"])


def test_resolving_the_incident_answers_its_open_alerts_and_ends_it(visit, scene):
    page = visit(INCIDENT).page
    alert(page).get_by_role("button", name="Expected event").click()
    page.keyboard.press("Enter")
    expect(alert(page).locator(".said b")).to_have_text("Expected event")
    whole(page).get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("form", name="Resolve: 6 open alerts")).to_contain_text("If it goes on after now")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Resolved ana")
    expect(page.locator(".timeline")).to_contain_text("on 6 alerts")
    expect(page.locator(".all-quiet")).to_be_visible()
    expect(page.locator(".headline h1")).to_contain_text("7 answered and followed in silence")
    assert scene.told[-1][0] == "/v1/incidents/inc_1a2b/resolve"


def test_the_keyboard_alone_answers_and_escape_takes_only_the_form_back(visit, scene):
    opened = visit(INCIDENT)
    page = opened.page
    button = alert(page).get_by_role("button", name="False alarm")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Comment")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("form")).to_have_count(0)
    expect(page.get_by_role("article", name="Incident")).to_be_visible()
    expect(button).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Comment")).to_be_focused()
    page.keyboard.type("sensor exchanged, g i t")
    page.keyboard.press("Enter")
    expect(alert(page).locator(".comment")).to_have_text("“sensor exchanged, g i t”")
    assert opened.clicks() == 0


def test_a_comment_never_becomes_markup(visit):
    page = visit(INCIDENT).page
    alert(page).get_by_role("button", name="False alarm").click()
    page.get_by_label("Comment").fill("<img src=x onerror=alert(1)>")
    page.keyboard.press("Enter")
    expect(alert(page).locator(".comment")).to_have_text("“<img src=x onerror=alert(1)>”")


def test_thresholds_are_told_in_their_own_unit_with_what_they_are_about(visit):
    page = visit(INCIDENT).page
    expect(alert(page).locator(".measured")).to_contain_text("JS distance 0.")
    expect(alert(page).locator(".measured")).to_contain_text("threshold 0.100, for")
    expect(alert(page).locator(".measured")).to_contain_text("predictions on this day")
    share = alert(page, "alert_prediction:class_share").locator(".measured")
    expect(share).to_have_text("class share 41 %, usual 28 %, threshold 36 % (179 predictions)")
    alert(page).get_by_role("button", name="car_value").click()
    expect(page.locator(".verdict")).to_contain_text("predictions over the last 7 d")


def test_the_baseline_in_use_and_its_reason_and_what_is_provisional_can_be_read(visit):
    page = visit("?model=car_loan").page
    expect(page.locator(".facts")).to_contain_text("Baseline: each hour of the week, chosen automatically: 6.0 weeks")
    expect(page.locator(".facts")).to_contain_text("provisional: 2 of 18 thresholds are not learned yet")
    page.locator('.monitor-row[data-monitor="feature.region:jensen_shannon"] .windows').click()
    expect(page.locator(".verdict .condition")).to_have_text("provisional")


def test_the_ranking_of_impacts_leads_to_the_feature_and_noise_is_called_so(visit):
    page = visit(INCIDENT).page
    impact = page.get_by_role("region", name="Impact")
    expect(impact).to_contain_text("The mean of score moved by +0.13")
    expect(impact.locator("tbody tr")).to_have_count(4)
    expect(impact.locator("tr.noise")).to_contain_text("noise")
    impact.get_by_role("button", name="loan_length").click()
    expect(page.get_by_role("article", name="Evidence").get_by_role("heading", level=2)).to_contain_text("loan_length")


def test_slices_are_asked_for_only_by_the_reader_and_once(visit, scene):
    page = visit(INCIDENT).page
    expect(page.locator(".impacts")).to_be_visible()
    assert not any(path.startswith("/v1/slices") for path in scene.asked)
    page.get_by_role("button", name="Find the part of the traffic").click()
    expect(page.locator(".slices tbody tr").first).to_contain_text("region = north and sales_channel = web")
    scene.announce()
    expect(page.locator(".slices")).to_be_visible()
    page.wait_for_timeout(1500)
    assert sum(path.startswith("/v1/slices") for path in scene.asked) == 1


def test_a_condition_stands_beside_the_name_of_its_alert(visit):
    page = visit(INCIDENT).page
    item = alert(page, "alert_feature.salary_range:jensen_shannon")
    name, chip = (item.locator(part).bounding_box() for part in (".link", ".condition"))
    assert name["x"] + name["width"] <= chip["x"]
    assert name["y"] - 4 <= chip["y"] <= name["y"] + name["height"]


def test_the_impact_on_the_whole_range_stands_in_the_address_and_leads_to_a_feature_and_back(visit):
    page = visit("?model=car_loan").page
    page.get_by_role("button", name="Which drift matters?").click()
    impact = page.get_by_role("article", name="Impact on the model")
    expect(impact.locator("tbody tr")).to_have_count(4)
    assert page.url.endswith("model=car_loan&panel=impact")
    impact.get_by_role("button", name="car_value").click()
    page.locator(".evidence-bar button", has_text="Impact").click()
    expect(impact).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".evidence-panel")).to_have_count(0)


def test_an_alert_of_a_segment_says_so_and_opens_that_segment(visit):
    page = visit(INCIDENT).page
    item = alert(page, "alert_feature.salary_range:jensen_shannon")
    expect(item.locator(".alert-line")).to_contain_text("country=FR")
    item.get_by_role("button", name="salary_range").click()
    expect(page.get_by_role("article", name="Evidence").get_by_role("heading", level=2)).to_contain_text("salary_range")
    assert "segment=country%3DFR" in page.url


def test_one_click_says_that_somebody_is_at_it(visit, scene):
    page = visit(INCIDENT).page
    told = page.get_by_role("region", name="Being told")
    told.get_by_role("button", name="I am at it").click()
    expect(told).to_contain_text("ana is at it")
    expect(told.get_by_role("button", name="I am at it")).to_have_count(0)
    assert [path for path, _, _ in scene.told] == ["/v1/incidents/inc_1a2b/acknowledge"]


def test_a_model_is_silenced_for_a_while_and_a_refusal_is_told(visit, scene):
    opened = visit(INCIDENT)
    told = opened.page.get_by_role("region", name="Being told")
    told.get_by_role("button", name="Silence for a day").click()
    expect(told.get_by_role("status")).to_contain_text("Nobody is told about car_loan for a day")
    [(path, said, _)] = scene.told
    assert (path, said["matchers"], said["for_seconds"]) == ("/v1/silences", ['model="car_loan"'], 86_400)
    scene.failing["/v1/silences"] = (422, "That silence is too long.")
    opened.expected = ("422",)
    told.get_by_role("button", name="Silence for 2 hours").click()
    expect(told.get_by_role("alert")).to_have_text("That silence is too long.")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_answers_fit_and_can_be_read_at_every_width(visit, width, theme):
    page = visit(INCIDENT, size=WIDTHS[width], theme=theme).page
    alert(page).get_by_role("button", name="Expected event").click()
    page.get_by_label("Comment").fill("A sale: " + "loooong" * 30)
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT_TEXT) == []
    page.keyboard.press("Enter")
    expect(alert(page).locator(".said b")).to_have_text("Expected event")
    whole(page).get_by_role("button", name="Resolve").click()
    page.get_by_role("button", name="Find the part of the traffic").click()
    expect(page.locator(".slices")).to_be_visible()
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT_TEXT) == []
