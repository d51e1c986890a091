"""VoxCeleb's folders of text files as a channel of videos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from facelib.errors import SourceError
from facelib.sources.base import Upload
from facelib.sources.faults import Fault
from facelib.sources.text_folder import TextFolderSource
from facelib.sources.voxceleb_file import read_names


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


class VoxCelebSource(TextFolderSource):
    """The videos of VoxCeleb's text files as a channel, each once.

    An upload's ``extra`` has ``identity``: the persons that are annotated in it, separated by a space.
    """

    kind = "voxceleb"

    def list_uploads(self) -> Iterator[Upload]:
        """One upload for each reference, in order of the files."""
        faults: list[Fault] = []
        persons: dict[str, dict[str, None]] = {}
        for path in voxceleb_files(self.folder):
            names, wrong = read_names(path, self.folder)
            faults += wrong
            if names is not None:
                persons.setdefault(names[1], {})[names[0]] = None
        self.bad_lines = faults
        for reference, identities in persons.items():
            yield self._upload(reference, {"identity": " ".join(identities)})
