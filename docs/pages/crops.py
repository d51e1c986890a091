"""``docs/crops.md`` and its pictures: every crop policy by name, on a frame of the sample channel.

``python -m docs.pages.crops`` makes the upload, cuts the pictures and writes the page.
"""

import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docs.markdown import code, table
from facelib.demo.channel import build_channel
from facelib.demo.portraits import PORTRAITS
from facelib.demo.scene import face_boxes
from facelib.demo.uploads import UPLOADS
from facelib.media.crop_policies import POLICIES, CropPolicy, cut
from facelib.media.grid import GridReader
from facelib.media.picture import Picture, to_bgr

PAGE = Path(__file__).resolve().parents[1] / "crops.md"
PICTURES = PAGE.with_suffix("")
CACHE = Path("data/cache/portraits")

UPLOAD = next(spec for spec in UPLOADS if spec.name == "basket")
CAST = [PORTRAITS[role.portrait] for role in UPLOAD.shots[0].roles]
FRAME = 20
VIEW = (120, 96, 480, 396)
"""The part of the upload that serves as the frame, so that the face is near its corner."""
FRAME_SIZE = (VIEW[2] - VIEW[0], VIEW[3] - VIEW[1])
GIVEN = (-10.0, -30.0, 250.0, 230.0)
"""A rectangle as a list could name it, partly outside the frame."""

SCALE, MARGIN, CROP = 0.8, 60, 240
GREEN, YELLOW, WHITE = (80, 200, 60), (40, 200, 250), (255, 255, 255)
Doubles = NDArray[np.float64]

INTRODUCTION = (
    "A crop policy says which rectangle of each frame is kept. All of them start from the face boxes of a track and "
    "give one rectangle for each frame; *fixed* policies give all frames the same one, as if the camera stood still. "
    "What lies outside the frame is filled with a grey level, or the policy stays inside the frame. Only the crop is "
    "filled, never the whole frame. Where a size is given, areas are averaged to get there from a larger crop, and a "
    "smaller one is enlarged by bicubic interpolation.\n\n"
    "In the pictures the face box is yellow and the rectangle green; on the right is what is cut out, before it is "
    "scaled to its size. They show the first person of the upload *"
    + UPLOAD.title
    + "* of the sample channel ("
    + f"{CAST[0].person}, {CAST[0].credit}; animated test portrait), in a frame of {FRAME_SIZE[0]}x{FRAME_SIZE[1]} px "
    "with the face near its corner. The face box is the one that the portrait was placed by, at rest."
)
USE = """## In Python

```python
from facelib.media.crop_policies import crop_policy
from facelib.media.part import write_part

policy = crop_policy("follow")
rectangles = policy.rectangles(boxes, (1280, 720))  # boxes: (n, 4) x1 y1 x2 y2 in px, one for each frame
write_part(source, path, start, start + len(boxes), rectangles=rectangles, size=(224, 224), fill=policy.fill)
```

`cut` of the same module cuts one picture, to any size, with or without its ratio of width to height, by the filters
`area`, `cubic`, `linear` or `lanczos`."""


def render() -> str:
    """The page."""
    note = "<!-- Written by `python -m docs.pages.crops` from the code. Change the code, then run it again. -->"
    overview = table(
        ["policy", "rectangle", "outside the frame", "size, px", "scale", "cuts like"],
        [
            [
                f"[{code(policy.name)}](#{policy.name})",
                "fixed" if policy.fixed else "one a frame",
                _outside(policy),
                _size(policy),
                _scale(policy),
                policy.origin,
            ]
            for policy in POLICIES.values()
        ],
    )
    return "\n\n".join([note, "# Crop policies", INTRODUCTION, overview, *map(_section, POLICIES.values()), USE]) + "\n"


def rectangle(policy: CropPolicy) -> Doubles:
    """Where the policy cuts the frame of the pictures: (4,) ``x1 y1 x2 y2`` px."""
    box = _box()
    found: Doubles = policy.rectangles(box[None], FRAME_SIZE, landmarks=_points(box)[None], given=GIVEN)[0]
    return found


