from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.arcface import ArcFace
from facelib.models.dlib_landmarks5 import DlibLandmarks5
from facelib.models.insightface_graph import scales_itself
from facelib.models.registry import Weights
from tests.support.tiny_identity import arcface_onnx

FACE = np.array([[90, 110], [150, 100], [125, 140], [100, 170], [148, 165]], np.float32)
BOX = np.array([[70, 60, 170, 200]], np.float32)


@pytest.fixture(scope="module")
def landmarks(lite_models: Path) -> DlibLandmarks5:
    return DlibLandmarks5(Weights(lite_models).file("dlib_landmarks5"))


@pytest.mark.parametrize("own_scale", [False, True])
def test_the_vector_is_that_of_insightface(tmp_path: Path, landmarks: DlibLandmarks5, own_scale: bool) -> None:
    library = pytest.importorskip("insightface.model_zoo.arcface_onnx")
    common = pytest.importorskip("insightface.app.common")
    path = arcface_onnx(tmp_path / "w600k_r50.onnx", scales_itself=own_scale)
    theirs = library.ArcFaceONNX(str(path))
    theirs.prepare(-1)
    noise = np.random.default_rng(4).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    picture = cv2.resize(noise, (320, 240), interpolation=cv2.INTER_CUBIC)
    face = common.Face(kps=FACE)
    theirs.get(picture, face)
    ours = ArcFace(path, landmarks, threads=1).embed([picture], BOX, FACE[None])[0]
    # The two libraries round the alignment's last digits differently, by a grey level in a few pixels.
    assert np.abs(ours - face.normed_embedding).max() < 2e-4
    assert scales_itself(path) is own_scale


def test_the_same_chip_gives_the_same_numbers_as_insightface(tmp_path: Path, landmarks: DlibLandmarks5) -> None:
    library = pytest.importorskip("insightface.model_zoo.arcface_onnx")
    path = arcface_onnx(tmp_path / "w600k_r50.onnx")
    chips = list(np.random.default_rng(6).integers(0, 256, (3, 112, 112, 3)).astype(np.uint8))
    theirs = library.ArcFaceONNX(str(path)).get_feat(chips)
    assert np.abs(ArcFace(path, landmarks, threads=1).vectors(chips) - theirs).max() < 1e-5


@pytest.mark.parametrize(("side", "dim"), [(128, 512), (112, 3309)])
def test_another_model_is_refused(tmp_path: Path, landmarks: DlibLandmarks5, side: int, dim: int) -> None:
    path = arcface_onnx(tmp_path / "other.onnx", side=side, dim=dim)
    with pytest.raises(ModelError, match=r"other\.onnx is no ArcFace"):
        ArcFace(path, landmarks)
