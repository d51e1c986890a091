from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.models import identity
from facelib.models.centerface import CenterFace
from facelib.models.faces import Faces
from facelib.models.identity import IdentityModel
from facelib.models.reference_faces import LONG_SIDE, query_faces, reference_vector
from facelib.models.registry import Weights
from tests.support.pictures import picture_of


class Boxes:
    """A detector that finds faces in fixed places of the picture it is given, and notes its size."""

    def __init__(self, *boxes: tuple[float, ...]) -> None:
        self.boxes = np.array(boxes, np.float32).reshape(-1, 4)
        self.side = 0

    def detect(self, picture: np.ndarray, *, min_score: float = 0.5) -> Faces:
        self.side = max(picture.shape[:2])
        return Faces.bare(self.boxes, np.full(len(self.boxes), 0.9, np.float32))


@pytest.fixture(scope="module")
def model(lite_models: Path) -> IdentityModel:
    return identity.make("dlib", Weights(lite_models).file)


def picture(side: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3)).astype(np.uint8)


def test_faces_come_largest_first_in_pixels_of_the_picture(model: IdentityModel) -> None:
    detector = Boxes((0, 0, 10, 10), (20, 20, 60, 60))
    found = query_faces(picture(2 * LONG_SIDE), detector, model)
    assert detector.side == LONG_SIDE
    assert [face.box for face in found] == [(40, 40, 120, 120), (0, 0, 20, 20)]
    assert all(len(face.vector) == 128 and face.score == pytest.approx(0.9) for face in found)


def test_a_small_picture_is_not_scaled(model: IdentityModel) -> None:
    detector = Boxes()
    assert query_faces(picture(100), detector, model) == []
    assert detector.side == 100


def test_a_reference_is_the_mean_of_the_largest_faces(model: IdentityModel) -> None:
    detector, pictures = Boxes((0, 0, 10, 10), (20, 20, 80, 80)), [picture(100, 1), picture(100, 2)]
    largest = [query_faces(one, detector, model)[0].vector for one in pictures]
    assert reference_vector(pictures, detector, model) == pytest.approx(np.mean(largest, axis=0), abs=1e-6)


@pytest.mark.parametrize(("count", "reason"), [(0, "no_pictures"), (2, "no_face")])
def test_a_picture_without_a_face_is_no_reference(model: IdentityModel, count: int, reason: str) -> None:
    with pytest.raises(MediaError) as refused:
        reference_vector([picture(50)] * count, Boxes(), model)
    assert refused.value.reason == reason


@pytest.mark.media
@pytest.mark.parametrize(("names", "fits"), [("aaa", True), ("aab", False)])
def test_pictures_of_two_people_are_no_reference(
    names: str, fits: bool, model: IdentityModel, weight_file: Callable[[str], Path], media_dir: Path
) -> None:
    pictures = [picture_of(media_dir / f"talker_{name}.mp4", 20 * n, 512) for n, name in enumerate(names)]
    detector = CenterFace(weight_file("centerface"), threads=1)
    if fits:
        assert reference_vector(pictures, detector, model).shape == (128,)
        return
    with pytest.raises(MediaError, match="do not show one person") as refused:
        reference_vector(pictures, detector, model)
    assert refused.value.reason == "not_one_person"
