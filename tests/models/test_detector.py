"""Every detector with real weights, on the same frames, through the one interface."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models import registry
from facelib.models.detector import KINDS, Detector, make
from facelib.models.faces import Faces
from facelib.models.registry import Weights
from facelib.stages.tracking import iou
from tests.support.pictures import picture_of

REAL = ("centerface", "yunet", "mtcnn", "faceboxes_v2")


@pytest.fixture(scope="module", params=REAL)
def detector(request: pytest.FixtureRequest, weight_file: Callable[[str], Path], shared_weights: Path) -> Detector:
    def file(name: str) -> Path:
        return shared_weights / "yunet_n_dynamic.onnx" if name == "yunet" else weight_file(name)

    return make(request.param, file, threads=1)


def test_every_kind_is_registered_and_the_lite_one_is_free() -> None:
    for name, kind in KINDS.items():
        entries = [registry.entry(weight) for weight in kind.weights]
        assert all(entry.task == "face detection" for entry in entries), name
    assert registry.entry("centerface").profile == "lite" and registry.entry("centerface").commercial
    assert not registry.entry("scrfd_10g").commercial


@pytest.mark.parametrize("name", KINDS)
def test_missing_weights_name_the_model_and_the_command(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"facelib models fetch {KINDS[name].weights[0]}"):  # type: ignore[arg-type]
        make(name, Weights(tmp_path).file)  # type: ignore[arg-type]


# file, frame, longer side, faces in clear view
SEEN = [("talker_a.mp4", 0, 320, 1), ("two_talkers_voice_left.mp4", 50, 480, 2), ("slides_no_face.mp4", 100, 480, 0)]


@pytest.mark.media
@pytest.mark.parametrize(("file", "frame", "long_side", "count"), SEEN)
def test_real_faces(detector: Detector, media_dir: Path, file: str, frame: int, long_side: int, count: int) -> None:
    picture = picture_of(media_dir / file, frame, long_side)
    (found,) = detector.detect_batch([picture], min_score=0.6)
    assert len(found) == count
    assert np.isfinite(found.keypoints).all() if detector.has_keypoints else np.isnan(found.keypoints).all()
    for keypoints in found.keypoints if detector.has_keypoints else ():
        left_eye, right_eye, nose, left_mouth, right_mouth = keypoints
        assert left_eye[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.mark.media
def test_a_batch_gives_what_its_pictures_give_alone(detector: Detector, media_dir: Path) -> None:
    pictures = [picture_of(media_dir / "hamilton.mp4", frame, 480) for frame in (0, 60, 200)]
    together = detector.detect_batch(pictures, min_score=0.3)
    alone = [detector.detect_batch([picture], min_score=0.3)[0] for picture in pictures]
    assert [len(faces) for faces in together] == [len(faces) for faces in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.boxes == pytest.approx(other.boxes, rel=1e-5, abs=1e-3)
        assert one.scores == pytest.approx(other.scores, abs=1e-5)
        assert one.keypoints == pytest.approx(other.keypoints, rel=1e-5, abs=1e-3, nan_ok=True)


@pytest.mark.media
def test_detectors_agree_on_a_clear_face(
    detector: Detector, media_dir: Path, weight_file: Callable[[str], Path]
) -> None:
    picture = picture_of(media_dir / "two_talkers_voice_left.mp4", 50, 480)
    lite = make("centerface", weight_file, threads=1)
    first, second = (from_left(d.detect_batch([picture], min_score=0.5)[0]) for d in (lite, detector))
    for one, other in zip(first.boxes.tolist(), second.boxes.tolist(), strict=True):
        assert iou(one, other) > 0.6


def from_left(faces: Faces) -> Faces:
    return faces.keep(np.argsort(faces.boxes[:, 0]))


def test_a_picture_without_anything(detector: Detector) -> None:
    (found,) = detector.detect_batch([np.zeros((64, 96, 3), np.uint8)], min_score=0.3)
    assert (found.boxes.shape, found.scores.shape, found.keypoints.shape) == ((0, 4), (0,), (0, 5, 2))
