"""The tables of duplicates: what becomes of like clips in a catalogue, whatever the order they come in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.writer import CatalogWriter
from facelib.collection.duplicates import similar_clips
from facelib.collection.duplicates.similar_clips import SimilarClips
from facelib.collection.duplicates.tables import update
from facelib.curate.duplicate_settings import DuplicateSettings
from facelib.media.picture_hash import mirrored
from tests.support.hashed_clips import Told, add_video

FACE, OTHER_FACE = 0x00183C3C7E7E3C1F, 0xFFE7C30000C3E7F0
DERIVED = ("compared", "sound_words", "similar_clips", "duplicates", "duplicate_uploads")
VIDEOS: dict[str, list[Told]] = {
    "source": [Told("s0", FACE, 1), Told("s1", OTHER_FACE, 2, start_s=20.0), Told("s2", FACE, 9, start_s=40.0)],
    "again": [Told("a0", FACE ^ 5, 1, face_side=100), Told("a1", OTHER_FACE, 2, start_s=20.0, face_side=100)],
    "mirror": [Told("m0", mirrored(FACE), 1, start_s=3.0, face_side=120)],
    "cut": [Told("c0", FACE, 2, sound_at_s=2.0, seconds=3.0)],
    "mute": [Told("q0", FACE, seconds=6.1, face_side=90), Told("q1", FACE, seconds=9.0, start_s=30.0)],
    "else": [Told("e0", FACE, 7), Told("e1", 0x0F0F0F0F0F0F0F0F, 8, start_s=9.0)],
}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogWriter]:
    with CatalogWriter(tmp_path / "catalog.duckdb", None) as catalog:
        yield catalog


def run(catalog: CatalogWriter, **settings: Any) -> dict[str, int]:
    return update(catalog, Path("nowhere"), {}, DuplicateSettings(**settings), lambda: None)


def fill(catalog: CatalogWriter, *names: str) -> None:
    for name in names or VIDEOS:
        add_video(catalog, name, VIDEOS[name])


def duplicates(catalog: CatalogWriter) -> dict[str, tuple[Any, ...]]:
    rows = catalog.query("SELECT clip_id, kept_clip_id, stage, difference, mirrored FROM duplicates ORDER BY ALL")
    return {row[0]: row[1:] for row in rows}


def everything(catalog: CatalogWriter) -> dict[str, list[tuple[Any, ...]]]:
    return {table: catalog.query(f"SELECT * FROM {table} ORDER BY ALL") for table in DERIVED}


def test_what_is_found(catalog: CatalogWriter) -> None:
    fill(catalog)
    assert run(catalog)["compared"] == 11
    assert duplicates(catalog) == {
        "a0": ("s0", 2, 2.0, False),
        "a1": ("s1", 2, 0.0, False),
        "m0": ("s0", 2, 0.0, True),
        "q0": ("e0", 2, 0.0, False),
    }
    uploads = catalog.query(
        "SELECT video_id, kept_video_id, kind, shift_s, overlap_s FROM duplicate_uploads ORDER BY 1"
    )
    assert ("again", "source", "re_encoded", 0.0, 12.0) in uploads
    assert ("mirror", "source", "mirrored", -3.0, 6.0) in uploads
    assert ("cut", "source", "sound_only", 22.0, 3.0) in uploads


def test_one_camera_makes_no_duplicates(catalog: CatalogWriter) -> None:
    """Takes of one speaker look alike; what is said differs."""
    add_video(catalog, "talk", [Told(f"t{n}", FACE, 20 + n, start_s=8.0 * n) for n in range(6)])
    run(catalog)
    assert duplicates(catalog) == {}
    run(catalog, sound="ignore")
    assert duplicates(catalog) == {f"t{n}": ("t0", 1, 0.0, False) for n in range(1, 6)}


def test_in_any_order_it_comes_to_the_same(catalog: CatalogWriter, tmp_path: Path) -> None:
    fill(catalog)
    run(catalog)
    at_once = everything(catalog)
    with CatalogWriter(tmp_path / "other.duckdb", None) as other:
        for name in reversed(VIDEOS):
            fill(other, name)
            run(other)
        assert everything(other) == at_once
    assert run(catalog)["compared"] == 0
    assert everything(catalog) == at_once


def test_what_goes_leaves_nothing(catalog: CatalogWriter) -> None:
    fill(catalog, "again", "mirror", "else")
    run(catalog)
    before = everything(catalog)
    fill(catalog, "source")
    run(catalog)
    assert duplicates(catalog)["a0"][0] == "s0"
    catalog.replace_videos(["source"], {})
    catalog.delete("uploads", "video_id", ["source"])
    run(catalog)
    assert everything(catalog) == before


def test_a_new_commit_is_compared_again(catalog: CatalogWriter) -> None:
    fill(catalog, "source", "again")
    run(catalog)
    add_video(catalog, "again", [Told("a0", FACE, 33)], commit="2")
    assert run(catalog) == {"compared": 1, "duplicates": 0, "duplicate_uploads": 0}


@pytest.mark.parametrize(
    ("settings", "compared", "found"),
    [
        ({"hash_distance": 1}, 6, {"m0"}),
        ({"hash_distance": -1}, 6, set()),
        ({"min_overlap_s": 7.0}, 6, set()),
        ({"cover": 1.0, "keep": "earlier"}, 0, {"s0", "s1", "m0"}),
        ({"upload_share": 1.0}, 0, {"a0", "a1", "m0"}),
    ],
)
def test_settings(catalog: CatalogWriter, settings: dict[str, Any], compared: int, found: set[str]) -> None:
    fill(catalog, "source", "again", "mirror")
    run(catalog)
    assert run(catalog, **settings)["compared"] == compared
    assert found <= set(duplicates(catalog)) and (found or not duplicates(catalog))


def test_the_earlier_one_is_kept_where_that_is_wanted(catalog: CatalogWriter) -> None:
    add_video(catalog, "new", [Told("n", FACE, 1, face_side=400)], day="2026-03-01", width=1920, height=1080)
    add_video(catalog, "old", [Told("o", FACE, 1, face_side=100)], day="2026-01-01")
    for keep, clip, upload in (("quality", "n", "new"), ("earlier", "o", "old")):
        run(catalog, keep=keep)
        assert [row[0] for row in duplicates(catalog).values()] == [clip]
        assert catalog.query("SELECT kept_video_id, kind FROM duplicate_uploads") == [(upload, "rescaled")]


def test_a_part_stands_for_no_whole(catalog: CatalogWriter) -> None:
    add_video(catalog, "long", [Told("l", FACE, 1, seconds=10.0, face_side=100)])
    add_video(catalog, "short", [Told("s", FACE, 1, sound_at_s=4.0, seconds=4.0, face_side=300)])
    run(catalog)
    assert duplicates(catalog) == {}
    run(catalog, cover=0.3)
    assert duplicates(catalog) == {"l": ("s", 2, 0.0, False)}


def test_chains_by_both_rules(catalog: CatalogWriter) -> None:
    """Five pictures in steps of 8 bits, as one shows the next."""
    for n in range(5):
        add_video(catalog, f"v{n}", [Told(f"c{n}", (1 << 8 * n) - 1)], day=f"2026-01-0{n + 1}", has_audio=False)
    run(catalog)
    assert {clip: row[0] for clip, row in duplicates(catalog).items()} == {"c1": "c0", "c3": "c2"}
    run(catalog, rule="earlier")
    assert {clip: row[0] for clip, row in duplicates(catalog).items()} == {f"c{n}": f"c{n - 1}" for n in range(1, 5)}


@pytest.mark.parametrize("parts", [1, 3])
def test_a_still_scene_of_many_clips_makes_no_row_for_each_two(
    catalog: CatalogWriter, monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    monkeypatch.setattr(similar_clips, "BATCH", 50)
    names = [f"c{n:03d}" for n in range(90)]
    for part in range(parts):
        # The best one is none of those that stand for the others.
        told = [Told(name, FACE, face_side=400.0 if name == "c077" else 200.0) for name in names[part::parts]]
        add_video(catalog, f"v{part}", told, has_audio=False)
        run(catalog)
    add_video(catalog, "near", [Told("x", FACE ^ 3)], has_audio=False)
    run(catalog)
    ((rows,),) = catalog.query("SELECT count(*) FROM similar_clips")
    assert rows < 30 * len(names)
    assert {clip: row[0] for clip, row in duplicates(catalog).items()} == dict.fromkeys([*names[1:], "x"], "c000")


@pytest.mark.parametrize(("limit", "pairs"), [(4, 0), (5, 10)])
def test_a_jingle_that_many_clips_share_finds_nothing(
    catalog: CatalogWriter, monkeypatch: pytest.MonkeyPatch, limit: int, pairs: int
) -> None:
    monkeypatch.setattr(similar_clips, "COMMON", limit)
    for n in range(5):
        add_video(catalog, f"v{n}", [Told(f"c{n}", FACE, 1)])
    run(catalog)
    assert catalog.query("SELECT count(*) FROM similar_clips") == [(pairs,)]


def test_pairs_are_written_as_they_are_found_and_each_once(
    catalog: CatalogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar_clips, "BATCH", 10)
    written = []

    def found() -> Iterator[dict[str, Any]]:
        for n in [*range(40), *range(40)]:
            written.append(catalog.query("SELECT count(*) FROM similar_clips")[0][0])
            pair = {"clip_id": f"a{n}", "other_id": f"b{n}", "same_video": False, "difference": 0, "mirrored": False}
            yield pair | {"sound_error": None, "distance": None, "shift_s": 0.0, "overlap_s": 1.0}

    search = SimilarClips(catalog, DuplicateSettings(), lambda clips: {}, "cosine", -1.0, lambda: None)
    search._write(found())
    assert written == [min(40, n // 10 * 10) for n in range(80)]
    assert catalog.query("SELECT count(*) FROM similar_clips") == [(40,)]


@pytest.mark.parametrize("rule", ["kept", "earlier"])
@pytest.mark.parametrize("clips", [0, 1])
def test_little(catalog: CatalogWriter, rule: str, clips: int) -> None:
    if clips:
        fill(catalog, "mirror")
    assert run(catalog, rule=rule) == {"compared": clips, "duplicates": 0, "duplicate_uploads": 0}
