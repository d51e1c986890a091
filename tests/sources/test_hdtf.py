"""HDTF's lists: what is read, and what is wrong with them."""

from pathlib import Path

import pytest

from facelib.errors import SourceError
from facelib.ids import video_id
from facelib.sources.faults import BadRow
from facelib.sources.hdtf import HdtfList, HdtfSource, read_hdtf
from facelib.sources.hdtf_rows import checked_name, crop_of, interval_of, youtube_id
from facelib.sources.hdtf_subset import HdtfVideo
from facelib.sources.kinds import open_source
from facelib.sources.ytdlp import DownloadSettings
from tests.support.hdtf_files import IDS, RD, faulty_hdtf, write_hdtf


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> HdtfList:
    return read_hdtf(faulty_hdtf(tmp_path_factory.mktemp("hdtf")))


def video(listed: HdtfList, name: str) -> HdtfVideo:
    return next(video for video in listed.videos if video.name == name)


FAULTS = [
    ("WDA_video_url.txt", 1, "byte_order_mark"),
    ("WDA_video_url.txt", 2, "no_video_id"),
    ("WDA_video_url.txt", 5, "bad_name"),
    ("WDA_video_url.txt", 6, "no_url"),
    ("WDA_video_url.txt", 7, "repeated_video"),
    ("WDA_video_url.txt", 8, "not_utf8"),
    ("WDA_video_url.txt", 8, "no_video_id"),
    ("WDA_video_url.txt", 4, "no_times"),
    ("WDA_video_url.txt", 4, "no_height"),
    ("WDA_video_url.txt", 7, "no_height"),
    ("WDA_resolution.txt", 2, "bad_height"),
    ("WDA_resolution.txt", 3, "no_url"),
    ("WDA_annotion_time.txt", 2, "unreadable_time"),
    ("WDA_annotion_time.txt", 2, "empty_interval"),
    ("WDA_annotion_time.txt", 2, "no_rectangle"),
    ("WDA_annotion_time.txt", 2, "no_rectangle"),
    ("WDA_annotion_time.txt", 2, "no_ratio"),
    ("WDA_annotion_time.txt", 2, "no_ratio"),
    ("WDA_annotion_time.txt", 3, "no_ratio"),
    ("WDA_crop_wh.txt", 1, "crop_beyond_frame"),
    ("WDA_crop_wh.txt", 2, "no_time"),
    ("WDA_crop_wh.txt", 3, "unreadable_crop"),
    ("WDA_crop_wh.txt", 4, "empty_crop"),
    ("WDA_crop_wh.txt", 5, "no_url"),
    ("WDA_crop_wh.txt", 7, "repeated_key"),
    ("WDA_crop_wh.txt", 8, "bad_clip_key"),
    ("WDA_crop_ratio.txt", 2, "unreadable_ratio"),
    ("RD_video_url.txt", 5, "repeated_key"),
    ("RD_resolution.txt", 3, "bad_height"),
    ("RD_resolution.txt", 5, "several_heights"),
    ("RD_annotion_time.txt", 2, "no_rectangle"),
    ("RD_annotion_time.txt", 2, "no_ratio"),
    ("RD_annotion_time.txt", 3, "overlapping_times"),
    ("RD_annotion_time.txt", 3, "no_rectangle"),
    ("RD_annotion_time.txt", 3, "no_rectangle"),
    ("RD_annotion_time.txt", 3, "no_ratio"),
    ("RD_annotion_time.txt", 3, "no_ratio"),
    ("RD_annotion_time.txt", 4, "no_times"),
    ("RD_crop_ratio.txt", 3, "unreadable_ratio"),
    ("RD_crop_wh.txt", 3, "not_square"),
    ("WRA_video_url.txt", 0, "no_file"),
]


def test_each_fault_is_one_row_of_the_report(faulty: HdtfList) -> None:
    assert sorted((fault.file, fault.line, fault.reason) for fault in faulty.faults) == sorted(FAULTS)
    assert all(fault.why and fault.action for fault in faulty.faults)
    crop = next(fault for fault in faulty.faults if fault.reason == "crop_beyond_frame")
    assert crop.text == "Ann_0.mp4 389 776 0 776" and "776" in str(crop) and str(crop).startswith("WDA_crop_wh.txt, li")


def test_what_can_be_read_is_read(faulty: HdtfList) -> None:
    names = [f"{video.subset}_{video.name}" for video in faulty.videos]
    assert names == [*(f"RD_Radio{n}" for n in (1, 2, 3, 4)), "WDA_Ann", "WDA_Cid", "WDA_Dora", "WDA_Again"]
    assert [video.height for video in faulty.videos] == [720, 1080, None, None, 720, None, None, None]
    radio1 = video(faulty, "Radio1")
    assert radio1.key == IDS["Radio1"] and radio1.video_id == video_id("youtube", IDS["Radio1"])
    (clip,) = radio1.clips
    assert (clip.start_s, clip.end_s, clip.crop, clip.ratio) == (20, 95, (100, 20, 400, 400), 1.2)


