"""Lists of ids, addresses and paths."""

from collections.abc import Callable
from pathlib import Path

import pytest

from facelib.errors import SourceError
from facelib.ids import video_id
from facelib.sources.base import DownloadError, Upload
from facelib.sources.exclusions import excluded_ids, exclusions
from facelib.sources.kinds import open_source
from facelib.sources.list_file import ListSource
from facelib.sources.list_report import BadLine, by_reason, shown
from facelib.sources.ytdlp import DownloadSettings
from tests.sources.conftest import make_clip
from tests.support.http_server import Answer, HttpServer

A, B, C = "dQw4w9WgXcQ", "-aBc_123456", "JGwWNGJdvx8"
Lists = Callable[..., ListSource]


@pytest.fixture
def listed(tmp_path: Path) -> Lists:
    def write(content: str | bytes, name: str = "videos.csv") -> ListSource:
        path = tmp_path / "a list" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return ListSource(path, DownloadSettings())

    return write


def taken(source: ListSource) -> list[tuple[str, str]]:
    return [(upload.extra["line"], upload.key) for upload in source.list_uploads()]


def left_out(source: ListSource) -> list[tuple[int, str]]:
    return [(bad.line, bad.reason) for bad in source.bad_lines]


@pytest.mark.parametrize(
    ("name", "content", "keys", "bad"),
    [
        ("a.csv", f"video_id\n{A}\n{B}\n", [("2", A), ("3", B)], []),
        ("a.csv", f"\ufeffvideo_id,title\r\n{A},one\r\n{B},two\r\n", [("2", A), ("3", B)], []),
        ("a.csv", f"\r\n\r\nVideo_ID ;n\r\n{A};1\r\n\r\n;\r\n{B};2", [("4", A), ("7", B)], []),
        ("a.tsv", f"index\tvideo_id\n0\t{A}\n", [("2", A)], []),
        ("a.txt", f"video_id\tindex\textracted\n{A}\t0\tFalse\n", [("2", A)], []),
        ("a.csv", f",video_id,x\n0,{A},1\n", [("2", A)], []),
        ("a.csv", f"url,video_id\nhttps://youtu.be/{A},{A}\n", [("2", A)], []),
        ("a.csv", f"url,video_id\nhttps://vimeo.com/12345678901,{A}\n", [("2", "12345678901")], []),
        ("a.csv", f"url\nhttps://www.youtube.com/watch?v={A}&list=PL1234567890123&index=2\n", [("2", A)], []),
        ("a.csv", f"url\nhttps://www.youtube.com/shorts/{A}\nyoutu.be/{B}\n", [("2", A), ("3", B)], []),
        ("a.csv", f'title,url\n"one, ""two""\nthree",https://youtu.be/{A}\nx,youtu.be/{B}\n', [("2", A), ("4", B)], []),
        ("a.csv", f"{A}\n{B}\n", [("1", A), ("2", B)], []),
        ("a.csv", f"{A},1,2\n", [("1", A)], []),
        ("a.txt", f"# mine\n{A}\n\n  {B}  \n", [("2", A), ("4", B)], []),
        ("a.txt", f"{A}\tWEBRip, 4k\n", [("1", A)], []),
        ("a.txt", f"https://vimeo.com/1\n{A}\n", [("1", "1"), ("2", A)], []),
        ("a.csv", f"video_id\n{A}\n{B}\n{A}\n{C}\n", [("2", A), ("3", B), ("5", C)], [(4, "duplicate")]),
        ("a.txt", f"{A}\nhttps://youtu.be/{A}?t=4\n", [("1", A)], [(2, "duplicate")]),
        ("a.csv", f"video_id\nshort\n{A}x\n{A}\n", [("4", A)], [(2, "not_an_item"), (3, "not_an_item")]),
        (
            "a.csv",
            f"video_id\nhttps://youtu.be/{A}\nyoutube.com/watch?v={B}\nhttps://www.youtube.com/@nasa\n",
            [("2", A), ("3", B)],
            [(4, "not_one_video")],
        ),
        ("a.csv", f"video_id,n\n,3\n{A},4\n", [("3", A)], [(2, "empty_value")]),
        ("a.csv", f"video_id,title\n{A},one, two\n{B},three\n", [("3", B)], [(2, "wrong_columns")]),
        ("a.csv", f"video_id,title\n{A},one,,\n{B}\n", [("2", A), ("3", B)], []),
        ("a.csv", f'video_id,t\n{A},"one\n{B},two\n{C},"x"y\n', [("3", B)], [(2, "bad_quotes"), (4, "bad_quotes")]),
        ("a.txt", f"{A}\nno/such file.mp4\nvideo.mp4\n", [("1", A)], [(2, "file_absent"), (3, "file_absent")]),
        (
            "a.txt",
            f"{A}\nwords of a line\nftp://example.org/a\n.\n",
            [("1", A)],
            [(n, "not_an_item") for n in (2, 3, 4)],
        ),
        ("a.txt", f"{A}\nhttp://[x\nhttps://\n", [("1", A)], [(2, "not_an_item"), (3, "not_an_item")]),
        ("a.txt", f"{A}\n{'x' * 5000}\n~nobody-at-all/a.mp4\n", [("1", A)], [(2, "not_an_item"), (3, "not_an_item")]),
        ("a.txt", f"{A}\nhttps://www.youtube.com/@nasa/videos\n", [("1", A)], [(2, "not_one_video")]),
        ("a.txt", f"{A}\nhttps://www.youtube.com/watch?v=short\n", [("1", A)], [(2, "not_one_video")]),
        ("a.txt", f"{A}\nhttps://vimeo.com/channels/staffpicks\n", [("1", A)], [(2, "not_one_video")]),
        ("a.txt", f"{A}\nhttps://example.org/talk.mp4\n", [("1", A)], [(2, "host_not_allowed")]),
    ],
)
def test_each_line_is_taken_or_named(
    listed: Lists, name: str, content: str, keys: list[tuple[str, str]], bad: list[tuple[int, str]]
) -> None:
    source = listed(content, name)
    assert taken(source) == keys
    assert left_out(source) == bad


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(listed: Lists, encoding: str) -> None:
    (upload,) = listed(f"video_id,title,Größe\n{A},Zoë,10 €\n".encode(encoding)).list_uploads()
    assert upload.title == "Zoë"
    assert upload.extra == {"video_id": A, "title": "Zoë", "größe": "10 €", "line": "2"}


