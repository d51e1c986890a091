"""Short films of moving faces whose every pixel, sample and box is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.ids import video_id
from facelib.media.audio import SAMPLES_PER_FRAME, SPEECH_RATE, Samples, read_speech
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr

WIDTH, HEIGHT = 192, 144
FACE_SIZE = (44, 52)
Point = tuple[float, float]


@dataclass(frozen=True)
class Face:
    """Somebody in a film.

    Args:
        person: clips of one person have nearly the same identity vector.
        start, end: centre of the face in the first and the last frame, px; it moves in a line.
        offset_frames: frames by which the sound leads, as SyncNet would find; None where it found nothing.
        segments: first and last frame of parts in sync, the last exclusive.
        landmarks: whether they were measured.
        size: width and height of its box, px.
    """

    person: str
    start: Point
    end: Point
    offset_frames: int | None = 0
    segments: tuple[tuple[int, int], ...] = ()
    landmarks: bool = True
    size: tuple[int, int] = FACE_SIZE

    def boxes(self, n_frames: int) -> NDArray[np.float64]:
        """(n, 4) where it is in each frame."""
        centre = np.linspace(self.start, self.end, n_frames)
        half = np.array(self.size) / 2
        return np.concatenate([centre - half, centre + half], axis=1)


@dataclass(frozen=True)
class Film:
    """An upload.

    Args:
        name: of its file.
        n_frames: its length, frames of 1/25 s.
        faces: those in view, all the time.
        sound: whether it has any.
        title: as a site tells it.
        licence: as a site tells it.
        source: a real video whose beginning it is, of 25 frames/s, with sound; made up where there is none.
        size: width and height, px.
    """

    name: str
    n_frames: int
    faces: tuple[Face, ...]
    sound: bool = True
    title: str = ""
    licence: str = ""
    source: Path | None = None
    size: tuple[int, int] = (WIDTH, HEIGHT)

    @property
    def video_id(self) -> str:
        """Its id."""
        return video_id("file", self.name)

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """Its frames, BGR."""
        if self.source is None:
            yield from (self.picture(number) for number in range(self.n_frames))
            return
        with GridReader(self.source, threads=1, stop=self.n_frames) as reader:
            for shown in reader:
                for _ in range(min(shown.count, self.n_frames - shown.index)):
                    yield to_bgr(shown.frame)

    def picture(self, number: int) -> NDArray[np.uint8]:
        """A made-up frame, BGR: red grows to the right and blue falls, a texture wanders, faces are ellipses."""
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
        wave = 24 * np.sin((x + 3 * number) / 7) * np.cos((y - 2 * number) / 9)
        picture = np.stack([220 - 180 * x / WIDTH, 90 + wave + 60 * y / HEIGHT, 30 + 190 * x / WIDTH], axis=-1)
        for face in self.faces:
            x1, y1, x2, y2 = face.boxes(self.n_frames)[number]
            inside = ((x - (x1 + x2) / 2) / (x2 - x1)) ** 2 + ((y - (y1 + y2) / 2) / (y2 - y1)) ** 2 < 0.25
            picture[inside] = (120 + 2 * (number % 20), 160, 225)
        return np.asarray(picture.clip(0, 255).round(), np.uint8)

    def samples(self) -> Samples:
        """Its sound: of the source, or a tone of its own that rises."""
        if self.source is not None:
            heard = read_speech(self.source)
            assert heard is not None
            return heard[: self.n_frames * SAMPLES_PER_FRAME]
        seconds = np.arange(self.n_frames * SAMPLES_PER_FRAME) / SPEECH_RATE
        pitch = 180 + 20 * len(self.name)
        return np.asarray(9000 * np.sin(2 * np.pi * (pitch + 120 * seconds) * seconds), np.int16)


FILMS = (
    Film(
        "anna_first.mp4",
        48,
        (Face("anna", (80, 70), (104, 76), 2, ((4, 24), (28, 44))),),
        title='Anna: the "first" talk, naïve; 第一',
        licence="CC BY 4.0",
    ),
    Film("anna_second.mp4", 40, (Face("anna", (96, 72), (96, 72), 0, ((0, 20),)),), title="Anna again"),
    Film("ben_silent.mp4", 36, (Face("ben", (70, 60), (80, 66), None),), sound=False, licence="CC BY-SA 4.0"),
    Film(
        "carla_and_dan.mp4",
        40,
        (Face("carla", (52, 70), (56, 74), -3), Face("dan", (140, 70), (136, 66), 0, landmarks=False)),
        title="Two people",
    ),
)


def write_source(film: Film, folder: Path) -> Path:
    """The file of a film."""
    path = folder / film.name
    with ClipWriter(path, *film.size, crf=10, preset="ultrafast") as writer:
        for picture in film.pictures():
            writer.write(picture)
        if film.sound:
            writer.write_audio(film.samples())
    return path
