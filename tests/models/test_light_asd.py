from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from facelib.errors import ModelError
from facelib.models.device import Batch
from facelib.models.light_asd import CONTEXT, LightAsd, network
from facelib.models.mfcc import mfcc
from tests.support.random_networks import random_state


def published_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the weights in the published pretrain_AVA_CVPR.model, without the counts of batches."""
    found: dict[str, tuple[int, ...]] = {}
    for part, within in (("visualEncoder", "s"), ("audioEncoder", "m")):
        for block, (given, wanted) in enumerate([(1, 32), (32, 64), (64, 128)], 1):
            layers = {"last": (wanted, (1, 1))}
            for size in (3, 5):
                layers |= {f"{within}_{size}": (given, (size, 1)), f"t_{size}": (wanted, (1, size))}
            for name, (channels, (across, along)) in layers.items():
                kernel = (along, across, across) if within == "s" else (across, along)
                prefix = f"model.{part}.block{block}"
                found[f"{prefix}.{name}.weight"] = (wanted, channels, *kernel)
                for kind in ("weight", "bias", "running_mean", "running_var"):
                    found[f"{prefix}.bn_{name}.{kind}"] = (wanted,)
    for way in ("forward", "backward"):
        for kind in ("ih", "hh"):
            found[f"model.GRU.gru_{way}.weight_{kind}_l0"] = (384, 128)
            found[f"model.GRU.gru_{way}.bias_{kind}_l0"] = (384,)
    return found | {"lossAV.FC.weight": (2, 128), "lossAV.FC.bias": (2,)}


@pytest.fixture(scope="module")
def state() -> dict[str, Any]:
    return random_state(network) | {"lossV.FC.weight": torch.zeros(2, 128), "lossV.FC.bias": torch.zeros(2)}


@pytest.fixture(scope="module")
def model(state: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> LightAsd:
    path = tmp_path_factory.mktemp("light_asd") / "pretrain_AVA_CVPR.model"
    torch.save(state, path)
    return LightAsd(path)


def crops(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, 112, 112), dtype=np.uint8)


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(-9000, 9000, n * 640).astype(np.int16)


def test_names_and_shapes_are_those_of_the_published_file() -> None:
    found = {name: tuple(values.shape) for name, values in network().state_dict().items() if "num_batches" not in name}
    assert found == published_shapes()


def test_the_published_weights_load(shared_weights: Path) -> None:
    model = LightAsd(shared_weights / "light_asd_ava.model")
    scores = model.scores(model.pictures(crops(5))[None], model.sound(noise(5), 5)[None])
    assert scores.shape == (1, 5) and np.isfinite(scores).all()


@pytest.mark.parametrize(
    ("removed", "added"),
    [
        pytest.param("lossAV.FC.bias", {}, id="incomplete"),
        pytest.param("", {"more": torch.zeros(1)}, id="another layer"),
        pytest.param("", {"lossAV.FC.bias": torch.zeros(3)}, id="another shape"),
    ],
)
def test_other_files_are_an_error(state: dict[str, Any], tmp_path: Path, removed: str, added: dict[str, Any]) -> None:
    torch.save({name: values for name, values in state.items() if name != removed} | added, tmp_path / "other.model")
    with pytest.raises(ModelError) as caught:
        LightAsd(tmp_path / "other.model")
    assert caught.value.reason == "bad_weights"


def layer(values: Any, state: dict[str, Any], block: str, name: str, **shape: Any) -> Any:
    """Convolution, normalisation with the kept means and ReLU, from the tensors of the file."""
    convolve = functional.conv3d if values.ndim == 5 else functional.conv2d
    found = convolve(values, state[f"{block}.{name}.weight"], **shape)
    mean, variance, weight, bias = (
        state[f"{block}.bn_{name}.{kind}"] for kind in ("running_mean", "running_var", "weight", "bias")
    )
    return functional.relu(functional.batch_norm(found, mean, variance, weight, bias, eps=1e-3))


def test_sound_is_what_the_tensors_of_the_file_give(model: LightAsd, state: dict[str, Any]) -> None:
    values = torch.from_numpy(mfcc(noise(9)).T.copy())[None, None]
    for number in (1, 2, 3):
        block, total = f"model.audioEncoder.block{number}", torch.zeros(1)
        for size in (3, 5):
            within = layer(values, state, block, f"m_{size}", padding=(size // 2, 0))
            total = total + layer(within, state, block, f"t_{size}", padding=(0, size // 2))
        values = layer(total, state, block, "last")
        if number < 3:
            values = functional.max_pool2d(values, (1, 3), (1, 2), (0, 1))
    expected = values.mean(dim=2)[0].T.numpy()
    assert expected.shape == (9, 128)
    assert model.sound(noise(9), 9) == pytest.approx(expected, abs=1e-5)


def test_pictures_are_what_the_tensors_of_the_file_give(model: LightAsd, state: dict[str, Any]) -> None:
    values = (torch.from_numpy(crops(3)).float()[None, None] / 255 - 0.4161) / 0.1688
    for number in (1, 2, 3):
        block, total, stride = f"model.visualEncoder.block{number}", torch.zeros(1), 2 if number == 1 else 1
        for size in (3, 5):
            half = size // 2
            within = layer(values, state, block, f"s_{size}", padding=(0, half, half), stride=(1, stride, stride))
            total = total + layer(within, state, block, f"t_{size}", padding=(half, 0, 0))
        values = layer(total, state, block, "last")
        if number < 3:
            values = functional.max_pool3d(values, (1, 3, 3), (1, 2, 2), (0, 1, 1))
    expected = values.amax(dim=(3, 4))[0].T.numpy()
    assert model.pictures(crops(3)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("size", [3, 7, 100])
def test_vectors_do_not_depend_on_how_many_are_made_at_once(model: LightAsd, size: int) -> None:
    n = 2 * CONTEXT + 5
    assert np.allclose(model.pictures(crops(n), Batch(size)), model.pictures(crops(n)), atol=1e-5)
    assert np.allclose(model.sound(noise(n), n, Batch(size)), model.sound(noise(n), n), atol=1e-5)


def test_a_batch_of_stretches_gives_what_each_gives_alone(model: LightAsd) -> None:
    seen, heard = np.random.default_rng(0).normal(0, 1, (2, 3, 20, 128)).astype(np.float32)
    alone = np.concatenate([model.scores(seen[i : i + 1], heard[i : i + 1]) for i in range(3)])
    assert np.allclose(model.scores(seen, heard), alone, atol=1e-5)


def test_a_score_depends_on_frames_before_and_after(model: LightAsd) -> None:
    seen, heard = np.random.default_rng(0).normal(0, 1, (2, 1, 9, 128)).astype(np.float32)
    before = model.scores(seen, heard)[0]
    for changed in (0, 8):
        other = seen.copy()
        other[0, changed] += 3
        assert np.abs(model.scores(other, heard)[0] - before)[4] > 1e-6


@pytest.mark.parametrize("n", [1, 2, 5])
def test_short_sound_and_short_clips(model: LightAsd, n: int) -> None:
    assert model.pictures(crops(n)).shape == (n, 128)
    silence = np.zeros(n * 640, np.int16)
    assert np.array_equal(model.sound(np.zeros(0, np.int16), n), model.sound(silence, n))
    assert model.sound(np.concatenate([silence, noise(3)]), n).shape == (n, 128)
