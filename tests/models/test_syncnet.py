from pathlib import Path
from typing import Any

import numpy as np
import pytest
import python_speech_features
import torch

from facelib.errors import ModelError
from facelib.models.syncnet import SyncNet, network, sound_windows
from tests.support.random_networks import random_state

# Names and shapes of the weights in the published syncnet_v2.model; each of these has a bias of its first number, and
# each convolution's successor is a normalisation.
SHAPES: dict[str, tuple[int, ...]] = {
    "netcnnaud.0": (64, 1, 3, 3),
    "netcnnaud.4": (192, 64, 3, 3),
    "netcnnaud.8": (384, 192, 3, 3),
    "netcnnaud.11": (256, 384, 3, 3),
    "netcnnaud.14": (256, 256, 3, 3),
    "netcnnaud.18": (512, 256, 5, 4),
    "netfcaud.0": (512, 512),
    "netfcaud.3": (1024, 512),
    "netfclip.0": (512, 512),
    "netfclip.3": (1024, 512),
    "netcnnlip.0": (96, 3, 5, 7, 7),
    "netcnnlip.4": (256, 96, 1, 5, 5),
    "netcnnlip.8": (256, 256, 1, 3, 3),
    "netcnnlip.11": (256, 256, 1, 3, 3),
    "netcnnlip.14": (256, 256, 1, 3, 3),
    "netcnnlip.18": (512, 256, 1, 6, 6),
}
PLAIN = ("netfcaud.3", "netfclip.3")
"""Layers without a normalisation after them."""


def published_shapes() -> dict[str, tuple[int, ...]]:
    expected: dict[str, tuple[int, ...]] = {}
    for name, shape in SHAPES.items():
        expected |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
        if name not in PLAIN:
            part, _, number = name.partition(".")
            after = f"{part}.{int(number) + 1}"
            expected |= {f"{after}.{kind}": shape[:1] for kind in ("weight", "bias", "running_mean", "running_var")}
    return expected


@pytest.fixture(scope="module")
def state() -> dict[str, Any]:
    return random_state(network)


@pytest.fixture(scope="module")
def model(state: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> SyncNet:
    path = tmp_path_factory.mktemp("syncnet") / "syncnet_v2.model"
    torch.save(state, path)
    return SyncNet(path)


def pictures(n: int) -> list[np.ndarray]:
    return list(np.random.default_rng(n).integers(0, 256, (n, 5, 224, 224, 3), dtype=np.uint8))


def test_names_and_shapes_are_those_of_the_published_file(state: dict[str, Any]) -> None:
    found = {name: tuple(values.shape) for name, values in state.items() if not name.endswith("num_batches_tracked")}
    assert found == published_shapes()


@pytest.mark.parametrize("zipped", [True, False], ids=["zip file", "stream of torch 1.5 and older"])
@pytest.mark.parametrize("counts", [True, False], ids=["with counts of batches", "without, torch 0.4"])
def test_files_of_old_and_new_torch_load(
    state: dict[str, Any], model: SyncNet, tmp_path: Path, zipped: bool, counts: bool
) -> None:
    kept = {name: values for name, values in state.items() if counts or not name.endswith("num_batches_tracked")}
    torch.save(kept, tmp_path / "old.model", _use_new_zipfile_serialization=zipped)
    windows = [np.full((20, 13), 3, np.float32)]
    assert np.array_equal(SyncNet(tmp_path / "old.model").sound(windows), model.sound(windows))


def test_a_whole_module_which_would_need_code_to_load_is_an_error(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "other.model")
    assert error_of(tmp_path / "other.model").reason == "bad_weights"


@pytest.mark.parametrize(
    ("removed", "added"),
    [
        pytest.param("netcnnlip.0.bias", {}, id="incomplete"),
        pytest.param("", {"more": torch.zeros(1)}, id="another layer"),
        pytest.param("", {"netfclip.3.bias": torch.zeros(256)}, id="256-d version"),
    ],
)
def test_other_state_dicts_are_an_error(
    state: dict[str, Any], tmp_path: Path, removed: str, added: dict[str, Any]
) -> None:
    torch.save({name: values for name, values in state.items() if name != removed} | added, tmp_path / "other.model")
    assert error_of(tmp_path / "other.model").reason == "bad_weights"


def test_what_is_no_file_of_torch_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "other.model").write_bytes(b"<html>not found</html>")
    assert "other.model does not hold the weights that are wanted" in str(error_of(tmp_path / "other.model"))


def error_of(path: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        SyncNet(path)
    return caught.value


def test_a_batch_gives_what_its_members_give_alone(model: SyncNet) -> None:
    seen, heard = pictures(3), list(np.random.default_rng(1).normal(0, 10, (7, 20, 13)).astype(np.float32))
    assert np.allclose(model.lips(seen), [model.lips([one])[0] for one in seen], atol=1e-5)
    assert np.allclose(model.sound(heard), [model.sound([one])[0] for one in heard], atol=1e-5)
    assert np.array(model.lips(seen)).shape == (3, 1024) and np.array(model.sound(heard)).shape == (7, 1024)


def test_pictures_go_in_as_bgr_0_to_255_and_time_before_height(model: SyncNet, state: dict[str, Any]) -> None:
    window = pictures(1)[0]
    plain = network()
    plain.load_state_dict(state)
    given = torch.from_numpy(window.astype(np.float32).transpose(3, 0, 1, 2)[None])
    with torch.inference_mode():
        expected = plain.eval().lips(given).numpy()
    assert np.allclose(model.lips([window]), expected, atol=1e-5)


@pytest.mark.parametrize(("n_frames", "windows"), [(0, 0), (1, 0), (4, 0), (5, 1), (6, 2), (30, 26)])
def test_there_is_a_sound_window_for_five_pictures(n_frames: int, windows: int) -> None:
    assert sound_windows(np.ones(n_frames * 640, np.int16), n_frames).shape == (windows, 20, 13)


def test_window_i_has_the_twenty_mfcc_frames_from_four_i_on(media_dir: Path) -> None:
    from facelib.media.audio import read_speech

    samples = read_speech(media_dir / "hamilton.mp4")
    assert samples is not None
    n_frames = len(samples) // 640
    cepstra = python_speech_features.mfcc(samples[: n_frames * 640], 16_000)
    found = sound_windows(samples, n_frames)
    # n - 5 windows have all their MFCC frames within the sound.
    for i in (0, 1, 17, n_frames - 6):
        assert np.abs(found[i] - cepstra[4 * i : 4 * i + 20]).max() < 1e-4
