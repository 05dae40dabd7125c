"""A page that stays open: a day of live updates leaves nothing behind."""

import time

import pytest
from playwright.sync_api import CDPSession, expect

EVIDENCE = "?model=car_loan&range=all&signal=feature.car_value:jensen_shannon"
NEWS_A_DAY = 144  # one every ten minutes
SETTLED = 24
MOST_KEPT_BYTES = 1_000_000


def asked(scene, path: str) -> int:
    return sum(question.startswith(path) for question in scene.asked)


def kept(browser_session: CDPSession) -> dict[str, float]:
    """What is alive after the garbage is gone."""
    browser_session.send("HeapProfiler.collectGarbage")
    metrics = browser_session.send("Performance.getMetrics")["metrics"]
    return {each["name"]: each["value"] for each in metrics}


@pytest.mark.timeout(240)
def test_a_day_of_news_leaves_no_memory_elements_or_listeners_behind(visit, scene):
    page = visit(EVIDENCE).page
    expect(page.locator(".lines canvas")).to_be_visible()
    expect(page.locator(".distances")).to_be_visible()
    expect(page.locator(".live.live")).to_be_visible()
    page.clock.install()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before: dict[str, float] = {}
    for news in range(NEWS_A_DAY):
        seen = asked(scene, "/v1/series")
        scene.announce()
        while asked(scene, "/v1/series") == seen:
            page.clock.run_for(600)
            time.sleep(0.005)
        if news == SETTLED:
            before = kept(session)
    expect(page.locator(".lines canvas")).to_have_count(1)
    after = kept(session)
    assert after["Nodes"] <= 1.1 * before["Nodes"]
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 10
    assert after["JSHeapUsedSize"] - before["JSHeapUsedSize"] < MOST_KEPT_BYTES
    assert len(scene.asked) > 4 * NEWS_A_DAY
