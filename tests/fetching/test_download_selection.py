"""Which uploads are downloaded, by the listing and by what the site says of each."""

from typing import Any

import pytest

from facelib.fetching.download_table import table
from facelib.sources.select import SelectSettings
from facelib.store import download_log, quarantine, uploads
from tests.support.feeds import GOOD, Feed


def select(feed: Feed, **values: Any) -> None:
    feed.settings.select = SelectSettings(**values)


def test_the_selection_by_the_listing_and_by_the_full_information(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from yt_dlp.extractor.generic import GenericIE

    def listed(self: GenericIE, url: str) -> dict[str, Any]:
        return {"id": "v", "title": "t", "url": f"{url}.mp4", "duration": 5 if url.endswith("short") else 50}

    feed.server.routes |= {"/long.mp4": GOOD, "/short.mp4": GOOD}
    ids = feed.list("/long", "/short", "/other")
    monkeypatch.setattr(GenericIE, "_real_extract", listed)
    select(feed, min_seconds=10, title_pattern="long|short")
    report = feed.run()
    assert (report.downloaded, report.failed, report.filtered, report.reasons) == (1, 0, 2, {})
    tried = feed.last(ids["short"])
    assert (tried.state, tried.reason) == ("filtered", "filtered_duration") and not feed.server.asked("/short.mp4")
    assert not download_log.attempts(feed.store, ids["other"]) and not list(quarantine.active(feed.store))
    again = feed.run()
    assert (again.downloaded, again.filtered) == (0, 2) and len(download_log.attempts(feed.store, ids["short"])) == 1
    states = {row["video_id"]: row["state"] for row in table(feed.store)}
    assert states == {ids["long"]: "downloaded", ids["short"]: "filtered", ids["other"]: "waiting"}
    select(feed, min_seconds=1, title_pattern="long|short")
    assert (feed.run().downloaded, uploads.revision(feed.store, ids["short"]) is not None) == (1, True)


def test_a_sample_stays_the_same_while_it_comes(feed: Feed) -> None:
    names = [f"/{n}.mp4" for n in range(6)]
    feed.server.routes |= dict.fromkeys(names, GOOD)
    feed.list(*names)
    select(feed, sample=2, seed=7)
    first, second = feed.run(), feed.run()
    assert (first.downloaded, first.filtered, second.downloaded, second.filtered) == (2, 4, 0, 4)
    select(feed, sample=3, seed=7)
    assert feed.run().downloaded == 1
