"""HyperIQA and CLIP-IQA+ on random weights in their real file formats, against pyiqa itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.pyiqa_metric import ClipIqaPlus, HyperIqa, _backbone, _starts
from tests.support import script_archive
from tests.support.random_hyperiqa import file_of

torch = pytest.importorskip("torch")
pytest.importorskip("pyiqa")


def noise(height: int, width: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def batch(*pictures: np.ndarray) -> Any:
    return torch.from_numpy(np.stack([one[:, :, ::-1] for one in pictures])).permute(0, 3, 1, 2).float() / 255


@pytest.fixture(scope="module")
def hyper(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A random HyperNet's file, and pyiqa's own metric that reads it."""
    import pyiqa

    path = file_of(tmp_path_factory.mktemp("hyper"))
    own = pyiqa.create_metric(
        "hyperiqa", device=torch.device("cpu"), base_model_name=_backbone(), pretrained_model_path=str(path)
    )
    return path, own


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random CLIP with a ResNet, its state as a TorchScript archive, as OpenAI publishes it."""
    from pyiqa.archs.clip_model import CLIP

    torch.manual_seed(4)
    model = CLIP(
        embed_dim=16,
        image_resolution=64,
        vision_layers=(1, 1, 1, 1),
        vision_width=2,
        vision_patch_size=None,
        context_length=77,
        vocab_size=49408,
        transformer_width=64,
        transformer_heads=1,
        transformer_layers=1,
    ).half()
    path = tmp_path_factory.mktemp("clip") / "RN50.pt"
    return script_archive.save(model.state_dict(), path)


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prompts") / "CLIP-IQA+_learned_prompts.pth"
    torch.save(torch.randn(2, 16, 64, generator=torch.Generator().manual_seed(5)), path)
    return path


@pytest.mark.parametrize("side", [224, 225, 228, 229, 230, 300, 1000])
def test_the_starts_are_those_of_25_crops(side: int) -> None:
    step = (side - 224) // 5
    starts = _starts(side)
    assert sorted(starts) == sorted({step * number for number in range(5)})
    assert sum(starts.values()) == pytest.approx(1)


def test_one_crop_of_a_small_picture_scores_as_pyiqa(hyper: tuple[Path, Any]) -> None:
    path, own = hyper
    metric, picture = HyperIqa(path), noise(224, 224)
    crops, weight = metric._crops(batch(picture))
    assert (len(crops), weight) == (1, [pytest.approx(1)])
    assert metric.score([picture]) == pytest.approx(own(batch(picture)).numpy().ravel(), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "crops"), [((224, 300), 5), ((240, 260), 25), ((130, 200), 5)])
def test_larger_pictures_score_as_pyiqa(hyper: tuple[Path, Any], size: tuple[int, int], crops: int) -> None:
    path, own = hyper
    metric = HyperIqa(path)
    assert len(metric._crops(batch(noise(*size)))[0]) == crops
    assert metric.score([noise(*size)]) == pytest.approx(own(batch(noise(*size))).numpy().ravel(), abs=1e-6)


def test_a_batch_is_its_pictures_one_by_one(hyper: tuple[Path, Any]) -> None:
    metric = HyperIqa(hyper[0])
    pictures = [noise(224, 224, seed) for seed in range(2)]
    together = metric.score(pictures)
    assert np.concatenate([metric.score([one]) for one in pictures]) == pytest.approx(together, abs=1e-5)


def test_squashing_is_the_resize_of_torchvision(hyper: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.transforms import Resize

    monkeypatch.setattr(hyper[1].net, "num_crop", 1)  # all 25 are the same at this size

    picture = noise(300, 260)
    squashed = Resize((224, 224))(batch(picture)).clamp(0, 1)
    expected = hyper[1](squashed).numpy().ravel()
    assert HyperIqa(hyper[0]).score([picture], squash=True) == pytest.approx(expected, abs=1e-6)


def test_clipiqa_plus_scores_as_pyiqa(tiny_clip: Path, prompts: Path) -> None:
    import pyiqa

    own = pyiqa.create_metric("clipiqa+", device=torch.device("cpu"), pretrained=False, backbone=str(tiny_clip))
    own.net.prompt_learner.ctx.data = torch.load(prompts, weights_only=True)
    pictures = [noise(64, 96, seed) for seed in range(3)]
    metric = ClipIqaPlus(tiny_clip, prompts)
    scores = metric.score(pictures)
    assert scores == pytest.approx(own(batch(*pictures)).detach().numpy().ravel(), abs=1e-6)
    assert np.concatenate([metric.score([one]) for one in pictures]) == pytest.approx(scores, abs=1e-5)


def test_the_learned_prompts_matter(tiny_clip: Path, prompts: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pth"
    torch.save(torch.zeros(2, 16, 64), other)
    picture = [noise(64, 64)]
    assert ClipIqaPlus(tiny_clip, prompts).score(picture) != ClipIqaPlus(tiny_clip, other).score(picture)


@pytest.mark.parametrize("content", [b"", b"nothing", None])
def test_files_of_another_kind_are_an_error(tmp_path: Path, tiny_clip: Path, content: bytes | None) -> None:
    bad = tmp_path / "bad.pth"
    if content is None:
        torch.save({"params": {"x": torch.zeros(1)}}, bad)
    else:
        bad.write_bytes(content)
    for load in (lambda: HyperIqa(bad), lambda: ClipIqaPlus(tiny_clip, bad), lambda: ClipIqaPlus(bad, bad)):
        with pytest.raises(ModelError) as error:
            load()
        assert error.value.reason == "bad_weights"


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pth"
    torch.save({"params": Path("x")}, bad)
    with pytest.raises(ModelError, match="hyperiqa"):
        HyperIqa(bad)
