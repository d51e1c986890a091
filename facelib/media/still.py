"""Still pictures: query pictures in, thumbnails and image files out."""

import io
from pathlib import Path
from typing import Literal

import av
import numpy as np

from facelib.errors import MediaError
from facelib.media.picture import Picture

MAX_BYTES = 30_000_000
MAX_PIXELS = 80_000_000
ImageKind = Literal["png", "jpg"]
"""What a picture is written as: png loses nothing."""
JPEG_QUALITY = 95


def read_picture(picture: Path | bytes) -> Picture:
    """A picture as BGR uint8 (height, width, 3), turned as its EXIF data says.

    Args:
        picture: a file, or the bytes of one; any format that OpenCV reads (JPEG, PNG, WebP ...).

    Raises:
        MediaError: no such file, larger than 30 MB or 80 megapixels, or no picture.
    """
    import cv2

    name = picture.name if isinstance(picture, Path) else "the file"
    try:
        data = picture.read_bytes() if isinstance(picture, Path) else picture
    except OSError as error:
        raise MediaError(f"cannot read {picture!s}: {error.strerror}", reason="file_missing") from error
    if len(data) > MAX_BYTES:
        raise MediaError(
            f"{name} has {len(data) / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read",
            hint="save it smaller; 1000 px are plenty",
            reason="too_large",
        )
    width, height = _size(data)
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"{name} has {width}x{height} pixels; at most {MAX_PIXELS / 1e6:.0f} megapixels are read",
            hint="save it smaller; 1000 px are plenty",
            reason="too_many_pixels",
        )
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if width else None
    except cv2.error:
        decoded = None
    if decoded is None:
        raise MediaError(
            f"{name} is not a picture that can be read",
            hint="use a JPEG, PNG, WebP or BMP file",
            reason="not_a_picture",
        )
    return np.asarray(decoded, np.uint8)


def encoded(picture: Picture, image: ImageKind = "png", quality: int = JPEG_QUALITY) -> bytes:
    """A BGR picture as the bytes of an image file, whose colours are right in every reader.

    Args:
        picture: BGR uint8 (height, width, 3).
        image: kind of the file.
        quality: of jpg, 1 to 100.

    Raises:
        MediaError: reason ``not_written`` when it cannot be encoded.
    """
    import cv2

    parameters = [cv2.IMWRITE_JPEG_QUALITY, quality] if image == "jpg" else []
    done, data = cv2.imencode(f".{image}", picture, parameters)
    if not done:
        raise MediaError(f"a picture of shape {picture.shape} cannot be written as {image}", reason="not_written")
    return data.tobytes()


def save_thumbnail(picture: Picture, path: Path, *, side: int) -> None:
    """Write a JPEG whose larger side is at most ``side`` pixels."""
    import cv2

    scale = min(1.0, side / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    path.write_bytes(encoded(np.asarray(small, np.uint8), "jpg", 85))


def _size(data: bytes) -> tuple[int, int]:
    """Width and height as the header says, without decoding; 0 x 0 for what is no picture."""
    try:
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            return stream.width, stream.height
    except (av.FFmpegError, IndexError, ValueError, OSError):
        return 0, 0
