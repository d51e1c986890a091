from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.centerface import CenterFace
from facelib.models.dlib_resnet import DlibResNet

Vectors = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def model(weights: Callable[[str], Path]) -> DlibResNet:
    return DlibResNet(weights("dlib_resnet"), weights("dlib_landmarks5"))


@pytest.fixture(scope="module")
def vectors(model: DlibResNet, weights: Callable[[str], Path], media_dir: Path) -> Vectors:
    """Two faces of each of four people, named by file and frame."""
    detector = CenterFace(weights("centerface"), threads=1)
    found: Vectors = {}
    for file in ("talker_a", "talker_b", "talker_c", "talker_d"):
        for frame in (5, 150):
            reader = GridReader(media_dir / f"{file}.mp4", start=frame, stop=frame + 1)
            scale = 480 / max(reader.width, reader.height)
            source = next(iter(reader)).frame
            picture = to_bgr(source)
            small = to_bgr(source, size=(round(reader.width * scale), round(reader.height * scale)))
            boxes = detector.detect(small).scaled(1 / scale).boxes[:1]
            found[f"{file}:{frame}"] = model.embed(picture[:, :, ::-1], boxes)[0]
    return found


def distance(vectors: Vectors, one: str, other: str) -> float:
    return float(np.linalg.norm(vectors[one] - vectors[other]))


@pytest.mark.media
def test_one_person_is_nearer_than_another(vectors: Vectors) -> None:
    for one in vectors:
        for other in vectors:
            near = distance(vectors, one, other) < DlibResNet.same_person
            assert near == (one.split(":")[0] == other.split(":")[0]), (one, other)


@pytest.mark.media
def test_vectors_have_the_shape_that_is_promised(vectors: Vectors) -> None:
    assert all(vector.shape == (DlibResNet.dim,) and vector.dtype == np.float32 for vector in vectors.values())


def test_no_faces_give_no_vectors(model: DlibResNet) -> None:
    assert model.embed(np.zeros((10, 10, 3), np.uint8), np.zeros((0, 4), np.float32)).shape == (0, 128)


def test_a_box_beyond_the_picture_still_gives_a_vector(model: DlibResNet) -> None:
    vectors = model.embed(np.full((50, 50, 3), 99, np.uint8), np.array([[-20, -20, 70, 70]], np.float32))
    assert vectors.shape == (1, 128) and np.isfinite(vectors).all()
