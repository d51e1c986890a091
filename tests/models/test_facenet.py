from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.dlib_landmarks5 import DlibLandmarks5
from facelib.models.facenet import FaceNet, inception_resnet_v1
from facelib.models.identity import KINDS
from facelib.models.registry import Weights
from tests.support.tiny_identity import facenet_file

torch = pytest.importorskip("torch")
KIND = KINDS["facenet_vggface2"]


@pytest.fixture(scope="module")
def landmarks(lite_models: Path) -> DlibLandmarks5:
    return DlibLandmarks5(Weights(lite_models).file("dlib_landmarks5"))


def test_tensors_have_the_names_and_shapes_of_the_published_files() -> None:
    state = inception_resnet_v1().state_dict()
    assert len(state) == 714
    assert sum(value.numel() for name, value in state.items() if "running" not in name and "num_" not in name) == (
        23_482_624
    )
    shapes = {
        "conv2d_4b.conv.weight": (256, 192, 3, 3),
        "repeat_1.4.branch2.2.conv.weight": (32, 32, 3, 3),
        "repeat_1.0.conv2d.bias": (256,),
        "mixed_6a.branch1.2.conv.weight": (256, 192, 3, 3),
        "repeat_2.9.branch1.1.conv.weight": (128, 128, 1, 7),
        "mixed_7a.branch0.1.conv.weight": (384, 256, 3, 3),
        "repeat_3.0.branch1.2.conv.weight": (192, 192, 3, 1),
        "block8.conv2d.weight": (1792, 384, 1, 1),
        "last_bn.running_mean": (512,),
    }
    assert {name: tuple(state[name].shape) for name in shapes} == shapes


def test_pixels_go_in_around_zero_red_first(tmp_path: Path, landmarks: DlibLandmarks5) -> None:
    model = FaceNet(KIND, facenet_file(tmp_path / "20180402-114759-vggface2.pt"), landmarks, threads=1)
    chip = np.zeros((160, 160, 3), np.uint8)
    chip[..., 2] = 255
    seen = torch.full((1, 3, 160, 160), -127.5 / 128)
    seen[:, 0] = 127.5 / 128
    with torch.inference_mode():
        expected = model.forward(seen).numpy()
    assert np.abs(model.vectors([chip]) - expected).max() < 1e-5


def test_weights_of_another_network_are_refused(tmp_path: Path, landmarks: DlibLandmarks5) -> None:
    torch.save({"conv2d_1a.conv.weight": torch.zeros(32, 3, 3, 3)}, tmp_path / "other.pt")
    with pytest.raises(ModelError) as refused:
        FaceNet(KIND, tmp_path / "other.pt", landmarks)
    assert refused.value.reason == "bad_weights"
