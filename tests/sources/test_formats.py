"""Which format is fetched: yt-dlp's own choice on made-up lists of formats."""

from collections.abc import Sequence
from threading import Thread
from typing import Any

import pytest

from facelib.ids import video_id
from facelib.sources.base import Upload
from facelib.sources.checked import open_ytdlp
from facelib.sources.hosts import HostPolicy
from facelib.sources.transfer import Transfer
from facelib.sources.ytdlp import DownloadSettings, format_order, options

URL = "https://example.org/v"
AVC, VP9, AV1, NONE = "avc1.640028", "vp09.00.40.08", "av01.0.08M.08", "none"
SOUND = [("aac", 0, NONE, "mp4a.40.2"), ("oga", 0, NONE, "opus")]


def chosen(
    formats: Sequence[tuple[str, int, str, str]], settings: DownloadSettings, wanted: int | None = None, **more: Any
) -> str:
    """The id of the format that is chosen among (id, height, video codec, sound codec)."""
    listed = [
        {"format_id": name, "height": height or None, "width": height * 16 // 9 or None, "vcodec": v, "acodec": a}
        | {"url": f"{URL}/{name}", "ext": "mp4", "tbr": 1 + len(name)}
        | more.get(name, {})
        for name, height, v, a in formats
    ]
    parameters = options(settings, format_sort=format_order(settings, wanted))
    with open_ytdlp(parameters, HostPolicy(URL)) as downloader:
        info = {"id": "v", "title": "v", "webpage_url": URL, "extractor": "t", "extractor_key": "T", "formats": listed}
        return str(downloader.process_video_result(info, download=False)["format_id"])


LADDER = [(f"{codec[:4]}-{height}", height, codec, NONE) for codec in (AVC, VP9) for height in (360, 720, 1080)]


@pytest.mark.parametrize(
    ("formats", "max_height", "wanted", "expected"),
    [
        pytest.param([*LADDER, *SOUND], 1080, None, "avc1-1080+aac", id="largest allowed, H.264 and AAC"),
        pytest.param([*LADDER, *SOUND], 900, None, "avc1-720+aac", id="largest below the limit"),
        pytest.param([*LADDER, *SOUND], 240, None, "avc1-360+aac", id="smallest above the limit"),
        pytest.param([*LADDER, ("big", 2160, VP9, NONE), *SOUND], 2160, None, "big+aac", id="height before codec"),
        pytest.param([("av1", 1080, AV1, NONE), ("h", 360, AVC, NONE), *SOUND], 1080, None, "h+aac", id="never AV1"),
        pytest.param([("av1", 1080, AV1, NONE), *SOUND], 1080, None, "av1+aac", id="AV1 where there is nothing else"),
        pytest.param([("av1", 720, AV1, "opus"), ("vp9", 360, VP9, "opus")], 1080, None, "vp9", id="in one file too"),
        pytest.param([*LADDER, SOUND[1]], 1080, None, "avc1-1080+oga", id="other sound"),
        pytest.param([("a", 360, AVC, "mp4a"), ("b", 720, AVC, "mp4a")], 1080, None, "b", id="sound in the same file"),
        pytest.param([*LADDER, *SOUND], 1080, 720, "avc1-720+aac", id="the height of the list"),
        pytest.param([*LADDER, *SOUND], 1080, 700, "avc1-720+aac", id="nearest above"),
        pytest.param([*LADDER, *SOUND], 1080, 400, "avc1-360+aac", id="nearest below"),
        pytest.param([*LADDER, *SOUND], 1080, 900, "avc1-720+aac", id="of two equally near the smaller"),
        pytest.param([*LADDER, ("x", 2160, VP9, NONE), *SOUND], 1080, 2160, "x+aac", id="above the limit if listed"),
        pytest.param([("u", 0, AVC, "mp4a"), ("v", 360, AVC, "mp4a")], 1080, 720, "v", id="unknown height last"),
    ],
)
def test_height_and_codec(
    formats: Sequence[tuple[str, int, str, str]], max_height: int, wanted: int | None, expected: str
) -> None:
    assert chosen(formats, DownloadSettings(max_height=max_height), wanted) == expected


def test_an_upright_upload_counts_by_its_smaller_side(settings: DownloadSettings) -> None:
    upright = {"big": {"width": 1080, "height": 1920}, "small": {"width": 608, "height": 1080}}
    formats = [("small", 1080, AVC, "mp4a"), ("big", 1920, AVC, "mp4a")]
    assert chosen(formats, settings, None, **upright) == "big"


def test_the_spoken_language_comes_before_the_codec(settings: DownloadSettings) -> None:
    dubbed = {"aac": {"language_preference": -5}, "oga": {"language_preference": 10}}
    assert chosen([*LADDER, *SOUND], settings, None, **dubbed) == "avc1-1080+oga"


def test_threads_do_not_choose_for_each_other(settings: DownloadSettings) -> None:
    found: dict[int, set[str]] = {360: set(), 1080: set()}

    def choose(height: int) -> None:
        for _ in range(8):
            found[height].add(chosen([*LADDER, *SOUND], settings, height))

    threads = [Thread(target=choose, args=(height,)) for height in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {360: {"avc1-360+aac"}, 1080: {"avc1-1080+aac"}}


@pytest.mark.parametrize(
    ("text", "height"),
    [("720", 720), ("714.0", 714), ("0", None), ("", None), ("tall", None), ("-1", None), ("1e999", None)],
)
def test_the_height_that_a_list_names(text: str, height: int | None) -> None:
    upload = Upload(video_id=video_id("e", "k"), extractor="e", key="k", url=URL, extra={"height": text})
    assert Transfer(upload).wanted_height == height
    assert Transfer(Upload(video_id="v", extractor="e", key="k", url=URL)).wanted_height is None
