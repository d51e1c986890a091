"""Faster R-CNN on random weights, in the format of MMDetection's checkpoints."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.anime_frcnn import AnimeFrcnn, anchors, from_mmdetection
from tests.support import random_frcnn

torch = pytest.importorskip("torch")
SIDES = (64, 96)


@pytest.fixture(scope="module")
def mmdetection() -> dict[str, Any]:
    return random_frcnn.mmdetection(SIDES)


@pytest.fixture(scope="module")
def detector(mmdetection: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> AnimeFrcnn:
    path = tmp_path_factory.mktemp("frcnn") / "mmdet_anime-face_faster-rcnn.pth"
    torch.save({"meta": {"CLASSES": ("anime-face",), "mmdet_version": "2.19.0"}, "state_dict": mmdetection}, path)
    return AnimeFrcnn(path, threads=1, sides=SIDES)


def test_the_last_class_becomes_the_first(mmdetection: dict[str, Any]) -> None:
    state = {
        "roi_head.bbox_head.fc_cls.bias": torch.tensor([1.0, 2.0]),
        "roi_head.bbox_head.fc_cls.weight": torch.tensor([[1.0], [2.0]]),
        "roi_head.bbox_head.fc_reg.bias": torch.arange(4.0),
        "roi_head.bbox_head.fc_reg.weight": torch.arange(4.0)[:, None],
    }
    made = from_mmdetection(state)
    assert made["roi_heads.box_predictor.cls_score.bias"].tolist() == [2, 1]
    assert made["roi_heads.box_predictor.bbox_pred.bias"].tolist() == [0, 0, 0, 0, 0, 1, 2, 3]
    assert mmdetection["roi_head.bbox_head.fc_cls.weight"].shape == (2, 1024)
    assert mmdetection["roi_head.bbox_head.fc_reg.weight"].shape == (4, 1024)
    assert mmdetection["rpn_head.rpn_reg.weight"].shape == (12, 256, 1, 1)


def test_anchors_are_not_rounded_and_lie_around_corners() -> None:
    made = anchors(1, 2, 32)
    # 256 px: ratio a half is 362 by 181 px.
    wide, high = 256 / np.sqrt(0.5) / 2, 256 * np.sqrt(0.5) / 2
    assert made[0] == pytest.approx([-wide, -high, wide, high], abs=1e-3)
    assert made[1].tolist() == [-128, -128, 128, 128]
    assert made[4].tolist() == [-96, -128, 160, 128]
    assert made.shape == (6, 4)


def test_a_batch_gives_what_its_pictures_give_alone(detector: AnimeFrcnn) -> None:
    pictures = [np.random.default_rng(n).integers(0, 256, (54, 96, 3)).astype(np.uint8) for n in range(2)]
    together = detector.detect_batch(pictures, min_score=0.1)
    for one, picture in zip(together, pictures, strict=True):
        (alone,) = detector.detect_batch([picture], min_score=0.1)
        assert 0 < len(one) <= 100 and len(one) == len(alone)
        assert one.boxes == pytest.approx(alone.boxes, rel=1e-5, abs=5e-3)
        assert (one.boxes >= 0).all() and (one.boxes[:, 2] <= 96).all() and (one.boxes[:, 3] <= 54).all()


def test_another_network_is_refused(tmp_path: Path, mmdetection: dict[str, Any]) -> None:
    torch.save({"state_dict": {**mmdetection, "neck.extra.weight": torch.zeros(1)}}, tmp_path / "a.pth")
    with pytest.raises(ModelError, match=r"unknown neck\.extra\.weight"):
        AnimeFrcnn(tmp_path / "a.pth", sides=SIDES)
