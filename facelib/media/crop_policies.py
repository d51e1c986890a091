"""Crop policies by name: which rectangle of each frame shows a face, as datasets of talking faces cut it."""

from facelib.errors import MediaError
from facelib.media import crop_places
from facelib.media.crop_policy import CropPolicy
from facelib.media.face_crop import GREY, cut
from facelib.media.rectangles import leaves_frame

__all__ = ["POLICIES", "CropPolicy", "crop_policy", "cut", "leaves_frame"]

BLACK = 0

_HALF_SIDES = "half sides of the face to each edge of the square"
_FACTOR = "side of the square, in sides of the face"

_ALL = (
    CropPolicy(
        name="window",
        summary="The picture as it is: a clip's own window, which holds the face for the whole clip, unscaled.",
        origin="facelib",
        fixed=True,
        fill=None,
        default_size=None,
        default_scale=(),
        scale_meaning="it has no scale",
        place=crop_places.window,
    ),
    CropPolicy(
        name="follow",
        summary="A square that goes with the face and has it in the middle, size and place smoothed over 13 frames.",
        origin="TalkingVideo",
        fixed=False,
        fill=GREY,
        default_size=224,
        default_scale=(1.4,),
        scale_meaning=_HALF_SIDES,
        place=crop_places.follow,
    ),
    CropPolicy(
        name="lrs",
        summary="As `follow`, but the face is in the upper part: what SyncNet was trained on, and its scores need.",
        origin="LRS, SyncNet",
        fixed=False,
        fill=GREY,
        default_size=224,
        default_scale=(1.4,),
        scale_meaning="half sides of the face to the left and to the right; above 1.0 and below 1.8 grow with it",
        place=crop_places.lrs,
    ),
    CropPolicy(
        name="union",
        summary="One square around all places of the face, so that the camera stands still; black outside the frame.",
        origin="facial-scraper",
        fixed=True,
        fill=BLACK,
        default_size=None,
        default_scale=(1.4,),
        scale_meaning=_FACTOR,
        place=crop_places.union,
    ),
    CropPolicy(
        name="median",
        summary="One square around the median place and size of the face, moved into the frame and no larger than it.",
        origin="talking-face features",
        fixed=True,
        fill=None,
        default_size=None,
        default_scale=(1.6,),
        scale_meaning=_FACTOR,
        place=crop_places.median,
    ),
    CropPolicy(
        name="median_pad",
        summary="As `median`, but never moved: black outside the frame, so that the face stays in the middle.",
        origin="talking-face features",
        fixed=True,
        fill=BLACK,
        default_size=None,
        default_scale=(1.6,),
        scale_meaning=_FACTOR,
        place=crop_places.median,
    ),
    CropPolicy(
        name="given",
        summary="A rectangle that a list names, moved into the frame and made smaller where it does not fit.",
        origin="HDTF, method 1",
        fixed=True,
        fill=None,
        default_size=None,
        default_scale=(),
        scale_meaning="it has no scale",
        place=crop_places.given,
    ),
    CropPolicy(
        name="landmark_union",
        summary="One square around the landmarks of all frames, moved into the frame.",
        origin="HDTF, method 2",
        fixed=True,
        fill=None,
        default_size=512,
        default_scale=(1.2,),
        scale_meaning="side of the square, in sides of the union of the landmarks",
        place=crop_places.landmark_union,
    ),
    CropPolicy(
        name="four_sided",
        summary="The box of each frame with its own factor on each side, cut off at the edge of the frame.",
        origin="video-to-faces",
        fixed=False,
        fill=None,
        default_size=None,
        default_scale=(1.5, 1.5, 2.2, 1.2),
        scale_meaning="left, right, up, down: half extents of the face from its centre",
        place=crop_places.four_sided,
    ),
    CropPolicy(
        name="four_sided_square",
        summary="As `four_sided`, then the shorter side grows to a square, which is moved into the frame.",
        origin="video-to-faces",
        fixed=False,
        fill=None,
        default_size=None,
        default_scale=(1.5, 1.5, 2.2, 1.2),
        scale_meaning="left, right, up, down: half extents of the face from its centre",
        place=crop_places.four_sided_square,
    ),
    CropPolicy(
        name="vox2",
        summary="The box of each frame times 2, inside the frame; the whole frame where 20 px or less would be left.",
        origin="VoxCeleb2 preprocessing",
        fixed=False,
        fill=None,
        default_size=None,
        default_scale=(2.0,),
        scale_meaning="width and height of the crop, in those of the face",
        place=crop_places.vox2,
    ),
)
POLICIES: dict[str, CropPolicy] = {policy.name: policy for policy in _ALL}
"""Every crop policy by its name."""


def crop_policy(name: str) -> CropPolicy:
    """The policy of this name.

    Raises:
        MediaError: reason ``unknown_crop``; the hint lists the names.
    """
    if name not in POLICIES:
        raise MediaError(
            f"there is no crop policy {name!r}", hint=f"take one of: {', '.join(POLICIES)}", reason="unknown_crop"
        )
    return POLICIES[name]
