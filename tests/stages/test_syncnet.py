from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from facelib.errors import MediaError, ModelError
from facelib.media.audio import cut, read_speech, write_wav
from facelib.media.face_crop import crop_square
from facelib.models.registry import Weights
from facelib.models.syncnet import SyncNet, network, sound_windows
from facelib.stages.clips import SERIES, Clip, series
from facelib.stages.sync_scores import distances, score
from facelib.stages.sync_windows import groups, picture_windows
from facelib.stages.syncnet import Syncnet, SyncnetParams
from facelib.store.results import Result
from tests.media.movies import write_movie
from tests.support.clips import clip_of, measure

FACE = (150.0, 130.0, 350.0, 370.0)
"""The face of talker_a, roughly."""
SHORT = 12

MakeStage = Callable[..., Syncnet]
MakeClip = Callable[..., Clip]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """Random weights in a file like the published one."""
    torch.set_num_threads(1)
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("weights")
    torch.save(network().state_dict(), folder / "syncnet_v2.model")
    return Weights(folder, local={"syncnet_v2": folder / "syncnet_v2.model"})


@pytest.fixture
def make_stage(weights: Weights) -> MakeStage:
    def make(batch: int = 0, **params: Any) -> Syncnet:
        params = {"min_frames": SHORT, **params}
        return Syncnet(SyncnetParams(model="syncnet_v2", **params), weights, batch=batch)

    return make


@pytest.fixture
def make_clip(media_dir: Path, tmp_path: Path) -> MakeClip:
    def make(
        n_frames: int = SHORT,
        *,
        start: int = 0,
        name: str = "a",
        sound: np.ndarray | None = None,
        has_sound: bool = True,
        number: int = 0,
    ) -> Clip:
        path = media_dir / "talker_a.mp4"
        clip = clip_of(path, box=FACE, n_frames=n_frames)
        if has_sound:
            speech = read_speech(path)
            assert speech is not None
            write_wav(tmp_path / f"{name}.wav", cut(speech, start, n_frames) if sound is None else sound)
            clip = replace(clip, has_audio=True, sound=tmp_path / f"{name}.wav")
        return replace(clip, clip_id=name, number=number)

    return make