def test_bytes_of_another_encoding_cost_their_line_only(listed: Lists) -> None:
    source = listed(f"video_id,title\n{A},Zoë\n{B},Zoe\n".encode("latin-1"))
    assert taken(source) == [("3", B)] and left_out(source) == [(2, "not_utf8")]
    assert "\ufffd" not in str(source.bad_lines[0].reason) and source.bad_lines[0].text.startswith(A)


@pytest.mark.parametrize(
    ("name", "content", "reason", "said"),
    [
        ("a.csv", b"", "list_empty", "is empty"),
        ("a.csv", b"\xef\xbb\xbf\r\n\r\n", "list_empty", "is empty"),
        ("a.csv", b"video_id,url\n", "list_empty", "is empty"),
        ("a.txt", b"# nothing yet\n", "list_empty", "is empty"),
        ("a.csv", b"name,when\nann,1\n", "wrong_columns", "it has 'name', 'when'"),
        ("a.csv", b"description,upload_date\nx,1\n", "wrong_columns", "it has 'description', 'upload_date'"),
        ("a.tsv", b"id\tn\nann\t1\n", "wrong_columns", "it has 'id', 'n'"),
        ("a.txt", b"one\ntwo words\n", "list_empty", r"no line of .* \(not_an_item: 2\); the first, line 1: .*: one"),
        ("a.csv", b"PK\x03\x04\0\0\0", "list_unreadable", "not a text file"),
    ],
)
def test_a_list_without_anything_to_take(listed: Lists, name: str, content: bytes, reason: str, said: str) -> None:
    source = listed(content, name)
    with pytest.raises(SourceError, match=said) as caught:
        list(source.list_uploads())
    assert caught.value.reason == reason and str(source.path) in str(caught.value)


