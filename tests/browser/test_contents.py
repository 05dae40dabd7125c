"""The real server with a model whose input is a vector and a sentence: what is behind one row of the grid."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect
from tests.acceptance.contents import HOURLY, HOURS, send_hours
from tests.acceptance.serving import serve, until


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that has judged six hours, in the last three of which the vectors have moved."""
    with serve(tmp_path_factory.mktemp("contents"), HOURLY) as served:
        send_hours(served.address)

        def hours_judged() -> int:
            found = httpx.get(f"{served.address}/v1/overview", params={"model": "m"}).json()
            return len(found.get("windows", {}).get("rows", ()))

        until(lambda: hours_judged() >= HOURS, 60)
        yield served.address + "/"


def test_one_click_on_an_embedding_shows_all_its_series_and_another_one_of_them(visit):
    page = visit().page
    page.locator('.monitor-row[data-monitor="feature.vector:group_shift"]').locator("button, th, .label").first.click()
    evidence = page.get_by_role("article", name="Evidence")
    expect(evidence.get_by_role("heading", level=2)).to_contain_text("vector")
    series = evidence.get_by_role("list", name="Series").get_by_role("button")
    expect(series).to_have_count(18)
    expect(evidence.locator('.group [aria-pressed="true"]')).to_have_count(1)
    series.filter(has_text="norm").click()
    expect(evidence.get_by_role("heading", level=3, name="vector/norm")).to_be_visible()
    expect(evidence.locator(".histogram svg")).to_be_visible()
