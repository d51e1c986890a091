"""Which YUV matrix and range a frame is coded in."""

from __future__ import annotations

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

_RGB = 0
_UNSPECIFIED = 2
# Codes of ITU-T H.273 (MatrixCoefficients) and the conversion that reads them.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}


def matrix(frame: VideoFrame) -> Colorspace:
    """The YUV matrix of a frame; where untagged, BT.709 for HD (width >= 1280 or height > 576), else BT.601."""
    hd = frame.width >= 1280 or frame.height > 576
    return _MATRICES.get(int(frame.colorspace), Colorspace.ITU709 if hd else Colorspace.ITU601)


def value_range(frame: VideoFrame) -> ColorRange:
    """Full range (``JPEG``) where tagged so, or by a ``yuvj`` format; else limited (``MPEG``)."""
    full = int(frame.color_range) == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    return ColorRange.JPEG if full else ColorRange.MPEG


def h273_matrix(space: Colorspace) -> int:
    """The code to tag a stream with: 1 for BT.709, 6 for BT.601 and so on."""
    return 6 if space == Colorspace.ITU601 else int(space)
