from math import exp, log
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.models.yunet import YuNet, decode
from tests.support.pictures import picture_of


def test_one_cell_by_hand() -> None:
    cls, obj = np.zeros((6, 1), np.float32), np.zeros((6, 1), np.float32)
    bbox, kps = np.zeros((6, 4), np.float32), np.zeros((6, 10), np.float32)
    cls[4], obj[4] = 0.64, 1.0
    bbox[4] = [0.5, -0.5, log(2), log(4)]  # from column 1, row 1 of three columns
    kps[4] = [0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1]
    boxes, scores, points = decode(cls, obj, bbox, kps, 8, 3)
    # Centre x = (1 + 0.5) * 8 = 12, y = (1 - 0.5) * 8 = 4; 16 px wide, 32 px high.
    assert boxes[4] == pytest.approx([4, -12, 20, 20], abs=1e-4)
    assert scores == pytest.approx([0, 0, 0, 0, 0.8, 0])
    assert points[4].tolist() == [[8, 8], [16, 8], [12, 12], [8, 16], [16, 16]]
    assert exp(bbox[4, 2]) == pytest.approx(2)


@pytest.mark.media
@pytest.mark.parametrize(
    ("file", "frame", "long_side"),
    [("hamilton.mp4", 200, 640), ("street_crowd.mp4", 50, 480), ("talker_c.mp4", 0, 333)],
)
def test_the_same_faces_as_opencv(media_dir: Path, shared_weights: Path, file: str, frame: int, long_side: int) -> None:
    weights = shared_weights / "yunet_n_dynamic.onnx"
    picture = picture_of(media_dir / file, frame, long_side)
    (found,) = YuNet(weights, threads=1).detect_batch([picture], min_score=0.6)
    reference = cv2.FaceDetectorYN.create(str(weights), "", picture.shape[1::-1], 0.6, 0.3, 5000).detect(picture)[1]
    assert reference is not None and len(found) == len(reference)
    reference = reference[np.argsort(-reference[:, 14], kind="stable")]
    corners = np.concatenate([reference[:, :2], reference[:, :2] + reference[:, 2:4]], axis=1)
    assert found.boxes == pytest.approx(corners, abs=1e-2)
    assert found.keypoints.reshape(-1, 10) == pytest.approx(reference[:, 4:14], abs=1e-2)
    assert found.scores == pytest.approx(reference[:, 14], abs=1e-5)
