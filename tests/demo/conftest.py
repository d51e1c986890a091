"""A small channel whose portraits are drawn, so that its tests run anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.demo.picture import Image
from facelib.demo.portraits import PORTRAITS, Portrait
from facelib.demo.render import render_upload
from facelib.demo.truth import Truth
from facelib.demo.uploads import Line, Role, Shot, UploadSpec

SKIN = (150, 180, 225)


def draw_portrait(portrait: Portrait) -> Image:
    """A bright face with dark eyes and a thin mouth where the portrait has its own."""
    x1, y1, x2, y2 = portrait.face
    picture = np.full((int(2 * y2), int(1.6 * x2), 3), (200, 190, 170), np.uint8)
    middle = (int((x1 + x2) / 2), int((y1 + y2) / 2))
    cv2.ellipse(picture, middle, (int((x2 - x1) / 2), int((y2 - y1) / 2)), 0, 0, 360, SKIN, -1)
    for eye in portrait.eyes:
        at = (int(eye.centre[0]), int(eye.centre[1]))
        cv2.ellipse(picture, at, (int(eye.half_width), int(eye.half_height)), 0, 0, 360, (40, 40, 40), -1)
    mouth = [(int(x), int(y)) for x, y in (portrait.mouth.left, portrait.mouth.middle, portrait.mouth.right)]
    cv2.polylines(picture, [np.array(mouth, np.int32)], False, (110, 110, 180), 1)
    return picture


def _at(hour: int) -> datetime:
    return datetime(2026, 1, 5, hour, tzinfo=UTC)


def _talk(portrait: str, begin: float = 0.3) -> Role:
    return Role(portrait, 200, (Line(begin, "One, two, three, four."),))


SPECS: dict[str, UploadSpec] = {
    spec.name: spec
    for spec in (
        UploadSpec("plain", "One talker", _at(1), (Shot(60, (_talk("biden"),)),)),
        UploadSpec("thirty", "Thirty frames", _at(2), (Shot(66, (_talk("biden"),)),), fps=30),
        UploadSpec("early", "Early", _at(3), (Shot(60, (_talk("biden"),)),), sound_shift_frames=6),
        UploadSpec("late", "Late", _at(4), (Shot(60, (_talk("biden"),)),), sound_shift_frames=-4),
        UploadSpec("pair", "Pair", _at(5), (Shot(60, (_talk("collins"), Role("biden", 200))),)),
        UploadSpec("cut", "Cut & join", _at(6), (Shot(37, (_talk("biden", 0.1),)), Shot(29, (_talk("collins", 1.6),)))),
        UploadSpec("cards", "Cards", _at(7), (Shot(40, cards=("a", "b"), narration=(Line(0.2, "Nobody."),)),)),
        UploadSpec("torn", "Torn", _at(8), (Shot(25, (_talk("biden"),)),), truncated=True),
    )
}


@dataclass(frozen=True)
class SmallChannel:
    folder: Path
    truths: Mapping[str, Truth]


@pytest.fixture(scope="session")
def pictures() -> dict[str, Image]:
    return {key: draw_portrait(portrait) for key, portrait in PORTRAITS.items()}


@pytest.fixture(scope="session")
def small_channel(tmp_path_factory: pytest.TempPathFactory, pictures: dict[str, Image]) -> SmallChannel:
    """Every upload of SPECS, made once; tests only read it."""
    folder = tmp_path_factory.mktemp("channel")
    return SmallChannel(folder, {name: render_upload(folder, spec, pictures) for name, spec in SPECS.items()})
