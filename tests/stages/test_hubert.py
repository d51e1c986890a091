import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.errors import ModelError, SettingsError
from facelib.export.layer_sum import load_layer_sum
from facelib.media.audio import SAMPLES_PER_FRAME, write_wav
from facelib.media.encode import ClipWriter
from facelib.models.mfcc import mfcc39
from facelib.models.registry import Weights
from facelib.stages.base import Output
from facelib.stages.clips import Clip
from facelib.stages.hubert import HubertParams, HubertStage
from tests.support.clips import clip_of, measure


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with ClipWriter(path, 64, 64, crf=40) as writer:
        writer.write(np.full((64, 64, 3), 90, np.uint8))
    return clip_of(path)


def talking(clip: Clip, frames: int, folder: Path, *, silent: bool = False) -> Clip:
    """The clip with noise of so many frames for its sound."""
    samples = np.random.default_rng(0).normal(0, 0 if silent else 3000, frames * SAMPLES_PER_FRAME).astype(np.int16)
    write_wav(folder / "sound.wav", samples)
    return dataclasses.replace(clip, n_frames=frames, has_audio=True, sound=folder / "sound.wav")


def run(clip: Clip, weights: Weights, folder: Path, *, batch: int = 0, **params: Any) -> Output:
    return measure(HubertStage(HubertParams(**params), weights, batch=batch), [clip], folder / "scratch")


def array(output: Output) -> np.ndarray:
    ((_, path),) = output.media.items()
    return np.load(path, allow_pickle=False)


@pytest.fixture(scope="module")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """A tiny HuBERT and a tiny Whisper where the user's own would be named."""
    pytest.importorskip("torch").set_num_threads(1)
    pytest.importorskip("transformers")
    from tests.support import tiny_hubert, tiny_whisper

    folder = tmp_path_factory.mktemp("models")
    hubert = tiny_hubert.save(tiny_hubert.tiny(), folder / "hubert")
    whisper = tiny_whisper.save(tiny_whisper.tiny(), folder / "whisper")
    return Weights(folder, {"hubert": hubert, "whisper": whisper})


@pytest.mark.parametrize(("coefficients", "frames"), [(39, 1), (39, 10), (39, 77), (13, 10)])
def test_mfcc_has_four_steps_a_frame(picture: Clip, tmp_path: Path, coefficients: int, frames: int) -> None:
    clip = talking(picture, frames, tmp_path)
    output = run(clip, Weights(tmp_path), tmp_path, coefficients=coefficients)
    found = array(output)
    assert found.shape == (4 * frames, coefficients) and found.dtype == np.float32
    assert list(output.media) == ["clip.mfcc.npy"]
    samples = clip.speech()
    assert samples is not None
    expected = mfcc39(samples)[:, :coefficients]
    steps = min(len(expected), len(found))
    assert np.allclose(found[:steps], expected[:steps], atol=1e-4)
    (row,) = output.tables["hubert"]
    assert row == {
        "clip_id": "clip",
        "model": "mfcc",
        "layers": "",
        "steps": 4 * frames,
        "dims": coefficients,
        "dtype": "fp32",
        "file": "clip.mfcc.npy",
    }


# model, parameters, frames, shape, layers, number type
STATES: list[tuple[str, dict[str, Any], int, tuple[int, ...], str, str]] = [
    ("hubert", {}, 1, (3, 2, 16), "1,2,4", "fp16"),
    ("hubert", {}, 10, (3, 20, 16), "1,2,4", "fp16"),
    ("hubert", {"layers": "all", "dtype": "fp32"}, 30, (5, 60, 16), "0,1,2,3,4", "fp32"),
    ("hubert", {"layers": ["last"], "padding": "legacy"}, 30, (1, 60, 16), "4", "fp16"),
    ("hubert", {"layers": [3, "low"]}, 5, (2, 10, 16), "3,1", "fp16"),
    ("whisper", {"layers": ["last"]}, 10, (1, 20, 16), "2", "fp16"),
    ("whisper", {"layers": ["last"]}, 760, (1, 1520, 16), "2", "fp16"),
    ("whisper", {"layers": ["last"], "padding": "legacy"}, 760, (1, 1500, 16), "2", "fp16"),
]


@pytest.mark.parametrize(("model", "params", "frames", "shape", "layers", "dtype"), STATES)
def test_hidden_states_have_two_steps_a_frame(
    picture: Clip,
    tiny_models: Weights,
    tmp_path: Path,
    model: str,
    params: dict[str, Any],
    frames: int,
    shape: tuple[int, ...],
    layers: str,
    dtype: str,
) -> None:
    output = run(talking(picture, frames, tmp_path), tiny_models, tmp_path, model=model, **params)
    found = array(output)
    assert found.shape == shape and np.isfinite(found).all()
    (row,) = output.tables["hubert"]
    assert (row["model"], row["layers"], row["dtype"]) == (model, layers, dtype)
    assert (row["steps"], row["dims"]) == shape[1:] and row["file"] == f"clip.{model}.npy"


def test_the_batch_does_not_change_the_numbers(picture: Clip, tiny_models: Weights, tmp_path: Path) -> None:
    clip = talking(picture, 200, tmp_path)
    one, many = (
        array(run(clip, tiny_models, tmp_path / name, batch=batch, model="hubert", layers="all", dtype="fp32"))
        for name, batch in ((make(tmp_path, "one"), 1), (make(tmp_path, "many"), 100))
    )
    assert np.abs(one - many).max() < 1e-5


def make(folder: Path, name: str) -> str:
    (folder / name).mkdir()
    return name


def test_a_learned_sum_of_the_layers_in_the_file(picture: Clip, tiny_models: Weights, tmp_path: Path) -> None:
    output = run(talking(picture, 10, tmp_path), tiny_models, tmp_path, model="hubert", layers="all")
    (path,) = output.media.values()
    found = load_layer_sum(path, [0.0] * 5)
    assert found.shape == (20, 16) and np.abs(found - array(output).astype(np.float32).mean(axis=0)).max() < 1e-5


@pytest.mark.parametrize("model", ["mfcc", "hubert"])
def test_silence_is_computed(picture: Clip, tiny_models: Weights, tmp_path: Path, model: str) -> None:
    output = run(talking(picture, 10, tmp_path, silent=True), tiny_models, tmp_path, model=model)
    assert np.isfinite(array(output)).all()


def test_without_sound_it_is_a_reject(picture: Clip, tmp_path: Path) -> None:
    output = run(picture, Weights(tmp_path), tmp_path)
    assert [reject.reason for reject in output.rejects] == ["no_audio"]
    assert output.tables["hubert"] == [] and not output.media


def test_weights_that_are_not_here_are_named(picture: Clip, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="facelib models fetch hubert") as caught:
        run(picture, Weights(tmp_path), tmp_path, model="hubert")
    assert caught.value.reason == "no_weights" and "MIT" in str(caught.value)


def test_a_layer_that_the_model_lacks_stops_the_stage_at_once(
    picture: Clip, tiny_models: Weights, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="4 layers"):
        run(picture, tiny_models, tmp_path, model="hubert", layers=[9])
