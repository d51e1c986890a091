from pathlib import Path

import numpy as np
import pandas
import pytest

from facelib.errors import SettingsError
from facelib.export.formats.hdtf import Hdtf, slug
from facelib.export.hdtf_lists import interval, write_hdtf_lists
from facelib.export.item import Item
from facelib.export.options import ExportOptions
from facelib.media.grid import GridReader
from facelib.sources.hdtf import read_hdtf
from tests.export.formats.exports import exported, files_in
from tests.support.export_items import Collection

KEYS = ("aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc", "ddddddddddd")


def on_youtube(collected: Collection, hdtf: Hdtf) -> list[Item]:
    """The items as if their videos were YouTube's."""
    items = collected.items(**hdtf.options.model_dump())
    about = [
        {"extractor": "youtube", "url": f"https://www.youtube.com/watch?v={KEYS[i.row['video_number'] - 1]}"}
        for i in items
    ]
    return [Item({**item.row, **more}, item.video, hdtf.options) for item, more in zip(items, about, strict=True)]


def test_our_lists_are_read_by_the_reader_of_hdtf(collected: Collection, tmp_path: Path) -> None:
    hdtf = Hdtf(ExportOptions(size=64, settings={"subset": "RD"}))
    items = on_youtube(collected, hdtf)
    rows = hdtf.write(items, tmp_path)
    hdtf.finish(rows, tmp_path)
    found = read_hdtf(tmp_path)
    overlap = [fault for fault in found.faults if fault.reason not in ("no_file", "overlapping_times", "no_ratio")]
    assert overlap == []
    assert [video.key for video in found.videos] == list(KEYS)
    clips = [(video, clip) for video in found.videos for clip in video.clips]
    for item, row, (video, clip) in zip(items, rows, clips, strict=True):
        assert (tmp_path / "clips" / f"{video.clip_name(clip)}.mp4").is_file()
        assert row["file"] == f"clips/{video.clip_name(clip)}.mp4"
        assert clip.start_s <= row["start_s"] < row["end_s"] <= clip.end_s
        assert clip.crop is not None and video.height == 144
        left, top, width, height = clip.crop
        assert width == height and left >= 0 and top >= 0 and left + width <= 192 and top + height <= 144
        x1, y1, x2, y2 = *item.boxes[:, :2].min(axis=0), *item.boxes[:, 2:].max(axis=0)
        assert left <= x1 and top <= y1 and left + width >= x2 and top + height >= y2
        points = item.source_landmarks
        assert (clip.ratio is None) == (points is None)
        if points is not None and clip.ratio is not None:
            assert clip.ratio == pytest.approx(width / np.ptp(points, axis=(0, 1)).max(), abs=1e-3)


def test_times_are_told_from_the_first_picture(collected: Collection, tmp_path: Path) -> None:
    hdtf = Hdtf(ExportOptions(size=64, settings={"subset": "RD"}))
    item = on_youtube(collected, hdtf)[0]
    item.row = {**item.row, "start_s": item.row["start_s"] + 3}  # as of a file whose timestamps begin at 3 s
    rows = hdtf.write([item], tmp_path)
    hdtf.finish(rows, tmp_path)
    (clip,) = read_hdtf(tmp_path).videos[0].clips
    assert rows[0]["start_s"] >= 3
    assert clip.start_s <= int(item.row["start_frame"]) / 25 < clip.start_s + 1


def test_clips_have_512_px_and_names_of_channel_and_video(collected: Collection, tmp_path: Path) -> None:
    where = "uploads.title = 'Two people'"
    folder = exported(collected, "hdtf", tmp_path / "out", where=where, limit=1)
    (path,) = (folder / "clips").iterdir()
    assert path.name == "Talks_carla-and-dan-mp4-f543e7edb3_000.mp4"
    with GridReader(path) as reader:
        assert (reader.width, reader.height, sum(shown.count for shown in reader)) == (512, 512, 40)
    assert pandas.read_csv(folder / "hdtf.csv")["width"].tolist() == [512]


