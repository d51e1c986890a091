"""S3FD on random weights in the format of ``sfd_face.pth``."""

from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.s3fd import S3fd, network, run

torch = pytest.importorskip("torch")

# Convolutions of VGG by their number among its layers, and their channels.
VGG = [(0, 64, 3), (2, 64, 64), (5, 128, 64), (7, 128, 128), (10, 256, 128), (12, 256, 256), (14, 256, 256)]
VGG += [(17, 512, 256), (19, 512, 512), (21, 512, 512), (24, 512, 512), (26, 512, 512), (28, 512, 512)]
PUBLISHED = {
    **{f"vgg.{n}.weight": (out, channels, 3, 3) for n, out, channels in [*VGG, (31, 1024, 512)]},
    "vgg.33.weight": (1024, 1024, 1, 1),
    "L2Norm3_3.weight": (256,),
    "L2Norm4_3.weight": (512,),
    "L2Norm5_3.weight": (512,),
    "extras.0.weight": (256, 1024, 1, 1),
    "extras.1.weight": (512, 256, 3, 3),
    "extras.2.weight": (128, 512, 1, 1),
    "extras.3.weight": (256, 128, 3, 3),
    **{f"loc.{n}.weight": (4, wide, 3, 3) for n, wide in enumerate((256, 512, 512, 1024, 512, 256))},
    **{f"conf.{n}.weight": (2 if n else 4, wide, 3, 3) for n, wide in enumerate((256, 512, 512, 1024, 512, 256))},
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    state = network().state_dict()
    # The published file has scores that tell faces; random ones are all near a half, so they are spread.
    for name in state:
        if name.startswith("conf."):
            state[name] *= 40
    path = tmp_path_factory.mktemp("s3fd") / "sfd_face.pth"
    torch.save(state, path)
    return path


def test_names_and_shapes_are_those_of_the_published_file() -> None:
    state = {name: tuple(tensor.shape) for name, tensor in network().state_dict().items()}
    biases = {name.replace("weight", "bias"): shape[:1] for name, shape in PUBLISHED.items() if len(shape) > 1}
    assert state == PUBLISHED | biases


def test_levels_and_scores() -> None:
    net = network()
    for name in ("loc", "conf"):
        for head in net[name]:
            torch.nn.init.zeros_(head.weight)
            torch.nn.init.zeros_(head.bias)
    # Of the first level's three scores of no face the highest counts.
    net["conf"][0].bias.data = torch.tensor([0.0, 2.0, 1.0, 2.0])
    net["conf"][1].bias.data = torch.tensor([0.0, 3.0])
    with torch.inference_mode():
        shifts, scores, sizes = run(net, torch.rand(1, 3, 64, 96))
    assert sizes == [(16, 24), (8, 12), (4, 6), (2, 3), (1, 2), (1, 1)]
    cells = [rows * columns for rows, columns in sizes]
    assert shifts.shape == (1, sum(cells), 4) and scores.shape == (1, sum(cells))
    assert scores[0, 0].item() == pytest.approx(0.5)
    assert scores[0, cells[0]].item() == pytest.approx(1 / (1 + np.exp(-3)))


def test_a_batch_gives_what_its_pictures_give_alone(weights: Path) -> None:
    detector = S3fd(weights, threads=1)
    pictures = [np.random.default_rng(n).integers(0, 256, (45, 80, 3)).astype(np.uint8) for n in range(2)]
    together = detector.detect_batch(pictures, min_score=0.3)
    assert sum(len(faces) for faces in together)
    for one, picture in zip(together, pictures, strict=True):
        (alone,) = detector.detect_batch([picture], min_score=0.3)
        assert one.boxes == pytest.approx(alone.boxes, rel=1e-5, abs=1e-3)
        assert (one.scores > 0.3).all() and np.isnan(one.keypoints).all()


def test_another_file_is_refused(tmp_path: Path) -> None:
    torch.save({"vgg.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "sfd_face.pth")
    with pytest.raises(ModelError, match=r"lacks vgg\.0\.bias and 63 more"):
        S3fd(tmp_path / "sfd_face.pth")
