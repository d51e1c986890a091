"""The table of downloads in the store, the catalogue and a file."""

import csv
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.reader import Catalog
from facelib.errors import SettingsError
from facelib.fetching.download_table import COLUMNS, table, write_csv
from facelib.publish import publish, rebuild
from facelib.store import deny, layout, quarantine
from facelib.store.objects import Store
from tests.support.feeds import GOOD, Feed
from tests.support.http_server import Answer


def published_rows(store: Store) -> list[dict[str, Any]]:
    with Catalog(store) as catalog:
        return catalog.rows("SELECT * FROM downloads ORDER BY video_id")


def test_the_table_of_downloads_in_the_store_the_catalogue_and_a_file(feed: Feed, tmp_path: Path) -> None:
    feed.server.routes |= {"/good.mp4": GOOD, "/busy.mp4": Answer(status=503)}
    ids = feed.list("/good.mp4", "/gone.mp4", "/busy.mp4", "/new.mp4", "/denied.mp4")
    feed.server.routes["/new.mp4"] = GOOD
    deny.add(feed.store, ids["denied.mp4"], "asked to")
    publish(feed.store)
    assert {row["state"] for row in published_rows(feed.store)} == {"waiting"}
    deny.add(feed.store, ids["new.mp4"], "not yet")
    feed.run()
    feed.store.remove(layout.deny(ids["new.mp4"]))
    expected = {"good.mp4": "downloaded", "gone.mp4": "failed", "busy.mp4": "waiting", "new.mp4": "waiting"}
    rows = list(table(feed.store))
    assert {row["title"]: row["state"] for row in rows} == expected
    assert {row["title"]: (row["reason"], row["attempts"]) for row in rows if row["attempts"]} == {
        "good.mp4": ("", 1),
        "gone.mp4": ("gone", 1),
        "busy.mp4": ("network", 1),
    }
    publish(feed.store)
    before = published_rows(feed.store)
    assert {row["video_id"]: row["state"] for row in before} == {ids[t]: state for t, state in expected.items()}
    rebuild(feed.store)
    assert published_rows(feed.store) == before
    (entry,) = quarantine.active(feed.store)
    quarantine.release(feed.store, entry, by="anna")
    publish(feed.store)
    assert {row["state"] for row in published_rows(feed.store)} == {"downloaded", "waiting"}
    write_csv(rows, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert list(read[0]) == list(COLUMNS) and [r["downloaded"] for r in read] == [str(r["downloaded"]) for r in rows]
    assert [row["title"] for row in table(feed.store, "downloaded")] == ["good.mp4"]
    with pytest.raises(SettingsError, match="downloaded, waiting, failed, filtered"):
        list(table(feed.store, "lost"))