@pytest.mark.parametrize(
    ("channel", "subset", "name", "given", "expected"),
    [
        ("hdtf_lists-0123456789", "WRA", "PeterKing1", "", ("WRA", "PeterKing1")),
        ("hdtf_lists-0123456789", "WRA", "PeterKing1", "WRA", ("WRA", "PeterKing1")),
        ("hdtf_lists-0123456789", "WRA", "PeterKing1", "RD", ("RD", None)),
        ("hdtf_lists-0123456789", "../../..", "evil", "", ("Talks", None)),
        ("hdtf_lists-0123456789", "WRA", "/tmp/evil", "", ("Talks", None)),
        # Lists of other kinds may give one name to many videos.
        ("list_people-0123456789", "RD", "Anna", "", ("Talks", None)),
    ],
)
def test_subset_and_name_of_a_video_of_the_lists(
    collected: Collection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    channel: str,
    subset: str,
    name: str,
    given: str,
    expected: tuple[str, str | None],
) -> None:
    known = {"channel_id": channel, "extra": {"subset": subset, "name": name}}
    monkeypatch.setattr("facelib.store.uploads.read_upload", lambda store, video_id: known)
    hdtf = Hdtf(ExportOptions(size=64, settings={"subset": given}))
    item = collected.items(**hdtf.options.model_dump())[0]
    row = hdtf.write([item], tmp_path / "out")[0]
    own = slug(item.video.video_id.partition("_")[2], 90)
    assert (row["subset"], row["name"]) == (expected[0], expected[1] or own)
    assert [path.parent for path in tmp_path.rglob("*.mp4")] == [tmp_path / "out" / "clips"]


def test_videos_of_one_name_replace_none_of_each_other(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"channel_id": "list_people-0123456789", "extra": {"subset": "RD", "name": "Anna"}}
    monkeypatch.setattr("facelib.store.uploads.read_upload", lambda store, video_id: known)
    folder = exported(collected, "hdtf", tmp_path / "out", size=64)
    assert len(list((folder / "clips").iterdir())) == 5


def test_an_index_without_a_clip_keeps_the_places_of_the_others(tmp_path: Path) -> None:
    about = {"subset": "RD", "name": "Anna", "url": "https://www.youtube.com/watch?v=aaaaaaaaaaa", "source_height": 720}
    clips = [
        {"index": n, "start_s": 10.0 * n, "end_s": 10.0 * n + 4.5, "crop": [0, 0, 300], "ratio": 1.2} for n in (1, 3)
    ]
    write_hdtf_lists([about | clip for clip in clips], tmp_path)
    (video,) = read_hdtf(tmp_path).videos
    assert [(c.index, c.start_s, c.end_s) for c in video.clips if c.crop] == [(1, 10.0, 15.0), (3, 30.0, 35.0)]


def test_equal_exports_have_equal_bytes(collected: Collection, tmp_path: Path) -> None:
    one, two = (exported(collected, "hdtf", tmp_path / name, size=64) for name in "ab")
    assert files_in(one) == files_in(two)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Café: News (2024)", "Cafe-News-2024"), ("第一", "x"), ("_a_b_", "a-b"), ("x" * 50, "x" * 40), ("", "x")],
)
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, 1.2, "00:00-00:02"), (59.9, 60, "00:59-01:00"), (6000, 6001.01, "100:00-100:02")]
)
def test_interval(start: float, end: float, expected: str) -> None:
    assert interval(start, end) == expected


@pytest.mark.parametrize("subset", ["a_b", "a/b", "x" * 41])
def test_subsets_that_cannot_be(subset: str) -> None:
    with pytest.raises(SettingsError, match="subset"):
        Hdtf(ExportOptions(settings={"subset": subset}))


@pytest.mark.parametrize(
    ("given", "crop", "size"),
    [
        ({}, "union", 512),
        ({"size": 256}, "union", 256),
        ({"crop": "follow"}, "follow", 0),
        ({"crop": "median"}, "median", 512),
    ],
)
def test_its_own_crop_where_none_is_named(given: dict[str, object], crop: str, size: int) -> None:
    options = Hdtf(ExportOptions.model_validate(given)).options
    assert (options.crop, options.size) == (crop, size)
