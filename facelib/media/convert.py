"""A video as tools for talking faces expect it: 25 frames a second, 16 kHz mono sound, numbered pictures."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

from facelib.errors import MediaError
from facelib.media.audio import Samples, map_speech, write_wav
from facelib.media.audio import cut as cut_sound
from facelib.media.crop import crop_yuv
from facelib.media.encode import ClipWriter
from facelib.media.grid import GRID_FPS, GridFrame, GridReader
from facelib.media.picture import to_bgr
from facelib.media.still import ImageKind, encoded


@dataclass(frozen=True)
class Converted:
    """What was written.

    Attributes:
        video: 25 fps mp4 with the sound in it.
        sound: 16 kHz mono wav of the same length; None for a source without sound.
        n_frames: frames of the video.
        pictures: folder of numbered pictures; None where none were wanted.
        n_pictures: how many.
    """

    video: Path
    sound: Path | None
    n_frames: int
    pictures: Path | None
    n_pictures: int


def convert(
    source: Path,
    folder: Path,
    *,
    pictures: ImageKind | None = None,
    step_s: float = 0.0,
    crf: int = 14,
    progress: Callable[[int], None] | None = None,
) -> Converted:
    """Write ``{stem}.mp4``, ``{stem}.wav`` and ``{stem}/000001.png`` ... of a video in one decode.

    All of them begin with the first picture and end with the last: wav and mp4 have exactly 640 samples a frame. Times
    come from timestamps, so that a source with a variable frame rate keeps its sync. Each appears when it is complete.

    Args:
        source: the video.
        folder: where to.
        pictures: format of the numbered pictures; None writes none.
        step_s: seconds between pictures; 0 writes every frame.
        crf: quality of H.264, 0 (lossless) to 51.
        progress: called with the number of frames written so far.

    Raises:
        MediaError: reasons of ``GridReader``; ``same_file`` where ``folder`` holds the source under that name;
            ``not_empty`` where the folder of the pictures holds anything else.
    """
    video, sound, stills = _places(source, folder)
    if pictures is not None and stills.exists() and not _only_pictures(stills):
        raise MediaError(f"{stills} holds other files", hint="name another folder", reason="not_empty")
    folder.mkdir(parents=True, exist_ok=True)
    partial, waiting = (folder / f".{source.stem}{suffix}.part" for suffix in (".mp4", ""))
    save = None if pictures is None else _Pictures(waiting, pictures, step_s)
    try:
        n_frames, samples = _write_video(source, partial, save, crf, progress)
        if save is not None:
            shutil.rmtree(stills, ignore_errors=True)
            waiting.replace(stills)
        if samples is not None:
            write_wav(sound, samples)
        partial.replace(video)
    finally:
        partial.unlink(missing_ok=True)
        shutil.rmtree(waiting, ignore_errors=True)
    return Converted(
        video=video,
        sound=None if samples is None else sound,
        n_frames=n_frames,
        pictures=None if save is None else stills,
        n_pictures=0 if save is None else save.n,
    )


def _places(source: Path, folder: Path) -> tuple[Path, Path, Path]:
    """Where video, sound and pictures go."""
    video, sound, stills = (folder / f"{source.stem}{suffix}" for suffix in (".mp4", ".wav", ""))
    if video.exists() and video.samefile(source):
        raise MediaError(f"{source.name} would replace itself", hint="name another folder", reason="same_file")
    return video, sound, stills


def _write_video(
    source: Path, path: Path, save: "_Pictures | None", crf: int, progress: Callable[[int], None] | None
) -> tuple[int, Samples | None]:
    """Write the mp4, and the pictures on the way; returns its number of frames, and its sound."""
    samples: Samples | None = None
    with GridReader(source) as reader:
        width, height = reader.width // 2 * 2, reader.height // 2 * 2
        with ClipWriter(path, width, height, crf=crf) as writer:
            for shown in reader:
                picture = crop_yuv(shown.frame, 0, 0, width, height, rotation=reader.rotation)
                for _ in range(shown.count):
                    writer.write(picture)
                if save is not None:
                    save.add(shown, reader.rotation)
                if progress is not None:
                    progress(writer.n_frames)
            speech = map_speech(source)
            if speech is not None:
                samples = cut_sound(speech, 0, writer.n_frames)
                writer.write_audio(samples)
    return writer.n_frames, samples


def _only_pictures(folder: Path) -> bool:
    return folder.is_dir() and all(re.fullmatch(r"\d{6}\.(png|jpg)", path.name) for path in folder.iterdir())


class _Pictures:
    """Numbered pictures of the frames that are wanted, in an empty folder."""

    def __init__(self, folder: Path, image: ImageKind, step_s: float) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self._folder, self._image = folder, image
        self._step = max(Fraction(1), Fraction(str(step_s)) * GRID_FPS)
        self.n = 0

    def add(self, shown: GridFrame, rotation: int) -> None:
        """Write the picture as often as it is wanted."""
        data: bytes | None = None
        while self._next() < shown.index + shown.count:
            if data is None:
                data = encoded(to_bgr(shown.frame, rotation=rotation), self._image)
            self.n += 1
            (self._folder / f"{self.n:06d}.{self._image}").write_bytes(data)

    def _next(self) -> int:
        """The grid frame that is the next picture."""
        return floor(self.n * self._step + Fraction(1, 2))
