"""The lists of duplicates as video-to-faces writes them."""

import csv
from pathlib import Path

import pytest

from facelib.catalog.reader import Catalog
from facelib.catalog.writer import CatalogWriter
from facelib.collection.duplicates.logs import COLUMNS, write_logs
from facelib.collection.duplicates.tables import update
from facelib.curate.duplicate_settings import DuplicateSettings
from facelib.store import layout, published
from facelib.store.objects import Store
from facelib.store.published import Publication
from tests.support.hashed_clips import Told, add_video

FIRST = [Told(f"a{n}", picture, 1, sound_at_s=9.0 * n, start_s=9.0 * n) for n, picture in enumerate((0, 3, 0xFFFFFF))]
SECOND = [Told("b0", 0xFFFF, 1)]


def store_of(folder: Path, videos: dict[str, list[Told]]) -> Store:
    """A store in which a catalogue of these videos is published."""
    store = Store(folder / "store")
    key = layout.catalog("toy")
    with CatalogWriter(store.path(key), None) as catalog:
        for name, clips in videos.items():
            add_video(catalog, name, clips)
        update(catalog, folder, {}, DuplicateSettings(), lambda: None)
        counts = catalog.counts()
    assert published.write(store, Publication(1, key, layout.index("toy"), "", "2026-01-05T00:00:00", (), counts))
    return store


def written(
    folder: Path, videos: dict[str, list[Told]], rule: str
) -> tuple[dict[str, int], dict[int, list[list[str]]]]:
    store = store_of(folder, videos)
    with Catalog(store) as catalog:
        counts = write_logs(store, catalog, folder / "out", rule=rule, settings=DuplicateSettings())  # type: ignore[arg-type]
    lists = {}
    for number, columns in COLUMNS.items():
        with (folder / "out" / f"log_dupes{number}.csv").open(newline="") as file:
            head, *lists[number] = csv.reader(file)
        assert head == list(columns)
    return counts, lists


def test_the_rules_of_video_to_faces(tmp_path: Path) -> None:
    counts, lists = written(tmp_path, {"a": FIRST, "b": SECOND}, "earlier")
    assert lists[1] == [
        ["a0.mp4", "", "", "False"],
        ["a1.mp4", "a0.mp4", "2", "True"],
        ["a2.mp4", "a0.mp4", "24", "False"],
        ["b0.mp4", "", "", "False"],
    ]
    assert lists[2] == [
        ["a0.mp4", "", "", "False"],
        ["a2.mp4", "a0.mp4", "24", "False"],
        ["b0.mp4", "a2.mp4", "8", "True"],
    ]
    assert lists[3] == []
    assert counts == {"log_dupes1": 1, "log_dupes2": 1, "log_dupes3": 0}


def test_what_the_catalogue_says(tmp_path: Path) -> None:
    again = [Told("c0", 1, 1, face_side=50)]
    counts, lists = written(tmp_path, {"a": FIRST, "c": again}, "kept")
    assert lists == {1: [], 2: [["c0.mp4", "a0.mp4", "1", "True"]], 3: []}
    assert counts == {"log_dupes1": 0, "log_dupes2": 1, "log_dupes3": 0}


@pytest.mark.parametrize("rule", ["kept", "earlier"])
def test_empty_lists_have_their_columns(tmp_path: Path, rule: str) -> None:

    counts, lists = written(tmp_path, {}, rule)
    assert set(counts.values()) == {0} and not any(lists.values())
