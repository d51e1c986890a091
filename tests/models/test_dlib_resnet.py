from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.distances import distance
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models import identity
from facelib.models.centerface import CenterFace
from facelib.models.dlib_landmarks5 import DlibLandmarks5
from facelib.models.faces import Faces
from facelib.models.identity import KINDS, IdentityModel
from facelib.models.registry import Weights

Seen = dict[str, tuple[np.ndarray, Faces]]


@pytest.fixture(scope="module")
def model(lite_models: Path) -> IdentityModel:
    return identity.make("dlib", Weights(lite_models).file)


@pytest.fixture(scope="module")
def seen(lite_models: Path, media_dir: Path) -> Seen:
    """Two pictures of each of four people and the face in it, named by file and frame."""
    detector = CenterFace(Weights(lite_models).file("centerface"), threads=1)
    found: Seen = {}
    for file in ("talker_a", "talker_b", "talker_c", "talker_d"):
        for frame in (5, 150):
            with GridReader(media_dir / f"{file}.mp4", start=frame, stop=frame + 1) as reader:
                scale = 480 / max(reader.width, reader.height)
                picture = to_bgr(next(iter(reader)).frame)
            small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            faces = detector.detect(np.asarray(small, np.uint8)).scaled(1 / scale)
            found[f"{file}:{frame}"] = picture, faces.keep(np.array([0]))
    return found


@pytest.mark.media
def test_one_person_is_nearer_than_another(model: IdentityModel, seen: Seen) -> None:
    vectors = {name: model.embed([picture], face.boxes, face.keypoints)[0] for name, (picture, face) in seen.items()}
    for one, other in combinations(vectors, 2):
        near = distance(vectors[one], vectors[other], "l2") < KINDS["dlib"].same_person
        assert near == (one.split(":")[0] == other.split(":")[0]), (one, other)


@pytest.mark.media
def test_keypoints_from_a_box_lie_where_a_detector_puts_them(seen: Seen, lite_models: Path) -> None:
    """Mean error below an eighth of the eyes' distance, the largest of any point below a quarter."""
    landmarks = DlibLandmarks5(Weights(lite_models).file("dlib_landmarks5"))
    errors = []
    for picture, face in seen.values():
        detected = face.keypoints[0]
        made = landmarks.keypoints(picture, face.boxes[0])
        eyes = np.linalg.norm(detected[0] - detected[1])
        errors.append(np.linalg.norm(made - detected, axis=1) / eyes)
    assert np.mean(errors) < 0.125 and np.max(errors) < 0.25


def test_chips_are_cut_as_dlib_cuts_them(model: IdentityModel) -> None:
    import dlib

    picture = np.random.default_rng(8).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    box = np.array([50, 40, 150, 160], np.float32)
    rgb = np.ascontiguousarray(picture[:, :, ::-1])
    chip = dlib.get_face_chip(rgb, model.landmarks.shape(rgb, box), 150, 0.25)
    assert np.array_equal(model.aligned(picture, box, np.zeros((5, 2), np.float32)), chip[:, :, ::-1])
