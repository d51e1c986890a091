import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.media.audio import SAMPLES_PER_FRAME, read_speech, write_wav
from facelib.models.registry import Weights
from facelib.stages.base import Output
from facelib.stages.clips import Clip
from facelib.stages.speech import Speech, SpeechParams
from facelib.stages.vectors import VECTORS
from facelib.stages.voice import Voice, VoiceParams
from facelib.store import records
from facelib.store.results import Result
from tests.support.clips import clip_of, measure

pytest.importorskip("torch").set_num_threads(1)
START_S = 40.0


def run(samples: np.ndarray | None, weights: Weights, media_dir: Path, folder: Path, **params: Any) -> Output:
    """The stage on a clip with this sound, after the stage ``speech``."""
    clip = dataclasses.replace(clip_of(media_dir / "silent_face.mp4", n_frames=2), start_s=START_S)
    if samples is not None:
        write_wav(folder / "sound.wav", samples)
        n_frames = len(samples) // SAMPLES_PER_FRAME
        clip = dataclasses.replace(clip, n_frames=n_frames, has_audio=True, sound=folder / "sound.wav")
    speech = speech_result(clip, weights, folder)
    return measure(Voice(VoiceParams(model="resemblyzer", **params), weights), [clip], folder / "voice", speech=speech)


def speech_result(clip: Clip, weights: Weights, folder: Path) -> Result:
    output = measure(Speech(SpeechParams(), weights), [clip], folder / "speech")
    tables = {name: records.table(output.tables[name], schema) for name, schema in Speech.tables.items()}
    return Result("speech", "video", "0" * 32, {}, tables)


def sound(media_dir: Path, name: str, seconds: float) -> np.ndarray:
    samples = read_speech(media_dir / f"{name}.mp4")
    assert samples is not None
    return samples[: round(seconds * 25) * SAMPLES_PER_FRAME]


@pytest.mark.media
def test_one_voice(media_dir: Path, weights: Weights, tmp_path: Path) -> None:
    output = run(sound(media_dir, "talker_c", 10), weights, media_dir, tmp_path)
    (row,), (vector,) = output.tables["voice"], output.tables["vectors"]
    assert set(row) == set(Voice.tables["voice"].names) and row["windows"] == 12
    assert row["speaker_change"] is False and row["change_at_s"] is None and 0 < row["change_score"] < 0.25
    assert (vector["task"], vector["model"], vector["metric"]) == ("voice", "resemblyzer", "cosine")
    assert vector["digest"] == weights.digest("resemblyzer") and len(vector["vector"]) == 256
    assert np.linalg.norm(vector["vector"]) == pytest.approx(1)
    assert records.table(output.tables["vectors"], VECTORS).num_rows == 1


@pytest.mark.media
@pytest.mark.parametrize(("one", "other"), [("talker_d", "talker_b"), ("talker_c", "slides_no_face")])
def test_another_voice_takes_over(media_dir: Path, weights: Weights, tmp_path: Path, one: str, other: str) -> None:
    pause = np.zeros(16_000, np.int16)
    samples = np.concatenate([sound(media_dir, one, 5), pause, sound(media_dir, other, 5)])
    (row,) = run(samples, weights, media_dir, tmp_path).tables["voice"]
    assert row["speaker_change"] is True and row["change_score"] > 0.25
    assert START_S + 3.9 < row["change_at_s"] < START_S + 7.1


@pytest.mark.media
@pytest.mark.parametrize(("seconds", "windows"), [(2.0, 1), (3.0, 3)])
def test_too_short_to_tell_of_a_change(
    media_dir: Path, weights: Weights, tmp_path: Path, seconds: float, windows: int
) -> None:
    (row,) = run(sound(media_dir, "talker_c", seconds), weights, media_dir, tmp_path).tables["voice"]
    assert row["windows"] == windows
    assert row["change_score"] is row["speaker_change"] is row["change_at_s"] is None


@pytest.mark.media
@pytest.mark.parametrize(
    ("case", "reason"),
    [("no sound", "no_audio"), ("silence", "little_speech"), ("1 frame", "little_speech"), ("1 s", "little_speech")],
)
def test_rejects(media_dir: Path, weights: Weights, tmp_path: Path, case: str, reason: str) -> None:
    samples = {
        "no sound": None,
        "silence": np.zeros(16_000 * 4, np.int16),
        "1 frame": sound(media_dir, "talker_c", 0.04),
        "1 s": sound(media_dir, "talker_c", 1),
    }[case]
    output = run(samples, weights, media_dir, tmp_path)
    assert [reject.reason for reject in output.rejects] == [reason]
    assert not any(output.tables.values())


def test_it_is_off_unless_a_model_is_chosen() -> None:
    assert Voice.off(VoiceParams()) and Voice.models(VoiceParams()) == ()
    assert Voice.models(VoiceParams(model="resemblyzer")) == ("resemblyzer",)