def close(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> bool:
    def numbers(value: Any) -> Any:
        return pytest.approx(value, abs=1e-5) if isinstance(value, float) else value

    return [{key: numbers(value) for key, value in row.items()} for row in expected] == found


def test_a_row_holds_what_the_vectors_of_the_lrs_crop_give(
    make_stage: MakeStage, make_clip: MakeClip, weights: Weights, tmp_path: Path
) -> None:
    clip = make_clip(14)
    tables = measure(make_stage(max_shift=3), [clip], tmp_path / "out").tables
    (row,), (curve,) = tables["syncnet"], tables["shifts"]
    assert curve["shifts"] == list(range(-3, 4))
    assert curve["shifts"][int(np.argmin(curve["values"]))] == row["offset_frames"]
    assert min(curve["values"]) == pytest.approx(row["min_distance"], abs=1e-5)
    model = SyncNet(weights.file("syncnet_v2"))
    # s = 120 round (250, 250): the square of LRS is 336 wide and begins at 82, 130.
    pictures = [crop_square(frame, np.array([82.0, 130, 418, 466]), 224) for _, frame in clip.frames()]
    speech = clip.speech()
    assert speech is not None
    lips = np.array(model.lips([np.stack(pictures[i : i + 5]) for i in range(9)]))
    expected = score(distances(lips, np.array(model.sound(list(sound_windows(speech, 14)[:9]))), 3, "valid"))
    assert row["offset_frames"] == expected.offset_frames
    assert row["offset_s"] == expected.offset_frames / 25
    assert (row["confidence"], row["min_distance"]) == pytest.approx(
        (expected.confidence, expected.min_distance), abs=1e-5
    )
    assert (row["method"], row["experimental"], row["frames_scored"]) == ("syncnet_v2", False, 14)


def test_results_depend_neither_on_the_batch_nor_on_the_clips_beside(
    make_stage: MakeStage, make_clip: MakeClip, tmp_path: Path
) -> None:
    clips = [make_clip(12, name="a"), make_clip(15, start=40, name="b", number=1)]
    together = measure(make_stage(batch=20), clips, tmp_path / "1").tables
    alone = [measure(make_stage(batch=1), [clip], tmp_path / clip.clip_id).tables for clip in clips]
    for table in ("syncnet", "series", "segments"):
        rows = [row for tables in alone for row in tables[table]]
        if table == "series":
            pairs = zip(together[table], rows, strict=True)
            assert all(
                np.allclose(np.array(one["values"], float), np.array(two["values"], float), atol=1e-5, equal_nan=True)
                for one, two in pairs
            )
        else:
            assert close(together[table], rows)
    assert [row["clip_id"] for row in together["syncnet"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("n_frames", "sound", "reason", "measured", "unit"),
    [
        pytest.param(40, None, "no_audio", 0, "sound streams", id="no audio"),
        pytest.param(40, np.zeros(40 * 640, np.int16), "silent", -96.33, "dBFS", id="silent stream"),
        pytest.param(40, np.full(40 * 640, 20, np.int16), "silent", -64.29, "dBFS", id="next to silent"),
        pytest.param(40, np.zeros(0, np.int16), "silent", -96.33, "dBFS", id="empty wav"),
        pytest.param(1, np.full(640, 900, np.int16), "too_short", 1, "frames", id="one frame"),
        pytest.param(10, np.full(6400, 900, np.int16), "too_short", 10, "frames", id="ten frames"),
        pytest.param(40, np.full(35 * 640 + 639, 900, np.int16), "too_short", 35, "frames", id="sound too short"),
    ],
)
def test_what_cannot_be_scored_is_rejected_with_its_reason(
    make_stage: MakeStage,
    make_clip: MakeClip,
    tmp_path: Path,
    n_frames: int,
    sound: np.ndarray | None,
    reason: str,
    measured: float,
    unit: str,
) -> None:
    clip = make_clip(n_frames, sound=sound, has_sound=sound is not None)
    output = measure(make_stage(min_frames=36), [clip], tmp_path / "out")
    (reject,) = output.rejects
    assert (reject.kind, reject.reason, reject.unit) == ("clip", reason, unit)
    assert reject.measured == pytest.approx(measured, abs=0.01)
    assert not any(output.tables.values())


def test_a_rejected_clip_leaves_the_others_as_they_are(
    make_stage: MakeStage, make_clip: MakeClip, tmp_path: Path
) -> None:
    good, mute = make_clip(name="good", number=1), make_clip(name="mute", has_sound=False)
    output = measure(make_stage(), [mute, good], tmp_path / "out")
    assert [row["clip_id"] for row in output.tables["syncnet"]] == ["good"]
    assert [reject.number for reject in output.rejects] == [0]


def test_sound_shorter_than_the_picture_is_scored_as_far_as_it_goes(
    make_stage: MakeStage, make_clip: MakeClip, tmp_path: Path
) -> None:
    output = measure(make_stage(), [make_clip(25, sound=np.full(12 * 640 + 320, 900, np.int16))], tmp_path / "out")
    (row,) = output.tables["syncnet"]
    assert (row["frames_scored"], row["sound_gap_s"]) == (12, pytest.approx(0.5))
    (series,) = output.tables["series"]
    assert (series["measure"], series["frames"]) == ("sync_confidence", list(range(25)))
    assert not any(value is not None for value in series["values"][12:])


@pytest.mark.parametrize(("windows", "scored"), [("legacy", 7), ("all", 8)])
def test_windows(make_stage: MakeStage, make_clip: MakeClip, tmp_path: Path, windows: str, scored: int) -> None:
    output = measure(make_stage(windows=windows, edges="legacy"), [make_clip(12)], tmp_path / "out")
    values = output.tables["series"][0]["values"]
    assert [value is not None for value in values] == [False] * 2 + [True] * scored + [False] * (10 - scored)


@pytest.mark.parametrize("rules", [(), ("legacy",), ("dense", "strict")])
def test_segments_come_with_their_rule_and_the_offset_they_need(
    make_stage: MakeStage, make_clip: MakeClip, tmp_path: Path, rules: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    from facelib.stages import sync_segments, syncnet

    lenient = {name: replace(rule, threshold=-1e9, min_span=2, trim=1) for name, rule in sync_segments.RULES.items()}
    monkeypatch.setattr(syncnet, "RULES", lenient)
    output = measure(make_stage(rules=rules, max_shift=2), [make_clip(14)], tmp_path / "out")
    rows = output.tables["segments"]
    assert [row["rule"] for row in rows] == list(rules)
    offset = output.tables["syncnet"][0]["offset_frames"]
    for row in rows:
        assert row["seconds"] == (row["end_frame"] - row["start_frame"]) / 25 and row["good_ratio"] == 1
        # 9 windows, those of frames 2 to 10, without the frames whose sound lies outside, and one off at each end.
        if row["rule"] != "legacy":
            first, last = 2 + max(0, offset), 10 + min(0, offset)
            assert (row["start_frame"], row["end_frame"], row["offset_frames"]) == (first + 1, last - 1, offset)


def test_frames_that_are_missing_show_the_one_before(tmp_path: Path) -> None:
    movie = write_movie(tmp_path / "short.mp4", range(9), Fraction(1, 25))
    whole = clip_of(movie)
    longer = replace(whole, n_frames=12, boxes=np.tile(whole.boxes[:1], (12, 1)))
    levels = [window[:, 112, 112, 0].tolist() for window in picture_windows(longer, 8)]
    assert [row[0] for row in levels] == sorted({row[0] for row in levels})
    assert levels[-1][1:] == [levels[4][4]] * 4


def test_a_clip_that_cannot_be_read_is_an_error(make_clip: MakeClip, media_dir: Path) -> None:
    with pytest.raises(MediaError):
        list(picture_windows(replace(make_clip(), video=media_dir / "broken_noise.mp4"), 5))


def test_groups_keep_order_and_take_all(make_clip: MakeClip) -> None:
    clips = [replace(make_clip(), n_frames=n) for n in (4000, 4000, 100, 9000, 20)]
    assert [[clip.n_frames for clip in group] for group in groups(clips)] == [[4000, 4000], [100, 9000], [20]]


def test_what_is_read_depends_on_the_model() -> None:
    lite, full = SyncnetParams(), SyncnetParams(model="syncnet_v2")
    assert (Syncnet.reads(lite), Syncnet.models(lite)) == (("track", "landmarks"), ())
    assert (Syncnet.reads(full), Syncnet.models(full)) == (("track",), ("syncnet_v2",))
    assert Syncnet.off(SyncnetParams(model="none"))


def test_absent_weights_name_the_command_and_the_licence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"licence none stated.*facelib models fetch syncnet_v2") as caught:
        Syncnet(SyncnetParams(model="syncnet_v2"), Weights(tmp_path)).open()
    assert caught.value.exit_code == 78


def landmarks(**openings: np.ndarray) -> Result:
    rows = [series(clip_id, "mouth_opening", "ratio", range(len(row)), row) for clip_id, row in openings.items()]
    rows += [series(clip_id, "yaw", "deg", range(len(row)), row) for clip_id, row in openings.items()]
    return Result("landmarks", "video", "0" * 16, {}, {"series": pa.Table.from_pylist(rows, schema=SERIES)})


def voice_of(opening: np.ndarray) -> np.ndarray:
    """Noise that swells while a mouth moves."""
    noise = np.random.default_rng(1).normal(size=len(opening) * 640)
    return np.asarray(noise * np.repeat(np.abs(np.gradient(opening)), 640) * 12000, np.int16)


@pytest.mark.parametrize("lead", [-5, 0, 3])
def test_the_weight_free_method_tells_the_offset_and_nothing_more(
    make_clip: MakeClip, tmp_path: Path, lead: int
) -> None:
    syllables = np.random.default_rng(0).random(220)
    opening = np.convolve(syllables, np.hanning(7), mode="same").astype(np.float32)
    clip = make_clip(200, sound=voice_of(opening[10 + lead : 210 + lead]))
    seen = opening[10:210].copy()
    seen[50:53] = np.nan
    stage = Syncnet(SyncnetParams(), Weights(tmp_path))
    output = measure(stage, [clip], tmp_path / "out", landmarks=landmarks(a=seen))
    (row,) = output.tables["syncnet"]
    assert (row["method"], row["experimental"]) == ("mouth_correlation", True)
    assert abs(row["offset_frames"] - lead) <= 1 and row["offset_s"] == row["offset_frames"] / 25
    assert (row["score"] > 0.3) is (lead == 0)
    (curve,) = output.tables["shifts"]
    assert curve["shifts"][int(np.argmax(curve["values"]))] == row["offset_frames"]
    assert not {"confidence", "min_distance", "good_ratio"} & {name for name, value in row.items() if value is not None}
    assert not output.tables["segments"] and not output.rejects


@pytest.mark.parametrize(
    ("has_sound", "seen", "loud", "reason"),
    [
        pytest.param(False, 40, 0, "no_audio", id="no audio"),
        pytest.param(True, 0, 900, "no_landmarks", id="no landmarks"),
        pytest.param(True, 40, 0, "no_speech", id="silence"),
        pytest.param(True, 1, 900, "too_short", id="one frame"),
    ],
)
def test_the_weight_free_method_rejects_nothing(
    make_clip: MakeClip, tmp_path: Path, has_sound: bool, seen: int, loud: int, reason: str
) -> None:
    n_frames = seen or 40
    clip = make_clip(n_frames, has_sound=has_sound, sound=np.full(n_frames * 640, loud, np.int16))
    opening = {"a": np.sin(np.arange(n_frames))} if seen else {}
    stage = Syncnet(SyncnetParams(), Weights(tmp_path))
    output = measure(stage, [clip], tmp_path / "out", landmarks=landmarks(**opening))
    (row,) = output.tables["syncnet"]
    assert row["reason"] == reason and row["experimental"]
    assert row.get("offset_frames") is None and row.get("score") is None
    assert not output.rejects


def test_the_weight_free_method_gives_no_offset_by_chance(make_clip: MakeClip, tmp_path: Path) -> None:
    opening, other = (
        np.convolve(np.random.default_rng(seed).random(120), np.hanning(9), mode="same").astype(np.float32)
        for seed in (0, 23)
    )
    stage = Syncnet(SyncnetParams(), Weights(tmp_path))
    output = measure(stage, [make_clip(120, sound=voice_of(other))], tmp_path / "out", landmarks=landmarks(a=opening))
    (row,) = output.tables["syncnet"]
    assert (row["score"], row["reason"], row.get("offset_frames"), row.get("offset_s")) == (0, "no_match", None, None)
