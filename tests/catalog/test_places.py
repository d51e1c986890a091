"""Rows by id: the same whether ids are looked through or their places were read."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from facelib.catalog import places, schema
from facelib.catalog.reader import Catalog, ClipFilter
from facelib.catalog.writer import CatalogWriter
from facelib.find.conditions import showing
from facelib.find.shown import shown
from facelib.store.objects import Store
from facelib.store.published import Publication

IDS = [
    f"{video}.{number:06d}.0.00000000" for video in ("toy_one-0123456789", "toy_two-0123456789") for number in range(6)
]
HIDDEN = "toy_two-0123456789"


def row(table: str, **given: Any) -> dict[str, Any]:
    return {**dict.fromkeys(schema.TABLES[table]), **given}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Publication]:
    """A catalogue of twelve clips: every third shows another person, and one of the two videos is hidden."""
    store = Store(tmp_path_factory.mktemp("places"))
    with CatalogWriter(store.path("derived/catalog/a.duckdb"), None) as catalog:
        for number, clip_id in enumerate(IDS):
            ids = {"clip_id": clip_id, "video_id": clip_id.split(".")[0]}
            catalog.insert("clips", [row("clips", **ids, start_frame=number)])
            catalog.insert("verdicts", [row("verdicts", **ids, keep=number % 2 == 0)])
            catalog.insert("clip_people", [row("clip_people", **ids, person_id=f"person-{number % 3}")])
        for video in {clip_id.split(".")[0] for clip_id in IDS}:
            catalog.insert("uploads", [row("uploads", video_id=video, title=f"About {video}")])
        catalog.insert(
            "people", [row("people", person_id=f"person-{n}", name=f"P {n}", hidden=False) for n in range(3)]
        )
        catalog.insert("hidden_videos", [row("hidden_videos", video_id=HIDDEN)])
        counts = catalog.counts()
    return store, Publication(1, "derived/catalog/a.duckdb", "derived/index/a", "", "", (), counts)


@pytest.fixture(params=["scan", "places"])
def catalog(
    made: tuple[Store, Publication], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Catalog]:
    """The catalogue, with the ids of a table looked through, and with its places read at the first question."""
    if request.param == "places":
        monkeypatch.setattr(places, "LARGE", 1)
        monkeypatch.setattr(places, "SCANS", 0)
    with Catalog(*made) as opened:
        yield opened


def test_clips_are_found_by_id_and_what_is_not_there_is_left_out(catalog: Catalog) -> None:
    found = catalog.clips([IDS[8], IDS[0], IDS[8], "", "gone.000000.0.00000000", "' OR 1=1 --"])
    assert {clip_id: (one["start_frame"], one["title"]) for clip_id, one in found.items()} == {
        IDS[0]: (0, "About toy_one-0123456789"),
        IDS[8]: (8, "About toy_two-0123456789"),
    }
    assert sorted(catalog.clips(IDS)) == sorted(IDS)
    assert catalog.clips([]) == catalog.clips(["gone"]) == {}


def test_cards_say_the_same(catalog: Catalog) -> None:
    told = shown(catalog, IDS[:3])
    assert [(told[clip].person, told[clip].keep) for clip in IDS[:3]] == [("P 0", True), ("P 1", False), ("P 2", True)]


def test_a_person_narrows_and_what_is_hidden_stays_hidden(catalog: Catalog) -> None:
    of_one = ClipFilter(conditions=(showing(("person-1",)),))
    assert sorted(catalog.clip_ids(of_one, limit=9) or []) == [IDS[1], IDS[4]]
    assert catalog.clip_ids(of_one, limit=1) is None
    assert catalog.clip_ids(ClipFilter(conditions=(showing(("gone",)),)), limit=9) == []


def test_nothing_is_looked_for_among_hidden_videos_where_there_are_none(catalog: Catalog) -> None:
    assert "hidden_videos" in catalog.passing(ClipFilter())[0]
    catalog.__dict__["hides"] = False
    assert "hidden_videos" not in catalog.passing(ClipFilter())[0]


def test_a_catalogue_that_is_open_twice_is_shut_in_twice(made: tuple[Store, Publication]) -> None:
    with Catalog(*made) as one, Catalog(*made) as other:
        for catalog in (one, other, one):
            catalog.shut_in()
            with pytest.raises(duckdb.Error):
                catalog.rows("SELECT * FROM read_text('/etc/hostname')")


def test_places_are_read_when_a_large_table_was_asked_often(
    made: tuple[Store, Publication], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "LARGE", 12)
    with Catalog(*made) as catalog:
        read = places.Places(catalog._connection)
        asked = [read.among("clips", "clip_id", IDS[:1], rows=12)[0] for _ in range(places.SCANS + 1)]
        assert ["::BIGINT[]" in sql for sql in asked] == [False] * places.SCANS + [True]
        assert not any("::BIGINT[]" in read.among("uploads", "video_id", ["a"], rows=2)[0] for _ in range(5))
        monkeypatch.setattr(places, "FEW", 1)
        assert "::BIGINT[]" not in read.among("clips", "clip_id", IDS[:2], rows=12)[0]
