import dataclasses
from pathlib import Path

import numpy as np
import pytest

from facelib.media.audio import SAMPLES_PER_FRAME, read_speech, write_wav
from facelib.models.registry import Weights
from facelib.stages.base import Output
from facelib.stages.clips import Clip
from facelib.stages.speech import Speech, SpeechParams
from tests.support.clips import clip_of, measure, with_sound_of
from tests.support.surround import write_surround


@pytest.fixture
def stage(weights: Weights) -> Speech:
    return Speech(SpeechParams(), weights, threads=1)


def clip_with(samples: np.ndarray | None, clip: Clip, folder: Path) -> Clip:
    """The clip with these samples, as long as they are; a clip without sound for None."""
    if samples is None:
        return clip
    path = folder / "sound.wav"
    write_wav(path, samples)
    return dataclasses.replace(clip, n_frames=len(samples) // SAMPLES_PER_FRAME, has_audio=True, sound=path)


def run(stage: Speech, clip: Clip, folder: Path) -> Output:
    return measure(stage, [clip], folder / "scratch")


@pytest.mark.media
def test_a_talking_clip(stage: Speech, media_dir: Path, tmp_path: Path) -> None:
    clip = dataclasses.replace(clip_of(media_dir / "talker_a.mp4"), start_s=100.0)
    output = run(stage, with_sound_of(clip, media_dir / "talker_a.mp4", tmp_path), tmp_path)
    (row,) = output.tables["speech"]
    assert row["speech_s"] == pytest.approx(6.93, abs=0.1) and row["segments"] == 3
    assert row["speech_ratio"] == pytest.approx(row["speech_s"] / 8)
    assert row["loudness_lufs"] == pytest.approx(-27.85, abs=0.05)
    assert 30 < row["snr_db"] < 50 and row["clipped_ratio"] == 0
    found = output.tables["speech_segments"]
    assert sum(each["end_s"] - each["start_s"] for each in found) == pytest.approx(row["speech_s"])
    assert all(100 <= each["start_s"] < each["end_s"] <= 108 for each in found)
    (series,) = output.tables["series"]
    assert series["frames"] == list(range(clip.n_frames)) and max(series["values"]) <= 1
    inside = [value for frame, value in enumerate(series["values"]) if within(100 + (frame + 0.5) / 25, found)]
    outside = [value for frame, value in enumerate(series["values"]) if not within(100 + (frame + 0.5) / 25, found)]
    assert np.mean(inside) > 0.8 > 0.3 > np.mean(outside)


def within(second: float, segments: list[dict[str, float]]) -> bool:
    return any(each["start_s"] <= second < each["end_s"] for each in segments)


@pytest.mark.media
@pytest.mark.parametrize("frames", [1, 9, 10, 200])
def test_silence_is_measured_as_silence(stage: Speech, media_dir: Path, tmp_path: Path, frames: int) -> None:
    clip = clip_of(media_dir / "talker_a.mp4", n_frames=2)
    output = run(stage, clip_with(np.zeros(frames * SAMPLES_PER_FRAME, np.int16), clip, tmp_path), tmp_path)
    (row,) = output.tables["speech"]
    assert row["speech_s"] == row["speech_ratio"] == row["segments"] == row["clipped_ratio"] == 0
    assert row["loudness_lufs"] is None and row["snr_db"] is None
    assert output.tables["speech_segments"] == []
    assert len(output.tables["series"][0]["values"]) == frames


@pytest.mark.media
def test_without_sound_it_is_a_reject(stage: Speech, media_dir: Path, tmp_path: Path) -> None:
    output = run(stage, clip_of(media_dir / "talker_a_no_audio.mp4", n_frames=5), tmp_path)
    assert [reject.reason for reject in output.rejects] == ["no_audio"]
    assert not any(output.tables.values())


@pytest.mark.media
def test_sound_of_48_khz_and_six_channels(stage: Speech, media_dir: Path, tmp_path: Path) -> None:
    """Speech in one channel of six is still speech once it is mono at 16 kHz."""
    samples = read_speech(media_dir / "talker_d.mp4")
    assert samples is not None
    path = write_surround(tmp_path / "six.mkv", samples[: 16_000 * 6])
    clip = dataclasses.replace(clip_of(media_dir / "talker_d.mp4", n_frames=150), clip_id="six")
    (row,) = run(stage, with_sound_of(clip, path, tmp_path), tmp_path).tables["speech"]
    assert row["speech_ratio"] > 0.8
