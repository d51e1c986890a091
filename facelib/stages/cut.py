"""Cuts the clips of a video: every window at once, in one decode of the source."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.media.audio import cut as cut_sound
from facelib.media.audio import read_speech, write_wav
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridFrame, GridReader
from facelib.media.picture import crop, save_thumbnail
from facelib.stages.window import Window

THUMBNAIL_SIDE = 224


@dataclass(frozen=True)
class Cut:
    """A clip to be cut: its id, its number among those that start at the same frame, its window."""

    clip_id: str
    number: int
    window: Window

    def video(self, folder: Path) -> Path:
        """Where its mp4 goes."""
        return folder / f"{self.clip_id}.mp4"

    def sound(self, folder: Path) -> Path:
        """Where its wav goes, if it has sound."""
        return folder / f"{self.clip_id}.wav"

    def thumbnail(self, folder: Path) -> Path:
        """Where the picture of its middle frame goes."""
        return folder / f"{self.clip_id}.jpg"

    def files(self, folder: Path) -> list[Path]:
        """Those of its files that exist."""
        return [path for path in (self.video(folder), self.sound(folder), self.thumbnail(folder)) if path.exists()]


def cut_clips(source: Path, cuts: Sequence[Cut], folder: Path, *, crf: int, threads: int) -> bool:
    """Write mp4, wav and thumbnail of each cut into ``folder``.

    Args:
        source: the video.
        cuts: what to cut; may overlap in time.
        folder: where to.
        crf: H.264 quality.
        threads: for decoding and encoding; 0 lets the codecs choose.

    Returns:
        Whether the source has a sound stream; without one no wav is written and the mp4 is silent.
    """
    if not cuts:
        return False
    speech = read_speech(source)
    waiting = sorted(cuts, key=lambda cut: cut.window.start)
    live: list[tuple[Cut, ClipWriter]] = []
    reader = GridReader(source, threads=threads, start=waiting[0].window.start, stop=max(c.window.end for c in cuts))
    with ExitStack() as stack:
        stack.enter_context(reader)
        for shown in reader:
            while waiting and waiting[0].window.start < shown.index + shown.count:
                cut = waiting.pop(0)
                writer = ClipWriter(cut.video(folder), *cut.window.size, crf=crf, threads=threads)
                live.append((cut, stack.enter_context(writer)))
            ended = [item for item in live if item[0].window.end <= shown.index + shown.count]
            for cut, writer in live:
                _write(shown, cut, writer, folder, reader.rotation)
            for cut, writer in ended:
                _finish(cut, writer, speech, folder)
            live = [item for item in live if item not in ended]
    return speech is not None


def _write(shown: GridFrame, cut: Cut, writer: ClipWriter, folder: Path, rotation: int) -> None:
    first, last = max(shown.index, cut.window.start), min(shown.index + shown.count, cut.window.end)
    if first >= last:
        return
    picture = crop(shown.frame, cut.window.box, rotation=rotation)
    for index in range(first, last):
        writer.write(picture)
        if index == (cut.window.start + cut.window.end) // 2:
            save_thumbnail(picture, cut.thumbnail(folder), side=THUMBNAIL_SIDE)


def _finish(cut: Cut, writer: ClipWriter, speech: NDArray[np.int16] | None, folder: Path) -> None:
    if speech is not None:
        samples = cut_sound(speech, cut.window.start, cut.window.end - cut.window.start)
        writer.write_audio(samples)
        write_wav(cut.sound(folder), samples, 16_000)
    writer.close()
