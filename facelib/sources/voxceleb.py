"""VoxCeleb's folders of text files as a channel of videos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from facelib.errors import SourceError
from facelib.ids import channel_id, video_id
from facelib.sources.base import Downloaded, Progress, Source, Upload
from facelib.sources.download import fetch
from facelib.sources.faults import Fault
from facelib.sources.hosts import HostPolicy
from facelib.sources.voxceleb_file import read_names
from facelib.sources.ytdlp import DownloadSettings


def voxceleb_files(folder: Path) -> list[Path]:
    """The text files below a folder, sorted by path; hidden ones do not count.

    Raises:
        SourceError: `not_voxceleb` where there is none.
    """
    found = sorted(path for path in folder.rglob("*.txt") if path.is_file() and not path.name.startswith("."))
    if not found:
        raise SourceError(
            f"there are no text files in {folder}",
            hint="give the folder that holds VoxCeleb's txt files, such as txt/id10001/1zcIwhmdeo4/00001.txt",
            reason="not_voxceleb",
        )
    return found


class VoxCelebSource(Source):
    """The videos of VoxCeleb's text files as a channel, each once.

    An upload's ``extra`` has ``identity``: the persons that are annotated in it, separated by a space.

    Args:
        folder: what is above the text files.
        settings: how to fetch.

    Attributes:
        bad_lines: what is wrong with the headers, once all uploads were listed.
    """

    kind = "voxceleb"

    def __init__(self, folder: Path, settings: DownloadSettings) -> None:
        self.folder = folder.expanduser().resolve()
        self.url = f"voxceleb:{self.folder}"
        self.channel_id = channel_id(self.kind, self.folder.as_uri())
        self.title = self.folder.name
        self.bad_lines: list[Fault] = []
        self._settings = settings

    def list_uploads(self) -> Iterator[Upload]:
        """One upload for each reference, in order of the files."""
        self.bad_lines = []
        persons: dict[str, dict[str, None]] = {}
        for path in voxceleb_files(self.folder):
            names, faults = read_names(path, self.folder)
            self.bad_lines += faults
            if names is not None:
                persons.setdefault(names[1], {})[names[0]] = None
        for reference, identities in persons.items():
            yield Upload(
                video_id=video_id("youtube", reference),
                extractor="youtube",
                key=reference,
                url=f"https://www.youtube.com/watch?v={reference}",
                channel_id=self.channel_id,
                channel_title=self.title,
                extra={"identity": " ".join(identities)},
            )

    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """See `Source.download` and `facelib.sources.download.fetch`."""
        return fetch(upload, folder, self._settings, HostPolicy("", self._settings.allowed_hosts), progress)
