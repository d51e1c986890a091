from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError, SettingsError
from facelib.media.audio import read_speech
from facelib.models.device import Batch
from facelib.models.hidden_states import Layers, layer_numbers

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers import Wav2Vec2FeatureExtractor  # noqa: E402

from facelib.models.hubert import Hubert  # noqa: E402
from tests.support.tiny_hubert import DEPTH, DIM, save, tiny  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def noise(seconds: float, extra: int = 0) -> np.ndarray:
    rng = np.random.default_rng(0)
    level = np.repeat(rng.uniform(100, 8000, 1 + int(seconds * 4)), 4000)[: round(seconds * 16_000) + extra]
    return np.round(rng.normal(size=len(level)) * level + 500).clip(-32768, 32767).astype(np.int16)


@pytest.fixture(scope="module", params=["large", "base"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = tiny(group=kind == "base")
    return save(model, tmp_path_factory.mktemp("model"), do_normalize=kind == "large", old=kind == "large")


@pytest.fixture(scope="module")
def model(folder: Path) -> Hubert:
    return Hubert(folder)


def test_all_layers_are_what_transformers_gives(model: Hubert, folder: Path, kind: str) -> None:
    samples = noise(2, extra=77)
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder)
    values = extractor(samples.astype(np.float32) / 32768, sampling_rate=16_000, return_tensors="pt").input_values
    with torch.no_grad():
        expected = tiny(group=kind == "base")(values, output_hidden_states=True)
    found = model.features(samples, "all", batch=Batch(1))
    assert found.shape == (DEPTH + 1, (len(samples) - 400) // 320 + 1, DIM)
    for layer in range(DEPTH):
        assert np.abs(found[layer] - expected.hidden_states[layer][0].numpy()).max() < 1e-4
    # transformers 5 leaves the final normalisation out of the last of hidden_states; 4, and these features, do not.
    assert np.abs(found[DEPTH] - expected.last_hidden_state[0].numpy()).max() < 1e-4
    assert np.abs(found).mean() > 0.1


@pytest.mark.parametrize("seconds", [1, 2, 3, 7])
def test_pieces_give_what_one_pass_gives(model: Hubert, seconds: int) -> None:
    samples = noise(10, extra=123)
    whole = model.features(samples, "all", batch=Batch(1000))
    assert np.abs(model.features(samples, "all", batch=Batch(seconds)) - whole).max() < 1e-4


@pytest.mark.media
def test_pieces_of_real_speech_give_what_one_pass_gives(model: Hubert, media_dir: Path) -> None:
    samples = read_speech(media_dir / "slides_no_face.mp4")
    assert samples is not None
    samples = samples[: 16_000 * 40]
    whole = model.features(samples, "all", batch=Batch(1000))
    assert np.abs(model.features(samples, "all", batch=Batch(3)) - whole).max() < 1e-3


@pytest.mark.parametrize("frames", [1, 2, 3, 10, 25, 26])
def test_whole_frames_give_two_steps_a_frame_less_one(model: Hubert, frames: int) -> None:
    assert model.features(noise(frames / 25)).shape == (3, 2 * frames - 1, DIM)


@pytest.mark.parametrize(("samples", "steps"), [(400, 1), (719, 1), (720, 2)])
def test_shortest_sound(model: Hubert, samples: int, steps: int) -> None:
    assert model.features(noise(1)[:samples]).shape[1] == steps


def test_too_short_and_silent_sound(model: Hubert) -> None:
    with pytest.raises(ValueError, match="399 samples"):
        model.features(noise(1)[:399])
    assert np.isfinite(model.features(np.zeros(16_000, np.int16), "all")).all()


def test_half_precision_is_kept_by_the_file_type(model: Hubert) -> None:
    samples = noise(1)
    exact, half = model.features(samples), model.features(samples, dtype=np.float16)
    assert half.dtype == np.float16 and exact.dtype == np.float32
    assert np.array_equal(half, exact.astype(np.float16))


def test_numbers_beyond_half_precision_are_refused(tmp_path: Path) -> None:
    big = tiny()
    big.encoder.layers[1].feed_forward.output_dense.bias.data[0] = 1e6
    model = Hubert(save(big, tmp_path))
    with pytest.raises(ModelError, match="half precision"):
        model.features(noise(1), (2,), dtype=np.float16)
    assert model.features(noise(1), (2,)).max() > 9e5


@pytest.mark.parametrize(
    ("layers", "depth", "expected"),
    [
        (("low", "middle", "last"), 24, (6, 12, 24)),
        (("low", "middle", "last"), 12, (3, 6, 12)),
        (("last",), 4, (4,)),
        ((24, 0), 24, (24, 0)),
        (("low", 7), 24, (6, 7)),
        ("all", 3, (0, 1, 2, 3)),
    ],
)
def test_layer_numbers(layers: Layers, depth: int, expected: tuple[int, ...]) -> None:
    assert layer_numbers(layers, depth) == expected


@pytest.mark.parametrize("layers", [(), (25,), (-1,), (12, "middle"), (3, 3)])
def test_layers_that_cannot_be_had(layers: Layers) -> None:
    with pytest.raises(SettingsError) as caught:
        layer_numbers(layers, 24)
    assert caught.value.reason == "bad_layers"


def test_layers_come_in_the_order_asked_for(model: Hubert) -> None:
    samples = noise(1)
    every = model.features(samples, "all")
    assert np.array_equal(model.features(samples, (4, 0, 2)), every[[4, 0, 2]])


def test_a_file_that_lacks_weights_is_refused(tmp_path: Path) -> None:
    folder = save(tiny(), tmp_path)
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    state.pop("encoder.layers.2.feed_forward.output_dense.weight")
    torch.save(state, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"lacks encoder.layers.2.feed_forward.output_dense.weight"):
        Hubert(folder)


def test_weights_that_only_training_reads_may_be_absent(tmp_path: Path) -> None:
    folder = save(tiny(), tmp_path)
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    state.pop("masked_spec_embed")
    torch.save(state, folder / "pytorch_model.bin")
    assert Hubert(folder).depth == DEPTH


@pytest.mark.parametrize("broken", ["empty", "no weights", "another model", "another rate"])
def test_folders_that_are_no_hubert(tmp_path: Path, broken: str) -> None:
    if broken != "empty":
        save(tiny(), tmp_path)
    if broken == "no weights":
        (tmp_path / "pytorch_model.bin").unlink()
    if broken == "another model":
        (tmp_path / "config.json").write_text('{"model_type": "wav2vec2"}')
    if broken == "another rate":
        Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(tmp_path)
    with pytest.raises(ModelError) as caught:
        Hubert(tmp_path)
    assert caught.value.reason == "bad_weights" and str(tmp_path) in str(caught.value)
