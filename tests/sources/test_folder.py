"""A folder as a channel."""

import os
from pathlib import Path

import pytest

from facelib.sources.base import DownloadError, Upload
from facelib.sources.folder import FolderSource, path_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.MP4", "a/z.mkv", "a/.hidden.mp4", ".git/c.mp4", "d.mp4.part", "notes.txt", "é 1.mov"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (86399.0, 86399.0))
    return tmp_path


def test_media_files_are_listed_in_order_and_the_rest_is_not(folder: Path) -> None:
    uploads = list(FolderSource(folder).list_uploads())
    assert [u.title for u in uploads] == ["b", "é 1", "z"]
    assert {u.upload_day for u in uploads} == {"1970-01-01"} and uploads[0].timestamp == 86399.0
    assert all(u.extractor == "file" and u.key == u.url and u.channel_title == folder.name for u in uploads)
    assert list(FolderSource(folder).list_uploads()) == uploads


def test_a_file_is_used_in_place(folder: Path, tmp_path: Path) -> None:
    source = FolderSource(folder)
    calls: list[tuple[int, int | None]] = []
    for upload in source.list_uploads():
        got = source.download(upload, tmp_path / "out", lambda done, total: calls.append((done, total)))
        assert got.in_place and got.path.read_bytes() == b"x" and got.upload == upload
    assert calls == [(1, 1)] * 3 and not (tmp_path / "out").exists()


def test_a_file_whose_name_is_no_utf8(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\xff.mp4")
    (tmp_path / name).write_bytes(b"x")
    source = FolderSource(tmp_path)
    (upload,) = source.list_uploads()
    assert upload.title == "a\ufffd" and upload.url.endswith("/a%FF.mp4")
    assert path_of(upload.url) == tmp_path / name
    with pytest.raises(DownloadError, match="no UTF-8") as caught:
        source.download(upload, tmp_path)
    assert caught.value.reason == "unsupported"


def test_two_links_to_one_file_are_one_upload(folder: Path) -> None:
    (folder / "zz.mp4").symlink_to(folder / "b.MP4")
    (folder / "broken.mp4").symlink_to(folder / "nothing")
    assert len(list(FolderSource(folder).list_uploads())) == 3


@pytest.mark.parametrize(("content", "reason"), [(None, "gone"), (b"", "not_media")])
def test_a_file_that_changed_since_the_listing(folder: Path, content: bytes | None, reason: str) -> None:
    source = FolderSource(folder)
    upload = next(source.list_uploads())
    (folder / "b.MP4").unlink() if content is None else (folder / "b.MP4").write_bytes(content)
    with pytest.raises(DownloadError, match=r"b\.MP4") as caught:
        source.download(upload, folder)
    assert caught.value.reason == reason and not caught.value.retryable


def test_an_upload_survives_its_dictionary(folder: Path) -> None:
    upload = next(FolderSource(folder).list_uploads())
    assert Upload.from_dict(upload.to_dict()) == upload
    assert Upload.from_dict({**upload.to_dict(), "later_column": 1, "extra": None}) == upload