def test_a_clip_keeps_the_index_of_the_annotation(faulty: HdtfList) -> None:
    radio2, cid = video(faulty, "Radio2"), video(faulty, "Cid")
    assert [(clip.index, clip.crop is None, clip.ratio) for clip in radio2.clips] == [
        (0, True, 1.0),
        (1, False, None),
        (2, False, 1.2),
    ]
    assert [radio2.clip_name(clip) for clip in radio2.clips][2] == "RD_Radio2_002"
    assert [(clip.index, clip.start_s, clip.end_s) for clip in cid.clips] == [(2, 30, 60), (3, 3660, 3670)]


def test_a_rectangle_that_is_no_square_becomes_one(faulty: HdtfList) -> None:
    assert video(faulty, "Radio2").clips[2].crop == (640, 20, 520, 520)


@pytest.mark.parametrize("kind", ["resolution", "annotion_time", "crop_wh", "crop_ratio"])
def test_a_missing_file_is_one_row_not_one_for_each_video(kind: str, tmp_path: Path) -> None:
    lists = {name: lines[:1] for name, lines in RD.items() if name != kind}
    listed = read_hdtf(write_hdtf(tmp_path, RD=lists))
    (fault,) = [fault for fault in listed.faults if fault.file.startswith("RD")]
    assert (fault.file, fault.line, fault.reason) == (f"RD_{kind}.txt", 0, "no_file")
    assert len(listed.videos) == 1 and len(listed.videos[0].clips) == (kind != "annotion_time")


@pytest.mark.parametrize("folder", ["empty", "absent"])
def test_a_folder_without_lists_is_named(folder: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=folder) as caught:
        read_hdtf(tmp_path / folder)
    assert caught.value.reason == "not_hdtf" and "RD_video_url.txt" in caught.value.hint


@pytest.mark.parametrize(
    ("field", "interval"),
    [
        ("00:30-02:50", (30, 170)),
        ("75:00-75:01", (4500, 4501)),
        ("1:00:05-1:00:06.5", (3605, 3606.5)),
        ("0:5-0:9", (5, 9)),
        ("00:61-02:00", "unreadable_time"),
        ("00:30–02:50", "unreadable_time"),
        ("00:30-24:00:00", (30, 86400)),
        ("00:30-24:00:00.1", "unreadable_time"),
        ("00:30-99999:00", "unreadable_time"),
        (f"00:30-{'9' * 400}:00", "unreadable_time"),
        (f"{'9' * 400}:00:30-01:00", "unreadable_time"),
        (f"00:30-01:00.{'9' * 400}", "unreadable_time"),
        ("-00:30", "unreadable_time"),
        ("", "unreadable_time"),
        ("02:00-02:00", "empty_interval"),
    ],
)
def test_times(field: str, interval: tuple[float, float] | str) -> None:
    if isinstance(interval, str):
        with pytest.raises(BadRow) as caught:
            interval_of(field)
        assert caught.value.reason == interval
    else:
        assert interval_of(field) == interval


@pytest.mark.parametrize(
    "url", ["?v=abcdefghijk", "https://youtu.be/abcdefghijk", "https://m.youtube.com/x?a=1&v=abcdefghijk"]
)
def test_addresses(url: str) -> None:
    assert youtube_id([url]) == "abcdefghijk"


@pytest.mark.parametrize("url", ["https://www.youtube.com/watch?v=short", "http://[::1/?v=abcdefghijk", "abcdefghijk"])
def test_addresses_without_a_video(url: str) -> None:
    with pytest.raises(BadRow, match="names no video"):
        youtube_id([url])


@pytest.mark.parametrize("name", ["../a", "a/b", "a\\b", ".a", "_a", "", "a" * 101, "a:b"])
def test_names_that_are_no_file_names(name: str) -> None:
    with pytest.raises(BadRow):
        checked_name(name)


@pytest.mark.parametrize(
    "fields", [[], ["1", "2", "3"], ["1", "2", "3", "4", "5"], ["1.5", "2", "3", "2"], ["1", "0", "3", "0"]]
)
def test_rectangles_that_are_none(fields: list[str]) -> None:
    with pytest.raises(BadRow):
        crop_of(fields)


def test_the_channel_has_each_video_once(tmp_path: Path) -> None:
    source = HdtfSource(faulty_hdtf(tmp_path / "HDTF_dataset"), DownloadSettings())
    listed = list(source.list_uploads())
    assert [upload.key for upload in listed] == [IDS[name] for name in ("Radio1", "Radio2", "Radio3", "Ann", "Cid")]
    assert listed[0].extra == {"subset": "RD", "name": "Radio1", "height": "720"}
    assert listed[2].extra == {"subset": "RD", "name": "Radio3"} and listed[0].extractor == "youtube"
    assert listed[0].url == f"https://www.youtube.com/watch?v={IDS['Radio1']}"
    assert len(source.bad_lines) == len(FAULTS)
    assert source.url == f"hdtf:{tmp_path.resolve()}/HDTF_dataset" and source.channel_id.startswith(
        "hdtf_hdtf_dataset-"
    )
    assert open_source(source.url, DownloadSettings()).channel_id == source.channel_id
