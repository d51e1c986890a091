"""What one entry of a list stands for: a YouTube id, an address, or a media file."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from facelib.ids import video_id
from facelib.sources.base import Upload
from facelib.sources.checked import open_ytdlp
from facelib.sources.entries import upload_of
from facelib.sources.folder import path_of, upload_of_file
from facelib.sources.hosts import HostPolicy, host_of
from facelib.sources.ytdlp import DownloadSettings, options

YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
WATCH = "https://www.youtube.com/watch?v="
_YOUTUBE_HOST = re.compile(r"(.*\.)?(youtube\.com|youtube-nocookie\.com|youtu\.be)")
_BARE_YOUTUBE = re.compile(r"((www|m|music)\.)?(youtube\.com|youtu\.be)/", re.I)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_LOOKS_LIKE_A_FILE = re.compile(r"/|\\|^~|\.\w{2,5}$")


class NotAnItem(Exception):
    """An entry that stands for no upload; `reason` and `why` are those of a `BadLine`."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason, self.why = reason, why


class ItemReader:
    """Tells what entries of lists stand for, without asking any host.

    yt-dlp's own patterns tell whose an address is, so an upload has the same `video_id` in a list and in a channel.

    Args:
        folder: relative paths are relative to it.
        settings: the hosts that may be asked.

    Example:
        >>> ItemReader(Path("."), DownloadSettings()).upload("dQw4w9WgXcQ").url
        'https://www.youtube.com/watch?v=dQw4w9WgXcQ'
    """

    def __init__(self, folder: Path, settings: DownloadSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._policy = HostPolicy("", settings.allowed_hosts)

    @cached_property
    def _downloader(self) -> Any:
        return open_ytdlp(options(self._settings, cookiefile=None), self._policy)

    def upload(self, text: str) -> Upload:
        """The upload that `text` stands for: a file where one of that name exists, else a YouTube id, else an address.

        Raises:
            NotAnItem: it is none of these, the file is absent, or its host may not be asked.
        """
        text = text.strip()
        scheme = _SCHEME.match(text)
        if not is_address(text):
            return self._file_or_id(text)
        if scheme and scheme[1].lower() == "file":
            return self._file(path_of(text))
        upload = self.address(text)
        if not self._policy.allows(upload.url):
            why = f"the host {host_of(upload.url)!r} is not allowed; add it to FACELIB_DOWNLOAD__ALLOWED_HOSTS"
            raise NotAnItem("host_not_allowed", f"{why} if you trust it")
        return upload

    def address(self, text: str) -> Upload:
        """The upload of an http(s) address, whether or not its host may be asked.

        Raises:
            NotAnItem: it is no such address, or that of a channel or playlist.
        """
        url = _one_video(text if _SCHEME.match(text) else f"https://{text}")
        if urlsplit(url).scheme.lower() not in ("http", "https") or not host_of(url):
            raise NotAnItem("not_an_item", "it is no http(s) address")
        known = next(ie for ie in self._downloader._ies.values() if ie.suitable(url))
        key = str(known.ie_key())
        is_page_of_youtube = _YOUTUBE_HOST.fullmatch(host_of(url)) is not None and key not in ("Youtube", "YoutubeClip")
        if is_page_of_youtube or known._RETURN_TYPE == "playlist":
            raise NotAnItem("not_one_video", "it is no address of one video; list a channel or playlist by itself")
        entry = {"_type": "url", "url": url, "ie_key": key, "id": known.get_temp_id(url)}
        upload = upload_of(entry, url, self._downloader)
        if upload is None:
            raise NotAnItem("not_an_item", "it is no http(s) address")
        return upload

    def path(self, text: str) -> Path:
        """The path that an entry names; the file need not exist.

        Raises:
            NotAnItem: it can be no path, as it is too long or names the home of nobody.
        """
        try:
            path = self._folder / (Path(text).expanduser() if text.startswith("~") else text)
            path.is_file()
        except (OSError, ValueError, RuntimeError):
            raise NotAnItem("not_an_item", "it is neither a YouTube id, an address, nor a file") from None
        return path

    def _file_or_id(self, text: str) -> Upload:
        path = self.path(text)
        if text and path.is_file():
            return self._file(path)
        if YOUTUBE_ID.fullmatch(text):
            return youtube_upload(text)
        if path.is_dir():
            raise NotAnItem("not_an_item", "it is a folder; list a folder by itself")
        if _LOOKS_LIKE_A_FILE.search(text):
            raise NotAnItem("file_absent", f"there is no file {path}")
        raise NotAnItem("not_an_item", "it is neither a YouTube id, an address, nor a file")

    def _file(self, path: Path) -> Upload:
        if not path.is_file():
            raise NotAnItem("file_absent", f"there is no file {path}")
        return upload_of_file(path)


def youtube_upload(identifier: str) -> Upload:
    """The upload of a YouTube id, 11 letters, digits, `-` and `_`."""
    name = video_id("youtube", identifier)
    return Upload(video_id=name, extractor="youtube", key=identifier, url=WATCH + identifier)


def is_address(text: str) -> bool:
    """Whether a text is written as an address, which only its scheme or YouTube's name tells."""
    return _SCHEME.match(text) is not None or _BARE_YOUTUBE.match(text) is not None


def is_youtube(url: str) -> bool:
    """Whether an address, with or without its scheme, is one of YouTube's."""
    return bool(_BARE_YOUTUBE.match(url) or _YOUTUBE_HOST.fullmatch(host_of(url)))


def _one_video(url: str) -> str:
    """An address of a video within a playlist as that of the video alone."""
    try:
        parts = urlsplit(url)
        identifier = parse_qs(parts.query).get("v", [""])[0]
    except ValueError:  # a broken IPv6 address
        raise NotAnItem("not_an_item", "it is no http(s) address") from None
    if is_youtube(url) and parts.path == "/watch" and YOUTUBE_ID.fullmatch(identifier):
        return WATCH + identifier
    return url
