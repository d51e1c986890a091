"""HDTF's clips, cut from real videos that stand for the downloads."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import SettingsError
from facelib.media.audio import SAMPLES_PER_FRAME, read_speech
from facelib.reproduce.annotated import NotWritten
from facelib.reproduce.hdtf import HdtfOptions, hdtf_clips
from facelib.reproduce.landmarks import PublishedLandmarks
from facelib.reproduce.report import Row
from facelib.reproduce.run import reproduce
from facelib.store.objects import Store
from tests.reproduce.pictures import difference, frames_of, shown_in
from tests.reproduce.stores import downloaded, publish_clips, published_clip, see
from tests.support.hdtf_files import WATCH, write_hdtf

pytestmark = pytest.mark.media
KEY = "hamilton_00"
"""Stands for hamilton.mp4: 640 x 360 px, 29.97 frames/s, 9.18 s."""
CODEC = 4.0
"""Grey levels that compression may change on average."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def hamilton(store: Store, media_dir: Path) -> str:
    return downloaded(store, KEY, media_dir / "hamilton.mp4")


def lists(
    folder: Path, crops: Sequence[str | None], height: str = "360", times: Sequence[str] = ("00:01-00:02",)
) -> Path:
    """Lists of one video; ``crops`` by the index of the clip."""
    return write_hdtf(
        folder / "lists",
        WDA={
            "video_url": [f"Lin {WATCH}{KEY}"],
            "resolution": [f"Lin.mp4 {height}"],
            "annotion_time": [" ".join(["Lin.mp4", *times])],
            "crop_wh": [f"Lin_{index}.mp4 {crop}" for index, crop in enumerate(crops) if crop],
            "crop_ratio": [f"Lin_{index}.mp4 1.5" for index in range(len(times))],
        },
    )


def run(store: Store, folder: Path, **options: object) -> list[Row]:
    clips, _ = hdtf_clips(folder / "lists", HdtfOptions(**options), PublishedLandmarks(store))  # type: ignore[arg-type]
    return reproduce(store, clips, folder / "out", channel="hdtf:lists")


def test_a_given_rectangle_is_what_the_source_shows(
    store: Store, hamilton: str, media_dir: Path, tmp_path: Path
) -> None:
    lists(tmp_path, ["101 201 40 201"], times=["00:01-00:03"])
    (row,) = run(store, tmp_path, size=200)
    path = tmp_path / "out" / "WDA_Lin_000.mp4"
    assert (row.status, row.notes, row.frames, row.height, row.file) == ("written", "", 50, 360, path.name)
    assert (row.x1, row.y1, row.x2, row.y2) == (101, 40, 302, 241) and row.seconds == 2
    source = frames_of(media_dir / "hamilton.mp4", 25, 75)
    found = frames_of(path)
    assert len(found) == 50 and found[0].shape == (200, 200, 3)
    assert difference(found, shown_in(source, (101, 40, 302, 241), (200, 200))) < CODEC
    assert difference(found, shown_in(source, (111, 50, 312, 251), (200, 200))) > 2 * CODEC


def test_the_sound_is_that_of_the_frames(store: Store, hamilton: str, media_dir: Path, tmp_path: Path) -> None:
    lists(tmp_path, ["100 200 40 200"], times=["00:02-00:04"])
    run(store, tmp_path, size=64)
    found, whole = read_speech(tmp_path / "out" / "WDA_Lin_000.mp4"), read_speech(media_dir / "hamilton.mp4")
    assert found is not None and whole is not None and abs(len(found) - 50 * SAMPLES_PER_FRAME) <= 2048
    wanted = whole[50 * SAMPLES_PER_FRAME :][: 48 * SAMPLES_PER_FRAME].astype(float)
    assert np.corrcoef(found[: len(wanted)], wanted)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("crop", "height", "box", "notes"),
    [
        ("200 400 80 400", "720", (100, 40, 300, 240), "other_height"),
        ("50 100 20 100", "180", (100, 40, 300, 240), "other_height"),
        ("10 400 0 400", "360", (30, 0, 390, 360), "crop_moved"),
        ("500 200 -20 200", "360", (440, 0, 640, 200), "crop_moved"),
        ("100 200 40 180", "360", (100, 30, 300, 230), ""),
        ("20 800 0 800", "720", (30, 0, 390, 360), "other_height crop_moved"),
    ],
)
def test_rectangles_that_do_not_fit_as_they_are(
    crop: str,
    height: str,
    box: tuple[int, int, int, int],
    notes: str,
    store: Store,
    hamilton: str,
    media_dir: Path,
    tmp_path: Path,
) -> None:
    lists(tmp_path, [crop], height)
    (row,) = run(store, tmp_path, size=128)
    assert (row.status, row.notes) == ("written", notes) and (row.x1, row.y1, row.x2, row.y2) == box
    found = frames_of(tmp_path / "out" / row.file)
    source = frames_of(media_dir / "hamilton.mp4", 25, 50)
    assert difference(found, shown_in(source, box, (128, 128))) < CODEC


