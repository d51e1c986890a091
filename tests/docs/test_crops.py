"""docs/crops.md shows every crop policy as the code cuts it."""

import re

import numpy as np
import pytest

from docs.pages.crops import FRAME_SIZE, PAGE, PICTURES, figure, rectangle, render
from facelib.media.crop_policies import POLICIES, leaves_frame
from facelib.media.still import read_picture

MAX_BYTES = 40_000
AGAIN = "run `python -m docs.pages.crops`"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), AGAIN


@pytest.mark.parametrize("name", POLICIES)
def test_policy_has_a_section_and_a_picture(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = re.search(rf"\n## {name}\n(.*?)(?=\n## |\Z)", text, re.DOTALL)
    assert section and POLICIES[name].summary in section[1] and f"(crops/{name}.jpg)" in section[1], AGAIN
    path = PICTURES / f"{name}.jpg"
    assert path.stat().st_size <= MAX_BYTES
    blank = np.zeros((FRAME_SIZE[1], FRAME_SIZE[0], 3), np.uint8)
    assert read_picture(path).shape == figure(blank, POLICIES[name]).shape, AGAIN


@pytest.mark.parametrize("name", POLICIES)
def test_the_picture_shows_the_rectangle_of_the_code(name: str) -> None:
    """The green outline of the picture lies where the code draws it."""
    frame = np.full((FRAME_SIZE[1], FRAME_SIZE[0], 3), 128, np.uint8)
    drawn = green(figure(frame, POLICIES[name]))
    found = green(read_picture(PICTURES / f"{name}.jpg"))
    assert (found & drawn).sum() > 0.8 * drawn.sum() > 0, AGAIN


def green(picture: np.ndarray) -> np.ndarray:
    """Where a picture is clearly green."""
    blue, level, red = (picture[..., channel].astype(int) for channel in range(3))
    return np.asarray((level - blue > 60) & (level - red > 60))


def test_no_other_picture_lies_in_the_folder() -> None:
    assert sorted(path.name for path in PICTURES.iterdir()) == sorted(f"{name}.jpg" for name in POLICIES), AGAIN


def test_the_frame_shows_what_happens_at_its_edge() -> None:
    for name in ("follow", "lrs", "union"):
        assert leaves_frame(rectangle(POLICIES[name])[None], FRAME_SIZE)[0]
