"""The folder of facial-scraper: clips with wav files beside them, and its table of 20 columns as CSV and pickle."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from shutil import rmtree
from typing import Any, ClassVar

from pydantic import Field

from facelib.export.format import Format, FormatSettings
from facelib.export.formats.lmdb import Lmdb
from facelib.export.item import Item
from facelib.export.options import ExportOptions
from facelib.export.scraper_names import block_name
from facelib.export.scraper_table import COLUMNS, write_scraper_table
from facelib.export.source_sound import SourceSound
from facelib.export.tables import described
from facelib.media.audio import SPEECH_RATE, write_wav


class FacialScraperSettings(FormatSettings):
    """Names, sound and LMDB."""

    scores_in_name: bool = Field(False, description="Whether times, sizes and scores are part of each file name.")
    native_sound: bool = Field(
        True, description="Whether wav files have the source's sample rate where it is kept; else 16 kHz."
    )
    lmdb: bool = Field(False, description="Whether the frames of each clip are also written as an LMDB.")
    lmdb_every: int = Field(2, ge=1, description="Frames of 1/25 s from one picture in an LMDB to the next.")
    root: str = Field("", description="Folder that file_original, lmdb_file and audio_file begin with.")


class FacialScraper(Format):
    """``[<split>/]<part>/<part>_block_<i>.mp4``, ``.wav`` and ``.lmdb``; ``ex-metadata.csv`` and ``ex-metadata.pkl``.

    A part is a video, so times and frames are those of the source: ``start_frame`` and ``end_frame`` (exclusive) count
    on its grid of 25 frames a second, ``start_time`` and ``end_time`` are seconds. ``..._relative`` are paths below the
    dataset's folder. ``clip_score`` is the inconsistency of the pictures, 0 for one look; it, ``hyperiqa`` and
    ``clipiqa+`` are NaN where they were not computed. ``--crop union`` cuts as facial-scraper does.
    """

    summary: ClassVar[str] = "clips with wav beside them, and facial-scraper's table as CSV and pickle"
    read_with: ClassVar[str] = "pandas.read_csv('ex-metadata.csv'); pandas.read_pickle('ex-metadata.pkl')"
    packages: ClassVar[tuple[str, ...]] = ("pandas", "lmdb")
    settings_type = FacialScraperSettings

    def __init__(self, options: ExportOptions) -> None:
        super().__init__(options)
        self._sound = SourceSound()

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """The files of each item."""
        return [self._write(item, folder) for item in items]

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """The table, twice."""
        write_scraper_table([row["columns"] for row in rows], folder)

    def _write(self, item: Item, folder: Path) -> dict[str, Any]:
        about = described(item)
        columns = dict.fromkeys(COLUMNS) | _measured(item, about)
        part, number = item.row["video_id"], item.row["number_in_video"]
        place = folder / item.split / part
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{block_name(part, number, columns if self.settings.scores_in_name else None)}.mp4"
        item.write_video(path)
        columns |= self._paths("file_original", "file_relative", path, folder)
        notes = [item.note]
        if (said := self._write_sound(item, path.with_suffix(".wav"))) is not None:
            columns |= self._paths("audio_file", "audio_relative", path.with_suffix(".wav"), folder)
            notes.append(said)
        if self.settings.lmdb:
            columns |= self._write_lmdb(item, path.with_suffix(".lmdb"), folder)
        return {**about, "note": "; ".join(note for note in notes if note), "columns": columns}

    def _write_sound(self, item: Item, path: Path) -> str | None:
        """Write the sound; returns what is to be said of it, and None where there is none."""
        native = self._sound.of(item) if self.settings.native_sound else None
        if native is not None:
            write_wav(path, *native)
            return ""
        samples = item.sound()
        if samples is None:
            return None
        write_wav(path, samples)
        gone = self.settings.native_sound and item.video.source is None
        return f"the source was let go: its sound has {SPEECH_RATE} Hz" if gone else ""

    def _write_lmdb(self, item: Item, path: Path, folder: Path) -> dict[str, Any]:
        settings = {"every": self.settings.lmdb_every, "sound": False}
        beside = path.with_name("lmdb")
        row = Lmdb(self.options.model_copy(update={"settings": settings})).write([item], beside)[0]
        (beside / row["file"]).rename(path)
        rmtree(beside)
        return {"lmdb_num_frames": row["stored_frames"], **self._paths("lmdb_file", "lmdb_relative", path, folder)}

    def _paths(self, named: str, relative: str, path: Path, folder: Path) -> dict[str, str]:
        below = path.relative_to(folder).as_posix()
        return {named: (PurePath(self.settings.root) / below).as_posix(), relative: below}


def _measured(item: Item, about: Mapping[str, Any]) -> dict[str, Any]:
    row = item.row
    start = int(row["start_frame"]) + item.first
    return {
        "start_frame": start,
        "end_frame": start + item.n_frames,
        "start_time": about["start_s"],
        "end_time": about["end_s"],
        "num_frames": item.n_frames,
        "width": about["width"],
        "height": about["height"],
        "original_duration": float(row["source_duration_s"]),
        "original_resolution": [int(row["source_width"]), int(row["source_height"])],
        "original_fps": float(row["source_fps"]),
        "clip_score": row["inconsistency"],
        "hyperiqa": row["hyperiqa"],
        "clipiqa+": row["clipiqa_plus"],
    }
