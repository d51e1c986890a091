"""Cuts the clips of a video: every window at once, in one decode of the source."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from facelib.media.audio import Samples, map_speech, write_wav
from facelib.media.audio import cut as cut_sound
from facelib.media.crop import crop_yuv
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridFrame, GridReader
from facelib.media.picture import to_bgr
from facelib.media.still import save_thumbnail
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
        threads: for decoding; 0 lets the codec choose.

    Returns:
        Whether the source has a sound stream; without one no wav is written and the mp4 is silent.
    """
    if not cuts:
        return False
    speech = map_speech(source)
    waiting = sorted(cuts, key=lambda cut: cut.window.start)
    live: list[_Open] = []
    with ExitStack() as stack:
        reader = stack.enter_context(
            GridReader(source, threads=threads, start=waiting[0].window.start, stop=max(c.window.end for c in cuts))
        )
        for shown in reader:
            while waiting and waiting[0].window.start < shown.index + shown.count:
                live.append(stack.enter_context(_Open(waiting.pop(0), folder, crf)))
            for clip in live:
                clip.write(shown, reader.rotation)
            for clip in live:
                if clip.cut.window.end <= shown.index + shown.count:
                    clip.finish(speech)
            live = [clip for clip in live if not clip.finished]
    return speech is not None


class _Open:
    """A clip that is being written; left without :meth:`finish`, its files are removed."""

    def __init__(self, cut: Cut, folder: Path, crf: int) -> None:
        self.cut = cut
        self.finished = False
        self._folder = folder
        self._writer = ClipWriter(cut.video(folder), *cut.window.size, crf=crf)

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._stack.enter_context(self._writer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def write(self, shown: GridFrame, rotation: int) -> None:
        window = self.cut.window
        first, last = max(shown.index, window.start), min(shown.index + shown.count, window.end)
        if first >= last:
            return
        picture = crop_yuv(shown.frame, *window.box, rotation=rotation)
        if first <= (window.start + window.end) // 2 < last:
            save_thumbnail(to_bgr(picture), self.cut.thumbnail(self._folder), side=THUMBNAIL_SIDE)
        for _ in range(first, last):
            self._writer.write(picture)

    def finish(self, speech: Samples | None) -> None:
        window = self.cut.window
        if speech is not None:
            samples = cut_sound(speech, window.start, window.end - window.start)
            self._writer.write_audio(samples)
            write_wav(self.cut.sound(self._folder), samples)
        self._stack.close()
        self.finished = True
