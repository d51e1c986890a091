"""A folder of text files that name YouTube videos as a channel: what the published lists of talking faces share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from facelib.ids import channel_id
from facelib.sources.base import Downloaded, Progress, Source, Upload
from facelib.sources.download import fetch
from facelib.sources.faults import Fault
from facelib.sources.hosts import HostPolicy
from facelib.sources.list_items import youtube_upload
from facelib.sources.ytdlp import DownloadSettings


class TextFolderSource(Source):
    """The videos that a folder of text files names; a kind of it reads its own format.

    Args:
        folder: what holds the text files; it is needed for listing alone.
        settings: how to fetch, and which hosts may be asked: a folder has no host of its own.

    Attributes:
        bad_lines: what is wrong with the text files, once all uploads were listed.
    """

    def __init__(self, folder: Path, settings: DownloadSettings) -> None:
        self.folder = folder.expanduser().resolve()
        self.url = f"{self.kind}:{self.folder}"
        self.channel_id = channel_id(self.kind, self.folder.as_uri())
        self.title = self.folder.name
        self.bad_lines: Sequence[Fault] = ()
        self._settings = settings

    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """See `Source.download` and `facelib.sources.download.fetch`."""
        return fetch(upload, folder, self._settings, HostPolicy("", self._settings.allowed_hosts), progress)

    def _upload(self, identifier: str, extra: dict[str, str], title: str = "") -> Upload:
        """The upload of a YouTube id, as one of this channel."""
        return replace(
            youtube_upload(identifier),
            title=title,
            channel_id=self.channel_id,
            channel_title=self.title,
            extra=extra,
        )
