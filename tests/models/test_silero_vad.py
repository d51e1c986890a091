from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.media.audio import read_speech
from facelib.models.silero_vad import SileroVad, SpeechRule, per_frame, segments

RULES = [
    SpeechRule(),
    SpeechRule(threshold=0.7, min_speech_s=0.6),
    SpeechRule(min_silence_s=0.5, pad_s=0.2),
    SpeechRule(threshold=0.1, drop=0.2, min_silence_s=0.0),
]


@pytest.fixture(scope="module")
def vad(weight_file: Callable[[str], Path]) -> SileroVad:
    return SileroVad(weight_file("silero_vad"))


def reference(probabilities: np.ndarray, n_samples: int, rule: SpeechRule) -> list[tuple[int, int]]:
    utils_vad = pytest.importorskip("silero_vad.utils_vad")
    found = utils_vad.get_speech_timestamps_from_probs(
        probabilities.tolist(),
        threshold=rule.threshold,
        neg_threshold=rule.exit_threshold,
        min_speech_duration_ms=rule.min_speech_s * 1000,
        min_silence_duration_ms=rule.min_silence_s * 1000,
        speech_pad_ms=rule.pad_s * 1000,
        audio_length_samples=n_samples,
    )
    return [(each["start"], each["end"]) for each in found]


@pytest.mark.media
@pytest.mark.parametrize("file", ["talker_a", "talker_d", "hamilton", "street_crowd"])
def test_the_numbers_are_those_of_the_package(vad: SileroVad, media_dir: Path, file: str) -> None:
    torch = pytest.importorskip("torch")
    package = pytest.importorskip("silero_vad")
    samples = read_speech(media_dir / f"{file}.mp4")
    assert samples is not None
    samples = samples[: 16_000 * 8 + 100]
    model = package.load_silero_vad()
    signal = torch.from_numpy(samples.astype(np.float32) / 32768)
    expected = model.audio_forward(signal, 16_000)[0].numpy()
    found = vad.probabilities(samples)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-4
    timestamps = [(each["start"], each["end"]) for each in package.get_speech_timestamps(signal, model)]
    assert segments(found, len(samples)) == timestamps


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(8))
def test_segments_follow_the_rule_of_the_package(rule: SpeechRule, seed: int) -> None:
    rng = np.random.default_rng(seed)
    walk = np.convolve(rng.normal(size=400), np.ones(1 + seed * 2) / (1 + seed * 2) ** 0.5, mode="same")
    probabilities = (1 / (1 + np.exp(-3 * walk))).astype(np.float32)
    n_samples = 400 * 512 - 37 * seed
    assert segments(probabilities, n_samples, rule) == reference(probabilities, n_samples, rule)


@pytest.mark.parametrize(
    ("name", "probabilities", "expected"),
    [
        ("nothing", [], []),
        ("silence", [0.1] * 40, []),
        ("speech to the end", [0.9] * 40, [(0, 40 * 512)]),
        ("too short", [0.1] * 20 + [0.9] * 7 + [0.1] * 20, []),
        ("just long enough", [0.1] * 20 + [0.9] * 8 + [0.1] * 20, [(20 * 512 - 480, 28 * 512 + 480)]),
        ("between the thresholds it goes on", [0.9] * 10 + [0.4] * 10 + [0.1] * 10, [(0, 20 * 512 + 480)]),
        ("a gap of 3 windows is bridged", [0.9] * 10 + [0.1] * 3 + [0.9] * 10, [(0, 23 * 512)]),
        ("one of 5 is not", [0.9] * 10 + [0.1] * 5 + [0.9] * 10, [(0, 10 * 512 + 480), (15 * 512 - 480, 25 * 512)]),
    ],
)
def test_segments_by_hand(name: str, probabilities: list[float], expected: list[tuple[int, int]]) -> None:
    assert segments(probabilities, len(probabilities) * 512) == expected


@pytest.mark.parametrize("samples", [0, 1, 640, 512 * 513 + 3])
def test_any_length_of_silence_is_no_speech(vad: SileroVad, samples: int) -> None:
    found = vad.probabilities(np.zeros(samples, np.int16))
    assert found.shape == (-(-samples // 512),) and found.dtype == np.float32
    assert segments(found, samples) == []


def test_values_of_frames_keep_the_mean() -> None:
    probabilities = np.array([0, 1, 0, 0.5, 1], np.float32)
    found = per_frame(probabilities, 4)
    assert found == pytest.approx([128 / 640, 384 / 640, 384 * 0.5 / 640, (128 * 0.5 + 512) / 640])
    assert found.mean() == pytest.approx(probabilities.mean())