def test_what_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder") as caught:
        list(ListSource(tmp_path, DownloadSettings()).list_uploads())
    assert caught.value.reason == "list_unreadable"
    with pytest.raises(SourceError, match=r"absent\.csv: No such file") as caught:
        list(ListSource(tmp_path / "absent.csv", DownloadSettings()).list_uploads())
    assert caught.value.reason == "list_unreadable"


def test_paths_are_relative_to_the_list_and_files_stay_in_place(listed: Lists, tmp_path: Path) -> None:
    folder = tmp_path / "a list"
    folder.mkdir()
    clip = make_clip(frames=2)
    for name in ("one, two; three.mp4", A):
        (folder / name).write_bytes(clip)
    (tmp_path / "outside.mp4").write_bytes(clip)
    absolute = (tmp_path / "outside.mp4").as_uri()
    source = listed(f"one, two; three.mp4\n../outside.mp4\n{absolute}\n{A}\n{B}\n", "paths.list")
    uploads = list(source.list_uploads())
    assert [u.title for u in uploads] == ["one, two; three", "outside", A, ""]
    assert left_out(source) == [(3, "duplicate")]
    assert [u.extractor for u in uploads] == ["file", "file", "file", "youtube"]
    got = source.download(uploads[0], tmp_path / "out")
    assert got.in_place and got.path == folder / "one, two; three.mp4" and not (tmp_path / "out").exists()
    again = open_source(source.url, DownloadSettings())
    assert (again.kind, again.channel_id, again.url) == ("list", source.channel_id, source.url)


def test_an_address_is_fetched_from_a_host_that_is_allowed(
    server: HttpServer, settings: DownloadSettings, tmp_path: Path, clips: list[bytes]
) -> None:
    server.routes["/talk.mp4"] = Answer(clips[0], "video/mp4")
    path = tmp_path / "videos.txt"
    path.write_text(server.url("/talk.mp4") + "\n")
    allowed = settings.model_copy(update={"allowed_hosts": ("127.0.0.1",)})
    source = ListSource(path, allowed)
    (upload,) = source.list_uploads()
    assert server.requests == [], "listing asks nobody"
    assert upload.key == server.url("/talk.mp4") and upload.video_id == video_id("generic", upload.key)
    assert source.download(upload, tmp_path / "out").path.read_bytes() == clips[0]
    with pytest.raises(DownloadError) as caught:
        ListSource(path, settings).download(upload, tmp_path / "out")
    assert caught.value.reason == "host_not_allowed"


def test_an_upload_has_the_id_that_a_channel_gives_it(listed: Lists) -> None:
    first = list(listed(f"https://youtu.be/{A}\nhttps://vimeo.com/123456\n", "a.txt").list_uploads())
    assert [u.video_id for u in first] == [video_id("youtube", A), video_id("vimeo", "123456")]
    assert isinstance(first[0], Upload) and first[0].channel_title == "a.txt"


def test_exclusion_lists_take_more_than_lists(tmp_path: Path) -> None:
    path = tmp_path / "done.txt"
    absent = tmp_path / "gone.mp4"
    own = video_id("youtube", C)
    path.write_text(f"{A}\nhttps://example.org/a.mp4?utm_source=x\ngone.mp4\n{own}\nnothing at all\n{A}\n")
    ids, bad = exclusions(path)
    wanted = {video_id("youtube", A), own, video_id("file", absent.as_uri())}
    assert ids == wanted | {video_id("generic", "https://example.org/a.mp4")}
    assert [(line.line, line.reason) for line in bad] == [(5, "not_an_item")]
    path.write_text("video_id\n")
    assert excluded_ids(path) == frozenset(), "a list that changed is read again"
    with pytest.raises(SourceError, match=r"absent\.txt"):
        excluded_ids(tmp_path / "absent.txt")


def test_reports_show_lines_safely() -> None:
    assert shown("a\tb\x1b[31m\udcff" + "x" * 300)[:12] == "a ⇥ b\ufffd[31m?" + "x"
    assert len(shown("x" * 300)) == 200
    assert by_reason([BadLine(1, "", "a", ""), BadLine(2, "", "b", ""), BadLine(3, "", "a", "")]) == {"a": 2, "b": 1}
