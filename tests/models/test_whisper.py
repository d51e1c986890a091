from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers import WhisperFeatureExtractor  # noqa: E402

from facelib.models.whisper import WhisperEncoder  # noqa: E402
from tests.support.tiny_whisper import DEPTH, DIM, save, tiny  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return save(tiny(), tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def model(folder: Path) -> WhisperEncoder:
    return WhisperEncoder(folder)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 3000, round(seconds * 16_000)).astype(np.int16)


def test_the_numbers_are_those_of_transformers(model: WhisperEncoder, folder: Path) -> None:
    samples = noise(2)
    extractor = WhisperFeatureExtractor.from_pretrained(folder)
    mel = extractor(samples.astype(np.float32) / 32768, sampling_rate=16_000, return_tensors="pt").input_features
    with torch.no_grad():
        expected = tiny().get_encoder()(mel, output_hidden_states=True)
    found = model.features(samples, "all")
    assert found.shape == (DEPTH + 1, 1500, DIM)
    for layer in range(DEPTH + 1):
        assert np.abs(found[layer] - expected.hidden_states[layer][0].numpy()).max() < 1e-4
    assert np.abs(found[-1] - expected.last_hidden_state[0].numpy()).max() < 1e-4


@pytest.mark.parametrize(("seconds", "steps"), [(0, 1500), (0.04, 1500), (30, 1500), (30.04, 3000), (61, 4500)])
def test_1500_steps_for_each_30_s_begun(model: WhisperEncoder, seconds: float, steps: int) -> None:
    assert model.features(noise(seconds), ("last",)).shape == (1, steps, DIM)


def test_windows_do_not_see_each_other(model: WhisperEncoder) -> None:
    samples = noise(31)
    both = model.features(samples, ("last",))
    assert np.allclose(both[:, 1500:], model.features(samples[480_000:], ("last",)), atol=1e-5)


def test_a_folder_without_an_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        WhisperEncoder(tmp_path)
    assert caught.value.reason == "bad_weights"
