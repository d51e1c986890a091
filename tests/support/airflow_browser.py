"""Airflow's own pages in a real browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_config import ADMIN, admin_password
from tests.support import chromium

WAIT_MS = 120_000


@contextmanager
def page_of(airflow: Airflow, path: str) -> Iterator[Any]:
    """A page of Airflow, logged in; skips without Playwright or a browser."""
    chromium.require()
    with chromium.launched() as browser:
        page = browser.new_page(viewport={"width": 1300, "height": 1400})
        page.set_default_timeout(WAIT_MS)
        page.goto(airflow.url + path)
        page.get_by_label("Username").fill(ADMIN)
        page.get_by_label("Password", exact=True).fill(admin_password(airflow.home))
        page.get_by_role("button", name=re.compile("sign in", re.IGNORECASE)).click()
        page.wait_for_url(f"**{path}**")
        yield page


def run_backfill(page: Any, first: date, last: date, *, reprocess: str) -> None:
    """Fill in the form of a backfill on the page of a DAG, and send it.

    Args:
        page: of the DAG.
        first: first day.
        last: last day.
        reprocess: the label of the choice, such as ``All Runs``.
    """
    from playwright.sync_api import expect

    page.get_by_role("button", name=re.compile("^Trigger")).first.click()
    page.get_by_text("Backfill", exact=True).first.click()
    form = page.get_by_role("dialog").filter(has_text="Run Backfill")
    # What is chosen stands in place of this text, so the first one left is the next one.
    empty = form.get_by_text("Select date and time", exact=True)
    for left, day in ((1, first), (0, last)):
        empty.first.click()
        field = page.get_by_placeholder("YYYY/MM/DD").locator("visible=true")
        field.fill(day.strftime("%Y/%m/%d"))
        field.press("Enter")
        page.get_by_text("Date Range", exact=True).click()
        expect(empty).to_have_count(left, timeout=WAIT_MS)
    form.get_by_text(reprocess, exact=True).click()
    form.get_by_role("button", name="Run Backfill").click()
    form.wait_for(state="hidden")
