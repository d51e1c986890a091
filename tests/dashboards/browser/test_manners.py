"""Every page in a real browser: readable by everyone, on a desk and on a telephone, by day and by night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import pytest

from tests.support import chromium
from tests.support.dashboard_process import Dashboard
from tests.support.export_items import Collection

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, Response

pytestmark = [pytest.mark.media, pytest.mark.slow, pytest.mark.timeout(chromium.TEST_SECONDS)]

PAGES = ("", "review", "people", "pipeline", "dataset", "clip")
"""Paths of the pages; the search has none."""
BARRED = {"serious", "critical"}


def address(dashboard: Dashboard, talking: Collection, name: str) -> str:
    """A page with something on it: the one of a clip shows the first clip there is."""
    return f"{dashboard.url}/{name}" + (f"?id={talking.items()[0].row['clip_id']}" if name == "clip" else "")


def violations(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}: {node['failureSummary']}"
        for one in found
        if one["impact"] in BARRED
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", chromium.SCHEMES)
@pytest.mark.parametrize("width", chromium.WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_kept_out(
    browser: Browser, dashboard: Dashboard, talking: Collection, name: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    with chromium.visiting(browser, address(dashboard, talking, name), width=width, scheme=scheme) as page:
        assert violations(page) == []
        main = page.get_by_test_id("stMain")
        assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0, "it scrolls sideways"
        assert main.locator("h1").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_its_own_host_for_what_is_there(
    browser: Browser, dashboard: Dashboard, talking: Collection, name: str
) -> None:
    asked: set[str] = set()
    failed: list[str] = []

    def note(request: Request) -> None:
        asked.add(urlsplit(request.url).hostname or "")

    def note_failure(response: Response) -> None:
        # Below the address of a page Streamlit asks there first whether its server answers, then at the root.
        if response.status >= 400 and "/_stcore/" not in response.url:
            failed.append(response.url)

    with chromium.visiting(browser, "about:blank", wait=False) as page:
        page.on("request", note)
        page.on("response", note_failure)
        page.goto(address(dashboard, talking, name))
        chromium.settle(page)
        assert page.locator("[data-testid=stException]").count() == 0
    assert asked <= {"127.0.0.1", ""}
    assert failed == []
