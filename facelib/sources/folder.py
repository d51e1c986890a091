"""A folder of media files as a channel. Nothing is copied: the files are read where they lie."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from facelib.errors import SourceError
from facelib.ids import channel_id, video_id
from facelib.sources.base import Downloaded, DownloadError, Progress, Source, Upload, utc_day, whole_text

MEDIA_EXTENSIONS = ("mp4", "mkv", "mov", "webm", "avi", "m4v", "mpg", "mpeg", "ts", "mts", "m2ts", "wmv", "flv", "ogv")


class FolderSource(Source):
    """The media files below a folder, sorted by path; or one file.

    An upload's day is the UTC day on which its file was last written.

    Args:
        path: a folder, or one media file, which is then listed whatever its extension.
        extensions: which files of a folder count, without the dot; case is ignored. Hidden ones do not count.
    """

    kind = "folder"

    def __init__(self, path: Path, extensions: Sequence[str] = MEDIA_EXTENSIONS) -> None:
        if not path.exists():
            raise SourceError(f"no such folder or file: {path}", hint="check the path", reason="channel_not_found")
        self.path = path.resolve()
        self.url = self.path.as_uri()
        self.channel_id = channel_id(self.kind, self.url)
        self.title = whole_text(self.path.name)
        self._suffixes = {f".{extension.lower().lstrip('.')}" for extension in extensions}

    def list_uploads(self) -> Iterator[Upload]:
        """One upload for each media file; two links to one file are one upload."""
        seen: set[str] = set()
        for path in [self.path] if self.path.is_file() else self._files():
            try:
                upload = upload_of_file(path)
            except FileNotFoundError:  # taken away since the folder was read
                continue
            if upload.video_id not in seen:
                seen.add(upload.video_id)
                yield replace(upload, channel_id=self.channel_id, channel_title=self.title)

    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """The file where it lies, with `in_place` set; `folder` stays untouched."""
        return in_place(upload, progress)

    def _files(self) -> Iterator[Path]:
        try:
            for root, folders, names in os.walk(self.path, onerror=_raise):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(names):
                    path = Path(root, name)
                    if not name.startswith(".") and path.suffix.lower() in self._suffixes and path.is_file():
                        yield path
        except OSError as error:
            raise SourceError(f"cannot read the folder {self.path}: {error}", reason="channel_unreadable") from error


def upload_of_file(path: Path) -> Upload:
    """The upload that a media file is; its day is the UTC day on which it was last written.

    Raises:
        OSError: it is not there.
    """
    real = path.resolve()
    written = real.stat().st_mtime
    uri = real.as_uri()
    return Upload(
        video_id=video_id("file", uri),
        extractor="file",
        key=uri,
        url=uri,
        title=path.stem,
        timestamp=written,
        upload_day=utc_day(written),
    )


def path_of(url: str) -> Path:
    """The path that a `file://` URL stands for, also where its name is no UTF-8."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(url).path)))


def in_place(upload: Upload, progress: Progress | None = None) -> Downloaded:
    """The file of an upload of `upload_of_file`, where it lies, with `in_place` set.

    Raises:
        DownloadError: `gone`, `not_media` where it is empty, `unsupported` where its name is no UTF-8, `local_io`.
    """
    started = time.monotonic()
    path = path_of(upload.url)
    if whole_text(str(path)) != str(path):
        message = f"the name of the file {whole_text(str(path))} is no UTF-8"
        raise DownloadError(message, hint="rename it, and list the folder again", reason="unsupported")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise DownloadError(f"the file {path} is gone", hint="list the folder again", reason="gone") from None
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {error.strerror}", reason="local_io") from error
    if size == 0:
        raise DownloadError(f"the file {path} is empty", reason="not_media")
    if progress:
        progress(size, size)
    day = upload.upload_day or utc_day(path.stat().st_mtime)
    resolved = replace(upload, upload_day=day)
    return Downloaded(path=path, upload=resolved, seconds=time.monotonic() - started, in_place=True)


def _raise(error: OSError) -> None:
    raise error
