from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.media.audio import read_speech
from facelib.models.device import Batch
from facelib.models.resemblyzer import STEP, Resemblyzer, boundary, mel_spectrogram, raised, stretches
from facelib.models.silero_vad import SileroVad, segments
from facelib.models.speaker_change import best_change

torch = pytest.importorskip("torch")
Speech = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def model(weight_file: Callable[[str], Path]) -> Resemblyzer:
    torch.set_num_threads(1)
    return Resemblyzer(weight_file("resemblyzer"))


@pytest.fixture(scope="module")
def speech(weight_file: Callable[[str], Path], media_dir: Path) -> Speech:
    """Speech without its pauses, at most 12 s of each file."""
    vad = SileroVad(weight_file("silero_vad"))
    found = {}
    for file in ("talker_a", "talker_b", "talker_c", "talker_d", "slides_no_face", "two_talkers_voice_left"):
        samples = read_speech(media_dir / f"{file}.mp4")
        assert samples is not None
        samples = samples[: 16_000 * 14]
        spoken = segments(vad.probabilities(samples), len(samples))
        found[file] = np.concatenate([samples[first:last] for first, last in spoken])[: 16_000 * 12]
    return found


def voice(model: Resemblyzer, samples: np.ndarray) -> np.ndarray:
    mean = model.embed(samples).mean(axis=0)
    return mean / np.linalg.norm(mean)


@pytest.mark.media
def test_one_voice_is_nearer_than_another(model: Resemblyzer, speech: Speech) -> None:
    single = [file for file in speech if file != "two_talkers_voice_left"]
    voices = [(file, voice(model, half)) for file in single for half in np.array_split(speech[file], 2)]
    for (one, first), (other, second) in combinations(voices, 2):
        near = 1 - float(first @ second) < Resemblyzer.same_voice
        assert near == (one == other), (one, other)
    assert voice(model, speech["talker_a"]) @ voice(model, speech["two_talkers_voice_left"]) > 0.95


@pytest.mark.media
@pytest.mark.parametrize("one", ["talker_a", "talker_c"])
@pytest.mark.parametrize("other", ["talker_b", "talker_d", "slides_no_face"])
def test_a_change_of_speaker_is_found_where_it_is(model: Resemblyzer, speech: Speech, one: str, other: str) -> None:
    vectors = model.embed(np.concatenate([speech[one][:80_000], speech[other][:80_000]]))
    change = best_change(vectors)
    assert change is not None and change.score > Resemblyzer.same_voice
    assert boundary(change.first) / 16_000 == pytest.approx(5.0, abs=1.1)


@pytest.mark.media
@pytest.mark.parametrize("file", ["talker_a", "talker_b", "talker_c", "talker_d", "slides_no_face"])
def test_one_voice_does_not_change(model: Resemblyzer, speech: Speech, file: str) -> None:
    change = best_change(model.embed(speech[file]))
    assert change is not None and change.score < Resemblyzer.same_voice


@pytest.mark.media
def test_batches_do_not_change_the_numbers(model: Resemblyzer, speech: Speech) -> None:
    samples = speech["talker_b"]
    assert np.abs(model.embed(samples, Batch(1)) - model.embed(samples, Batch(7))).max() < 1e-5


@pytest.mark.parametrize("samples", [0, 640, 6400, 16_000, 25_600])
def test_short_and_silent_sound_gives_one_finite_vector(model: Resemblyzer, samples: int) -> None:
    found = model.embed(np.zeros(samples, np.int16))
    assert found.shape == (1, 256) and found.dtype == np.float32 and np.isfinite(found).all()


# By the rule of the package: windows of 160 frames every 77, the last one if 75 % of it is sound.
@pytest.mark.parametrize(
    ("samples", "count"),
    [(0, 1), (16_000, 1), (25_600, 1), (31_519, 1), (31_520, 2), (43_839, 2), (43_840, 3), (160_000, 12)],
)
def test_stretches(samples: int, count: int) -> None:
    assert stretches(samples) == [STEP * k for k in range(count)]


def test_the_spectrogram_is_the_one_of_the_formula() -> None:
    """One frame by the definition: periodic Hann window, power, triangles even in Slaney's mel with area 1."""
    signal = np.random.default_rng(0).normal(size=2_000).astype(np.float32)
    padded = np.pad(signal.astype(np.float64), 200)
    frame = padded[5 * 160 : 5 * 160 + 400] * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400))
    angles = -2j * np.pi * np.outer(np.arange(201), np.arange(400)) / 400
    power = np.abs(np.exp(angles) @ frame) ** 2
    top = 15 + 27 * np.log(8) / np.log(6.4)
    mels = np.linspace(0, top, 42)
    hertz = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(np.log(6.4) * (mels - 15) / 27))
    bins = np.arange(201) * 40.0
    expected = [
        (2 / (high - low) * np.clip(np.minimum((bins - low) / (mid - low), (high - bins) / (high - mid)), 0, None))
        @ power
        for low, mid, high in zip(hertz, hertz[1:], hertz[2:], strict=False)
    ]
    found = mel_spectrogram(signal)
    assert found.shape == (1 + 2_000 // 160, 40)
    assert found[5] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("level", "expected"), [(0.001, -30.0), (0.5, -6.0206), (0.0, None)])
def test_quiet_sound_is_raised_and_loud_sound_left(level: float, expected: float | None) -> None:
    found = raised(np.full(1000, level, np.float32))
    if expected is None:
        assert not found.any()
    else:
        assert 20 * np.log10(np.abs(found).mean()) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("order", "side", "expected"),
    [
        ([0, 0, 0, 1, 1], 2, (1.0, 3)),
        ([0, 1, 1, 1, 1], 1, (1.0, 1)),
        ([0, 0, 0, 0], 2, (0.0, 2)),
        ([0, 0, 0], 2, None),
        ([], 1, None),
    ],
)
def test_best_change(order: list[int], side: int, expected: tuple[float, int] | None) -> None:
    change = best_change(np.eye(2, dtype=np.float32)[order].reshape(-1, 2), side=side)
    assert (change and (change.score, change.first)) == (expected and pytest.approx(expected))


def test_a_file_of_other_weights_is_refused(tmp_path: Path) -> None:
    torch.save({"model_state": {"linear.weight": torch.zeros(256, 256)}}, tmp_path / "a.pt")
    with pytest.raises(ModelError, match="lacks") as caught:
        Resemblyzer(tmp_path / "a.pt")
    assert caught.value.reason == "bad_weights"
