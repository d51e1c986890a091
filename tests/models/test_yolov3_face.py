"""YOLOv3 on a narrow random network, in the two file formats in which its weights are published."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.darknet53 import HEADER_BYTES, layers_in_order, network, run
from facelib.models.yolov3_face import Yolov3Face, decode

torch = pytest.importorskip("torch")
WIDTH = 4


@pytest.fixture(scope="module")
def state() -> dict[str, Any]:
    torch.manual_seed(5)
    net = network(WIDTH)
    for name, tensor in net.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith(("running_mean", "bn.bias")):
            tensor.normal_(0, 0.2)
        elif name.endswith("convs_pred.0.weight"):
            tensor.mul_(30)
    return dict(net.state_dict())


def write_darknet(path: Path, state: dict[str, Any]) -> Path:
    """As darknet writes: three numbers, the count of pictures, then each convolution's numbers as it runs."""
    parts = [np.array([0, 2, 0], "<i4").tobytes(), np.array([32013312], "<i8").tobytes()]
    for layer in layers_in_order():
        names = [f"{layer}.bias", f"{layer}.weight"]
        if f"{layer}.bias" not in state:
            bn = [f"{layer}.bn.{part}" for part in ("bias", "weight", "running_mean", "running_var")]
            names = [*bn, f"{layer}.conv.weight"]
        parts += [state[name].numpy().astype("<f4").tobytes() for name in names]
    path.write_bytes(b"".join(parts))
    return path


def picture(number: int, height: int = 90, width: int = 160) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_the_published_network_has_the_size_of_its_file() -> None:
    """yolov3-wider_16000.weights has 246 305 388 bytes."""
    wanted = sum(t.numel() for name, t in network().state_dict().items() if "num_batches" not in name)
    assert wanted * 4 + HEADER_BYTES == 246_305_388


def test_both_formats_give_the_same_faces(tmp_path: Path, state: dict[str, Any]) -> None:
    torch.save({"meta": {"epoch": 1}, "state_dict": state}, tmp_path / "a.pth")
    write_darknet(tmp_path / "a.weights", state)
    one, other = (Yolov3Face(tmp_path / f"a.{kind}", threads=1, width=WIDTH) for kind in ("pth", "weights"))
    (found,), (same,) = (detector.detect_batch([picture(1)], min_score=0.0) for detector in (one, other))
    assert len(found) and np.array_equal(found.boxes, same.boxes) and np.array_equal(found.scores, same.scores)
    assert len(found) <= 100 and np.isnan(found.keypoints).all()


def test_a_batch_gives_what_its_pictures_give_alone(tmp_path: Path, state: dict[str, Any]) -> None:
    torch.save(state, tmp_path / "a.pt")
    detector = Yolov3Face(tmp_path / "a.pt", threads=1, width=WIDTH)
    pictures = [picture(number) for number in range(2)]
    for one, alone in zip(detector.detect_batch(pictures, min_score=0.1), pictures, strict=True):
        (wanted,) = detector.detect_batch([alone], min_score=0.1)
        assert one.boxes == pytest.approx(wanted.boxes, rel=1e-5, abs=1e-3)
        assert one.scores == pytest.approx(wanted.scores, abs=1e-5)


def test_maps(state: dict[str, Any]) -> None:
    net = network(WIDTH)
    net.load_state_dict(state)
    with torch.inference_mode():
        maps = run(net.eval(), torch.rand(2, 3, 64, 96))
    assert [tuple(level.shape) for level in maps] == [(2, 18, 2, 3), (2, 18, 4, 6), (2, 18, 8, 12)]


@pytest.mark.parametrize("harm", [lambda content: content[:-4], lambda content: content + b"abcd"])
def test_a_darknet_file_of_another_network_is_refused(tmp_path: Path, state: dict[str, Any], harm: Any) -> None:
    path = write_darknet(tmp_path / "a.weights", state)
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(ModelError, match="numbers, not the") as caught:
        Yolov3Face(path, width=WIDTH)
    assert caught.value.reason == "bad_weights"


def logit(value: float) -> float:
    return float(np.log(value / (1 - value)))


def test_decoded_by_hand() -> None:
    level = np.full((18, 2, 3), -20.0, np.float32)
    # Anchor 1, row 1, column 2: offsets 0.25 and 0.75, twice as wide and half as high as the anchor.
    level[6:12, 1, 2] = [logit(0.25), logit(0.75), np.log(2), np.log(0.5), logit(0.8), logit(0.5)]
    # Anchor 0, row 0, column 0: an object, but not of this class.
    level[4:6, 0, 0] = [logit(0.9), logit(0.04)]
    boxes, scores = decode(level, 32, ((116, 90), (40, 80), (373, 326)))
    # Centre (2 + 0.25) * 32 = 72 and (1 + 0.75) * 32 = 56; 80 by 40 px.
    assert boxes == pytest.approx(np.array([[32, 36, 112, 76]], np.float32), abs=1e-3)
    assert scores == pytest.approx([0.4], abs=1e-6)
