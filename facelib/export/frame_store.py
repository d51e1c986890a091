"""What the formats that hold single frames share: which frames, their keys, and pictures and sound as bytes."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from facelib.export.format import FormatSettings
from facelib.export.item import Item
from facelib.media.audio import Samples, write_wav
from facelib.media.picture import Picture
from facelib.media.still import JPEG_QUALITY, ImageKind, encoded

ImageSetting = Annotated[ImageKind, Field(description="Encoding of the pictures: png (lossless) or jpg.")]


class PictureSettings(FormatSettings):
    """How pictures are encoded."""

    image: ImageSetting = "png"
    quality: int = Field(JPEG_QUALITY, ge=1, le=100, description="Quality of jpg, 1 to 100.")

    def encoded(self, picture: Picture) -> bytes:
        """A BGR picture as the bytes of a file; see :func:`facelib.media.still.encoded`."""
        return encoded(picture, self.image, self.quality)


class FrameStoreSettings(PictureSettings):
    """Which frames are stored, and how."""

    every: int = Field(2, ge=1, le=25, description="Every n-th frame is stored, from the first on; 1 stores all.")
    sound: bool = Field(True, description="Whether the sound is stored too, mono at 16 kHz.")


@dataclass(frozen=True)
class StoredFrame:
    """A frame that is stored.

    Attributes:
        key: its number among the stored frames, ten decimal digits.
        number: its number in the item.
        picture: BGR uint8.
    """

    key: str
    number: int
    picture: Picture


def stored_frames(item: Item, every: int) -> Iterator[StoredFrame]:
    """Every n-th frame of an item, from the first on."""
    for number, picture in enumerate(item.pictures()):
        if number % every == 0:
            yield StoredFrame(frame_key(number // every), number, picture)


def frame_key(index: int) -> str:
    """The key of a stored frame; keys sort as their numbers do.

    >>> frame_key(7)
    '0000000007'
    """
    return f"{index:010d}"


def grid_frames(item: Item, every: int) -> list[int]:
    """Where the stored frames lie in the source, frames of its grid of 1/25 s."""
    start = int(item.row["start_frame"])
    return [start + frame for frame in range(item.first, item.last, every)]


def wav_bytes(samples: Samples) -> bytes:
    """Mono int16 samples at 16 kHz as the bytes of a WAV file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        write_wav(path, samples)
        return path.read_bytes()