def figure(frame: Picture, policy: CropPolicy) -> Picture:
    """The frame with the rectangle in it, and beside it what is cut out."""
    margins = np.array([-MARGIN, -MARGIN, FRAME_SIZE[0] + MARGIN, FRAME_SIZE[1] + MARGIN], np.float64)
    view = cut(frame, margins, fill=225)
    left = cv2.resize(view, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
    place = rectangle(policy)
    for numbers, colour, width in ((_box(), YELLOW, 1), (place, GREEN, 2)):
        x1, y1, x2, y2 = (round((edge + MARGIN) * SCALE) for edge in numbers)
        cv2.rectangle(left, (x1, y1), (x2 - 1, y2 - 1), colour, width, cv2.LINE_AA)
    crop = cut(frame, place, size=CROP, keep_ratio=True, fill=policy.fill or 0)
    right = np.full((left.shape[0], CROP + 16, 3), WHITE, np.uint8)
    top, start = (left.shape[0] - crop.shape[0]) // 2, 16 + (CROP - crop.shape[1]) // 2
    right[top : top + crop.shape[0], start : start + crop.shape[1]] = crop
    return np.asarray(np.hstack([left, right]), np.uint8)


def write_pictures(folder: Path) -> None:
    """Make the upload and cut one picture a policy, ``{name}.jpg``."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        (upload,) = build_channel(Path(scratch), CACHE, uploads=[UPLOAD])
        with GridReader(upload.video, start=FRAME, stop=FRAME + 1) as reader:
            (shown,) = reader
    frame = cut(to_bgr(shown.frame), np.array(VIEW, np.float64))
    for name, policy in POLICIES.items():
        done, data = cv2.imencode(".jpg", figure(frame, policy), [cv2.IMWRITE_JPEG_QUALITY, 85])
        assert done  # noqa: S101 - OpenCV writes JPEG wherever it runs
        (folder / f"{name}.jpg").write_bytes(data.tobytes())
    for path in folder.iterdir():
        if path.stem not in POLICIES:
            path.unlink()


def main() -> int:
    """Write the pictures and the page."""
    write_pictures(PICTURES)
    PAGE.write_text(render(), encoding="utf-8")
    return 0


def _section(policy: CropPolicy) -> str:
    edges = " ".join(f"{edge:g}" for edge in np.round(rectangle(policy), 1))
    facts = [f"Outside the frame: {_outside(policy)}.", f"Size: {_size(policy)}.", f"Scale: {_scale(policy)}."]
    if policy.default_scale:
        facts[-1] += f" These are {policy.scale_meaning}."
    where = f"In the picture: `{edges}` (x1 y1 x2 y2, px of the frame)."
    picture = f"![{policy.name}: the frame and the crop](crops/{policy.name}.jpg)"
    return "\n\n".join([f"## {policy.name}", policy.summary, " ".join([*facts, where]), picture])


def _outside(policy: CropPolicy) -> str:
    return "stays inside" if policy.fill is None else {0: "black"}.get(policy.fill, f"grey {policy.fill}")


def _size(policy: CropPolicy) -> str:
    return "as cut" if policy.default_size is None else f"{policy.default_size}x{policy.default_size}"


def _scale(policy: CropPolicy) -> str:
    return ", ".join(f"{number:g}" for number in policy.default_scale) or "none"


def _box() -> Doubles:
    """The face at rest in the frame, ``x1 y1 x2 y2`` px."""
    first, *_ = face_boxes(CAST, [role.face_height for role in UPLOAD.shots[0].roles])
    return np.asarray(np.array(first) - np.tile(VIEW[:2], 2), np.float64)


def _points(box: Doubles) -> Doubles:
    """What is known of the portrait's landmarks, in the frame: (p, 2) px."""
    portrait = CAST[0]
    x1, y1, x2, y2 = portrait.face
    corners = [(eye.centre[0] + side * eye.half_width, eye.centre[1]) for eye in portrait.eyes for side in (-1, 1)]
    jaw = [(x1, (y1 + y2) / 2), (x2, (y1 + y2) / 2), ((x1 + x2) / 2, portrait.chin_y)]
    points = np.array([*corners, portrait.mouth.left, portrait.mouth.middle, portrait.mouth.right, *jaw], np.float64)
    return np.asarray((points - [x1, y1]) * (box[3] - box[1]) / (y2 - y1) + box[:2], np.float64)


if __name__ == "__main__":
    sys.exit(main())