def test_the_index_of_the_annotation_stays(store: Store, hamilton: str, tmp_path: Path) -> None:
    times = ["00:00-00:01", "00:02-00:01", "00:03-00:04", "00:04-00:05"]
    lists(tmp_path, [None, "0 100 0 100", "0 100 0 100", "0 100 0 100"], times=times)
    rows = run(store, tmp_path, size=64)
    assert [(row.clip, row.status) for row in rows] == [
        ("WDA_Lin_000", "no_rectangle"),
        ("WDA_Lin_002", "written"),
        ("WDA_Lin_003", "written"),
    ]
    assert sorted(path.name for path in (tmp_path / "out").glob("*.mp4")) == ["WDA_Lin_002.mp4", "WDA_Lin_003.mp4"]


def test_a_height_is_assumed_only_when_asked(store: Store, hamilton: str, tmp_path: Path) -> None:
    lists(tmp_path, ["200 400 80 400"], "0")
    assert [row.status for row in run(store, tmp_path, size=64)] == ["no_height"]
    (row,) = run(store, tmp_path, size=64, assume_height=720)
    assert (row.status, row.x1, row.annotated_height) == ("written", 100, 720)


@pytest.mark.parametrize(
    ("times", "status", "frames", "notes"),
    [("00:08-00:12", "written", 30, "shorter"), ("00:30-00:40", "past_end", None, "")],
)
def test_a_video_that_ends_early(
    times: str, status: str, frames: int | None, notes: str, store: Store, hamilton: str, tmp_path: Path
) -> None:
    lists(tmp_path, ["100 200 40 200"], times=[times])
    (row,) = run(store, tmp_path, size=64)
    assert (row.status, row.frames, row.notes) == (status, frames, notes)
    assert len(list((tmp_path / "out").glob("*.mp4"))) == (status == "written")


def points_around(n: int, box: Sequence[float]) -> np.ndarray:
    """Landmarks that fill a box, (n, 68, 2)."""
    x1, y1, x2, y2 = box
    return np.stack([np.linspace(x1, x2, 68), np.linspace(y1, y2, 68)], axis=1)[None].repeat(n, 0).astype(np.float32)


def test_the_square_of_the_landmarks_is_that_of_the_largest_face(
    store: Store, hamilton: str, media_dir: Path, tmp_path: Path
) -> None:
    rows = [
        published_clip(store, hamilton, "small", (0, 60), (0, 0, 90, 90), 30, points_around(60, (5, 5, 30, 30))),
        published_clip(
            store, hamilton, "one", (20, 40), (200, 50, 400, 250), 90, points_around(20, (60, 50, 120, 110))
        ),
        published_clip(
            store, hamilton, "two", (40, 60), (210, 50, 400, 250), 90, points_around(20, (60, 60, 120, 110))
        ),
    ]
    publish_clips(store, hamilton, rows)
    lists(tmp_path, [None])
    (row,) = run(store, tmp_path, method="landmarks", size=96)
    # x 260..330, y 100..160 px of the source: side 70, times 1.5
    assert (row.status, row.notes) == ("written", "") and (row.x1, row.y1, row.x2, row.y2) == (242, 77, 348, 183)
    source = frames_of(media_dir / "hamilton.mp4", 25, 50)
    assert difference(frames_of(tmp_path / "out" / row.file), shown_in(source, (242, 77, 347, 182), (96, 96))) < CODEC


def test_missing_landmarks_say_the_way_on(store: Store, hamilton: str, tmp_path: Path) -> None:
    lists(tmp_path, [None], times=["00:01-00:02", "00:06-00:07", "00:03-00:04"])
    rows = run(store, tmp_path, method="landmarks")
    assert {row.status for row in rows} == {"landmarks_missing"} and "facelib ingest" in rows[0].message
    clips = [
        published_clip(store, hamilton, "none", (20, 60), (0, 0, 90, 90), 30, None),
        published_clip(store, hamilton, "half", (140, 165), (0, 0, 90, 90), 30, points_around(25, (5, 5, 30, 30))),
    ]
    publish_clips(store, hamilton, clips)
    rows = run(store, tmp_path, method="landmarks", size=64)
    assert [(row.status, row.notes) for row in rows] == [
        ("landmarks_missing", ""),
        ("written", "landmarks_partly crop_moved"),
        ("landmarks_missing", ""),
    ]
    assert "none" in rows[0].message and "no clip with a face" in rows[2].message
    with pytest.raises(NotWritten):
        PublishedLandmarks(store)("youtube_other-0000000000", 0, 10**13)


def test_only_the_subsets_that_are_wanted(store: Store, tmp_path: Path) -> None:
    lists(tmp_path, ["100 200 40 200"])
    assert run(store, tmp_path, subsets=("RD",)) == []
    see(store, KEY)
    assert [row.reason for row in run(store, tmp_path, subsets=("WDA", "RD"))] == ["not_tried"]


@pytest.mark.parametrize("options", [{"subsets": ("RD", "X")}, {"size": 511}, {"size": 0}])
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        HdtfOptions(**options)  # type: ignore[arg-type]
