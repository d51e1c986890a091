"""What people come for, from the first click to what is left in the store, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from facelib.export.manifest import MANIFEST
from facelib.store import decisions, quarantine
from tests.support import chromium, talkers
from tests.support.chromium import settle
from tests.support.dashboard_process import Dashboard
from tests.support.export_items import Collection, items_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.media, pytest.mark.slow, pytest.mark.timeout(chromium.TEST_SECONDS)]

REVIEWED = 10
LICENCE, LICENSED = "CC BY-SA 4.0", 4
"""A licence, and how many clips have it."""


def results(page: Page) -> list[str]:
    """The clips of a result, in order, by the address of their file without the host."""
    sources = page.locator(".st-key-results video").evaluate_all("all => all.map(one => one.src)")
    return [source.split("/media/", 1)[-1] for source in sources]


def said(talking: Collection, kind: str) -> list[decisions.Decision]:
    """The decisions of a kind in the store."""
    return [decision for decision in decisions.read_all(talking.store) if decision.kind == kind]


def search_by(page: Page, path: Path) -> list[str]:
    """Search by the face in a picture."""
    page.locator("input[type=file]").first.set_input_files(
        {"name": "portrait.jpg", "mimeType": "image/jpeg", "buffer": talkers.portrait(path)}
    )
    page.get_by_text(re.compile("nearest to this face")).wait_for()
    settle(page)
    return results(page)


def test_a_face_is_found_and_played(browser: Browser, dashboard: Dashboard, media_dir: Path) -> None:
    with chromium.visiting(browser, dashboard.url) as page:
        found = search_by(page, media_dir / "talker_b.mp4")
        assert all("bela" in clip for clip in found[: talkers.FILMS_EACH])
        video = page.locator(".st-key-results video").first
        assert video.evaluate("video => [video.preload, video.readyState]") == ["none", 0]
        page.wait_for_function("document.body.dataset.hover")
        # Whoever asks for less motion, as all pages of these tests do, sees no clip play by itself.
        page.emulate_media(reduced_motion="no-preference")
        video.hover()
        page.wait_for_function("document.querySelector('.st-key-results video').currentTime > 0.2")
        assert video.evaluate("video => video.muted")
        page.mouse.move(0, 0)
        page.wait_for_function("document.querySelector('.st-key-results video').paused")
        page.keyboard.press("Shift")
        video.focus()
        page.wait_for_function("document.querySelector('.st-key-results video').currentTime > 0.2")
        while page.evaluate("document.activeElement.tagName") == "VIDEO":
            page.keyboard.press("Tab")
        page.wait_for_function("document.querySelector('.st-key-results video').paused")


def test_a_picture_that_is_too_large_is_refused_in_a_sentence(
    browser: Browser, dashboard: Dashboard, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(100_000_000)
    with chromium.visiting(browser, dashboard.url) as page:
        page.locator("input[type=file]").first.set_input_files(huge)
        said = page.get_by_role("alert").filter(has_text="File must be 20.0MB or smaller")
        said.wait_for()
        box = said.bounding_box()
        assert box is not None and box["width"] > 100, "only a reader of the screen tells it"


def test_a_search_is_shared_by_its_address(browser: Browser, dashboard: Dashboard) -> None:
    with chromium.visiting(browser, f"{dashboard.url}/search") as page:
        page.get_by_role("button", name=re.compile("Find this face|More like this")).first.click()
        page.get_by_text(re.compile("nearest to this clip")).wait_for()
        settle(page)
        seen, shared = results(page), page.url
        assert "clip=" in shared
    with chromium.visiting(browser, shared) as other:
        assert results(other) == seen
        assert len(seen) > 1


def test_clips_are_judged_by_keyboard(browser: Browser, dashboard: Dashboard, talking: Collection) -> None:
    before = len(said(talking, "review"))
    with chromium.visiting(browser, f"{dashboard.url}/review") as page:
        for number in range(REVIEWED):
            left = int(page.get_by_text(re.compile(r"\d+ clips? left")).inner_text().split()[0])
            page.keyboard.press("d" if number == 3 else "k")
            page.get_by_text(re.compile(rf"^{left - 1} clips? left")).wait_for()
            settle(page)
    verdicts = [decision.value["verdict"] for decision in said(talking, "review")][before:]
    assert verdicts.count("keep") == REVIEWED - 1
    assert verdicts.count("drop") == 1


def test_two_persons_become_one_and_two_again(browser: Browser, dashboard: Dashboard, talking: Collection) -> None:
    with chromium.visiting(browser, f"{dashboard.url}/people") as page:
        page.get_by_text("2 persons", exact=False).first.wait_for()
        for number, picked in enumerate(("1 person picked:", "2 persons picked:")):
            page.get_by_text("Pick", exact=True).nth(number).click()
            page.get_by_text(picked).wait_for()
            settle(page)
        page.get_by_role("button", name="Merge", exact=True).click()
        page.get_by_role("heading", name="1 person", exact=True).wait_for()
        # What a page showed before is there until the next one is drawn to its end.
        settle(page)
        assert len(said(talking, "merge")) == 1
        page.get_by_role("button", name=re.compile("^Open ")).click()
        page.get_by_role("heading", name="Merged into this person").wait_for()
        settle(page)
        page.get_by_role("button", name="Undo the merge").click()
        page.get_by_role("heading", name=f"{talkers.FILMS_EACH} clips", exact=True).wait_for()
        page.get_by_role("button", name="All people").click()
        page.get_by_role("heading", name=re.compile("^2 persons")).wait_for()
    assert len(said(talking, "split")) == 1


def test_a_selection_becomes_a_dataset(browser: Browser, dashboard: Dashboard, exports: Path) -> None:
    with chromium.visiting(browser, f"{dashboard.url}/dataset") as page:
        page.get_by_role("radio", name="Any", exact=True).click()
        page.wait_for_url(re.compile("verdict=Any"))
        settle(page)
        page.get_by_role("combobox", name="Licences").click()
        page.get_by_role("option", name=LICENCE, exact=True).click()
        chosen = page.get_by_text(re.compile(f"^Export {LICENSED} clips"))
        chosen.wait_for()
        settle(page)
        chosen.click()
        page.get_by_role("textbox", name="Name").fill("free")
        page.keyboard.press("Enter")
        settle(page)
        assert not (exports / "free").exists(), "a key that ends a word starts no export"
        page.get_by_role("button", name="Start the export").click()
        page.get_by_text(re.compile(f"^{LICENSED} items in ")).wait_for()
        # Streamlit loads the code of a kind of element when the first one is drawn: the text can be there before it.
        page.get_by_role("button", name="Manifest").wait_for()
        assert "view=Exports" in page.url
    manifest = json.loads((exports / "free" / MANIFEST).read_text())
    assert manifest["licences"] == {LICENCE: LICENSED}
    assert LICENCE in manifest["options"]["where"]
    assert {row["video_id"].split("_")[1] for row in items_of(exports / "free")} == set(talkers.TALKERS)


def test_an_upload_leaves_quarantine(browser: Browser, dashboard: Dashboard, talking: Collection) -> None:
    with chromium.visiting(browser, f"{dashboard.url}/pipeline") as page:
        page.get_by_role("radio", name="Quarantine").click()
        page.get_by_text("it is not a video").wait_for()
        page.get_by_role("button", name="Release", exact=True).click()
        page.get_by_text("Released: the next run tries it again").wait_for()
    assert quarantine.find(talking.store, talkers.BROKEN, "probe", "f" * 32) is None
