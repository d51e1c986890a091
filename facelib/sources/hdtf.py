"""HDTF's lists of talking faces: five text files for each of the subsets RD, WDA and WRA.

Format and data: https://github.com/MRzzm/HDTF. Everything that is wrong with the files is reported as a row, and costs
only what it is about: a clip keeps the index that the annotation gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from facelib.errors import SourceError
from facelib.sources.base import Upload
from facelib.sources.faults import Fault
from facelib.sources.hdtf_subset import CROPS, HEIGHTS, RATIOS, TIMES, URLS, HdtfVideo, Subset, file_name
from facelib.sources.text_folder import TextFolderSource

SUBSETS = ("RD", "WDA", "WRA")


@dataclass(frozen=True)
class HdtfList:
    """The videos of a folder of HDTF files, and what is wrong with the files."""

    videos: tuple[HdtfVideo, ...]
    faults: tuple[Fault, ...]


def read_hdtf(folder: Path) -> HdtfList:
    """Read the HDTF files in a folder.

    Raises:
        SourceError: `not_hdtf` where none of the files is there.

    Example:
        >>> read_hdtf(Path("HDTF_dataset")).videos[0].clips[0].start_s  # doctest: +SKIP
        20.0
    """
    names = {path.name for path in folder.glob("*.txt")} if folder.is_dir() else set()
    kinds = (URLS, HEIGHTS, TIMES, CROPS, RATIOS)
    if not names & {file_name(subset, kind) for subset in SUBSETS for kind in kinds}:
        raise SourceError(
            f"there are no HDTF lists in {folder}",
            hint=f"give the folder that holds {file_name('RD', URLS)} and the files beside it",
            reason="not_hdtf",
        )
    faults: list[Fault] = []
    videos: list[HdtfVideo] = []
    seen: dict[str, str] = {}
    for subset in SUBSETS:
        reader = Subset(folder, subset, faults, seen)
        if reader.has(URLS):
            videos += reader.videos()
        else:
            faults.append(
                Fault.of(file_name(subset, URLS), 0, "", "no_file", "there is no such file", "subset left out")
            )
    return HdtfList(tuple(videos), tuple(faults))


class HdtfSource(TextFolderSource):
    """The videos of HDTF's lists as a channel, each once.

    An upload's ``extra`` has ``subset``, ``name`` and, where it is known, ``height``: the height of the frame, px, that
    the annotation is made for.
    """

    kind = "hdtf"

    def list_uploads(self) -> Iterator[Upload]:
        """One upload for each video that has an interval; `bad_lines` then tells what is wrong with the lists."""
        seen: set[str] = set()
        listed = read_hdtf(self.folder)
        self.bad_lines = listed.faults
        for video in listed.videos:
            if video.clips and video.video_id not in seen:
                seen.add(video.video_id)
                height = {} if video.height is None else {"height": str(video.height)}
                yield self._upload(video.key, {"subset": video.subset, "name": video.name, **height}, video.name)
