"""What the formats that hold single frames share: which frames, their keys, and pictures and sound as bytes."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
from pydantic import Field

from facelib.errors import MediaError
from facelib.export.format import FormatSettings
from facelib.export.item import Item
from facelib.media.audio import Samples, write_wav
from facelib.media.picture import Picture

ImageKind = Literal["png", "jpg"]


class FrameStoreSettings(FormatSettings):
    """Which frames are stored, and how."""

    every: int = Field(2, ge=1, le=25, description="Every n-th frame is stored, from the first on; 1 stores all.")
    image: ImageKind = Field("png", description="Encoding of the frames: png (lossless) or jpg.")
    quality: int = Field(95, ge=1, le=100, description="Quality of jpg, 1 to 100.")
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


def encoded(picture: Picture, image: ImageKind = "png", quality: int = 95) -> bytes:
    """A BGR picture as the bytes of an image file, whose colours are right in every reader.

    Raises:
        MediaError: reason ``no_image`` when it cannot be encoded.
    """
    parameters = [cv2.IMWRITE_JPEG_QUALITY, quality] if image == "jpg" else []
    done, data = cv2.imencode(f".{image}", picture, parameters)
    if not done:
        raise MediaError(f"a picture of shape {picture.shape} cannot be stored as {image}", reason="no_image")
    return data.tobytes()


def wav_bytes(samples: Samples) -> bytes:
    """Mono int16 samples at 16 kHz as the bytes of a WAV file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        write_wav(path, samples)
        return path.read_bytes()
