from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from facelib.errors import MediaError, ModelError
from facelib.media.audio import write_wav
from facelib.models.light_asd import network
from facelib.models.registry import Weights
from facelib.stages.clips import Clip
from facelib.stages.speaker import Speaker, SpeakerParams, face_crops
from tests.support.clips import clip_of, measure, with_sound_of
from tests.support.real_faces import face_clip

FACE = (150.0, 130.0, 350.0, 370.0)
"""The face of talker_a, roughly."""

MakeStage = Callable[..., Speaker]
MakeClip = Callable[..., Clip]


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """Random weights in a file like the published one."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "pretrain_AVA_CVPR.model"
    torch.save(network().state_dict(), path)
    return Weights(path.parent, local={"light_asd": path})


@pytest.fixture
def make_stage(random_weights: Weights) -> MakeStage:
    def make(batch: int = 0, **params: Any) -> Speaker:
        params = {"max_shift": 6, "min_frames": 11, **params}
        return Speaker(SpeakerParams(model="light_asd", **params), random_weights, batch=batch)

    return make


@pytest.fixture
def make_clip(media_dir: Path, tmp_path: Path) -> MakeClip:
    def make(n_frames: int, *, name: str = "a", has_sound: bool = True, number: int = 0) -> Clip:
        path = media_dir / "talker_a.mp4"
        clip = replace(clip_of(path, box=FACE, n_frames=n_frames), clip_id=name, number=number)
        return with_sound_of(clip, path, tmp_path) if has_sound else clip

    return make


@pytest.fixture
def judge(media_dir: Path, shared_weights: Path, weights: Weights, tmp_path: Path) -> Callable[..., list[Any]]:
    """The rows of the faces of a file, from the left, by the published weights."""

    def run(file: str, n_frames: int, faces: int = 1) -> list[dict[str, Any]]:
        torch.set_num_threads(1)
        path, local = media_dir / file, {"light_asd": shared_weights / "light_asd_ava.model"}
        clips = []
        for nth in range(faces):
            clip = replace(face_clip(path, weights.file("centerface"), n_frames=n_frames, nth=nth), clip_id=str(nth))
            clips.append(with_sound_of(clip, path, tmp_path))
        stage = Speaker(SpeakerParams(model="light_asd"), Weights(tmp_path, local=local))
        return measure(stage, clips, tmp_path / "out").tables["speaker"]

    return run


@pytest.mark.media
@pytest.mark.timeout(120)
def test_of_two_people_the_one_who_speaks_is_found(judge: Callable[..., list[Any]]) -> None:
    left, right = judge("two_talkers_voice_right.mp4", 75, 2)
    assert (left["is_speaker"], right["is_speaker"]) == (False, True)
    assert left["rivals"] == right["rivals"] == 1
    assert (left["in_sync"], right["in_sync"]) == (False, True)


# file, mean score above 0, offset, whether in sync; an offset is right when it is at most one frame off
TABLE = [
    ("talker_a.mp4", True, 0, True),
    ("talker_b.mp4", True, 0, True),
    ("talker_c.mp4", True, None, True),
    ("talker_a_audio_late_5f.mp4", True, -5, False),
    ("talker_b_audio_early_3f.mp4", True, 3, False),
    ("talker_a_voice_of_b.mp4", True, None, False),
    ("talker_a_silence.mp4", False, None, False),
]


@pytest.mark.slow
@pytest.mark.media
@pytest.mark.parametrize(("file", "speaking", "offset", "in_sync"), TABLE, ids=[row[0] for row in TABLE])
def test_table(judge: Callable[..., list[Any]], file: str, speaking: bool, offset: int | None, in_sync: bool) -> None:
    (row,) = judge(file, 195)
    assert (row["mean_score"] > 0, row["in_sync"]) == (speaking, in_sync)
    assert row["is_speaker"] is speaking and row["rivals"] == 0
    assert (row["speaking_ratio"] > 0.5) is speaking
    assert offset is None or abs(row["offset_frames"] - offset) <= 1
    assert row["offset_s"] == (None if row["offset_frames"] is None else row["offset_frames"] / 25)
    assert (row["offset_frames"] is None) is (file == "talker_a_silence.mp4")


@pytest.mark.slow
@pytest.mark.media
@pytest.mark.parametrize("voice", ["left", "right"])
def test_two_talkers(judge: Callable[..., list[Any]], voice: str) -> None:
    rows = judge(f"two_talkers_voice_{voice}.mp4", 195, 2)
    assert [row["is_speaker"] for row in rows] == [voice == "left", voice == "right"]
    assert [row["in_sync"] for row in rows] == [voice == "left", voice == "right"]


def test_results_depend_neither_on_the_batch_nor_on_the_clips_beside(
    make_stage: MakeStage, make_clip: MakeClip, tmp_path: Path
) -> None:
    clips = [make_clip(20, name="a"), make_clip(26, name="b", number=1)]
    together = measure(make_stage(batch=64), clips, tmp_path / "1").tables
    alone = [measure(make_stage(batch=7), [clip], tmp_path / clip.clip_id).tables for clip in clips]
    for row, other in zip(together["speaker"], [tables["speaker"][0] for tables in alone], strict=True):
        (curve,) = [one for one in together["shifts"] if one["clip_id"] == row["clip_id"]]
        assert curve["shifts"][int(np.argmax(curve["values"]))] == row["offset_frames"]
        for name in ("mean_score", "speaking_ratio", "sync_score", "offset_frames"):
            assert row[name] == pytest.approx(other[name], abs=1e-5)
        assert (row["rivals"], other["rivals"]) == (1, 0)
    for row, other in zip(together["series"], [tables["series"][0] for tables in alone], strict=True):
        assert row["values"] == pytest.approx(other["values"], abs=1e-5)
        assert (row["measure"], row["unit"], len(row["values"])) == ("speaking", "logit", len(row["frames"]))


@pytest.mark.parametrize(
    ("n_frames", "has_sound", "params", "reason", "limit"),
    [
        pytest.param(40, False, {}, "no_audio", 1, id="no audio"),
        pytest.param(1, True, {"min_frames": 36}, "too_short", 36, id="one frame"),
        pytest.param(10, True, {"min_frames": 36}, "too_short", 36, id="ten frames"),
        pytest.param(20, True, {"max_shift": 30}, "too_short", 31, id="shorter than the shifts"),
    ],
)
def test_what_cannot_be_scored_is_rejected_with_its_reason(
    make_stage: MakeStage,
    make_clip: MakeClip,
    tmp_path: Path,
    n_frames: int,
    has_sound: bool,
    params: dict[str, int],
    reason: str,
    limit: float,
) -> None:
    output = measure(make_stage(**params), [make_clip(n_frames, has_sound=has_sound)], tmp_path / "out")
    (reject,) = output.rejects
    assert (reject.kind, reject.reason, reject.threshold) == ("clip", reason, limit)
    assert not output.tables["speaker"] and not output.tables["series"]


def test_sound_that_is_silent_or_ends_early_is_scored(
    make_stage: MakeStage, make_clip: MakeClip, tmp_path: Path
) -> None:
    clip = make_clip(14)
    for name, samples in (("silent", np.zeros(14 * 640, np.int16)), ("empty", np.zeros(0, np.int16))):
        write_wav(tmp_path / f"{name}.wav", samples)
        output = measure(make_stage(), [replace(clip, sound=tmp_path / f"{name}.wav")], tmp_path / name)
        (row,) = output.tables["speaker"]
        assert not output.rejects and np.isfinite(row["mean_score"])
        assert (row["in_sync"], row["offset_frames"], row["sync_score"]) == (False, None, None)


def test_the_crop_is_the_square_of_the_box_in_grey(make_clip: MakeClip) -> None:
    clip = make_clip(3, has_sound=False)
    crops = face_crops(clip)
    # The face is 240 high and 200 wide round (250, 250).
    picture = next(picture for number, picture in clip.frames() if number == 2)
    expected = cv2.cvtColor(cv2.resize(picture[130:370, 130:370], (112, 112)), cv2.COLOR_BGR2GRAY)
    assert crops.shape == (3, 112, 112) and np.array_equal(crops[2], expected)


def test_frames_that_are_missing_show_the_one_before(make_clip: MakeClip, media_dir: Path) -> None:
    clip = clip_of(media_dir / "talker_a.mp4", box=FACE)
    longer = replace(clip, n_frames=clip.n_frames + 3, boxes=np.tile(clip.boxes[:1], (clip.n_frames + 3, 1)))
    crops = face_crops(longer)
    assert all(np.array_equal(crops[-4], crop) for crop in crops[-3:])
    assert not np.array_equal(crops[-4], crops[-30])


def test_a_clip_that_cannot_be_read_is_an_error(make_clip: MakeClip, media_dir: Path) -> None:
    with pytest.raises(MediaError):
        face_crops(replace(make_clip(12), video=media_dir / "broken_noise.mp4"))


def test_the_stage_is_off_unless_a_model_is_chosen() -> None:
    assert Speaker.off(SpeakerParams()) and not Speaker.models(SpeakerParams())
    chosen = SpeakerParams(model="light_asd")
    assert not Speaker.off(chosen) and Speaker.models(chosen) == ("light_asd",)


def test_absent_weights_name_the_command_and_the_licence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"licence MIT.*facelib models fetch light_asd") as caught:
        Speaker(SpeakerParams(model="light_asd"), Weights(tmp_path)).open()
    assert caught.value.exit_code == 78
