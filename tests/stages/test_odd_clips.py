"""Every measuring stage on clips that are odd in one way each: a right value, or a reject with its reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from facelib.catalog.reader import Catalog
from facelib.ingest import ingest
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.store import results
from facelib.store.results import Result
from tests.support.odd_videos import START_S, odd_videos
from tests.support.pipelines import settings_in

pytest.importorskip("torch").set_num_threads(1)
pytestmark = [pytest.mark.slow, pytest.mark.media, pytest.mark.timeout(900)]

N_FRAMES = 50
PARAMS: dict[str, Any] = {
    "probe": {"min_seconds": 0, "min_bytes": 0},
    "detect": {"step": 5},
    "track": {"min_seconds": 0.2, "crf": 18},
    "speaker": {"model": "light_asd", "max_shift": 6},
    "voice": {"model": "resemblyzer", "min_speech_s": 1.0},
    "iqa": {"frames": 4},
    "image": {"frames": 3},
    "embed": {"best": 2, "candidates": 3, "check_faces": 2},
}
MEASURING = ("hashes", "landmarks", "syncnet", "speaker", "iqa", "image", "hubert", "speech", "voice", "embed")
NO_SOUND = dict.fromkeys(("speaker", "hubert", "speech", "voice"), "no_audio")
REJECTS: dict[str, dict[str, str]] = {
    "plain": {},
    "no_audio": NO_SOUND,
    "silence": {"voice": "little_speech"},
    "audio_shorter": {},
    "audio_longer": {},
    "audio_starts_late": {},
    "variable_rate": {},
    "odd_size": {},
    "grey": {},
    "ten_bit": {},
    "two_audio": {},
    "surround": {},
    "ten_frames": {"speaker": "too_short", "voice": "little_speech"},
}
"""Of each odd video, the stages that must reject its clip, and why; all others must measure it."""

Row = dict[str, Any]


class Measured:
    """What came out for one video."""

    def __init__(self, settings: Settings, catalog: Catalog, title: str) -> None:
        self._store = settings.open_store()
        self._catalog, self._title = catalog, title
        self.n_frames = 10 if title == "ten_frames" else N_FRAMES

    def rows(self, table: str) -> list[Row]:
        """Its rows of a table of the catalogue."""
        query = f"SELECT t.* FROM {table} t JOIN uploads u USING (video_id) WHERE u.title = ? ORDER BY ALL"
        return self._catalog.rows(query, [self._title])

    def row(self, table: str) -> Row:
        """Its only row there."""
        (row,) = self.rows(table)
        return row

    def result(self, stage: str) -> Result:
        """The whole result of a stage."""
        (name,) = [row["fingerprint"] for row in self.rows("stages") if row["stage"] == stage]
        found = results.read(self._store, stage, self.row("videos")["video_id"], name)
        assert found is not None
        return found

    def array(self, stage: str, ending: str) -> NDArray[Any]:
        """An array file of its clip."""
        (key,) = [file.key for file in self.result(stage).media if file.name.endswith(ending)]
        return np.asarray(np.load(self._store.path(key), allow_pickle=False))


Of = Callable[[str], Measured]


@pytest.fixture(scope="module")
def of(
    tmp_path_factory: pytest.TempPathFactory, media_dir: Path, shared_weights: Path, lite_models: Path
) -> Iterator[Of]:
    """All odd videos through the whole chain, once; by name."""
    folder = tmp_path_factory.mktemp("odd")
    videos = folder / "videos"
    videos.mkdir()
    for name, video in odd_videos(media_dir / "talker_a.mp4", N_FRAMES).items():
        video.write(videos / f"{name}.mkv")
    settings = settings_in(folder, **PARAMS)
    settings.device, settings.weights = "cpu", {"light_asd": shared_weights / "light_asd_ava.model"}
    ingest(settings, [str(videos)])
    with Catalog(settings.open_store()) as catalog:
        yield lambda name: Measured(settings, catalog, name)


@pytest.mark.parametrize("name", REJECTS)
def test_every_stage_measures_or_says_why_not(of: Of, name: str) -> None:
    found = of(name)
    assert not found.rows("quarantine")
    assert [row["reason"] for row in found.rows("stages")] == [""] * len(pipeline.PIPELINE)
    assert (found.row("videos")["n_frames"], found.row("clips")["end_frame"]) == (found.n_frames,) * 2
    rejects = {row["stage"]: row["reason"] for row in found.rows("rejects")}
    assert rejects == REJECTS[name]
    for stage in MEASURING:
        rows = found.rows(stage)
        assert len(rows) == (0 if stage in rejects else 1), stage
        assert all(math.isfinite(value) for row in rows for value in row.values() if isinstance(value, float)), stage


@pytest.mark.parametrize("name", REJECTS)
def test_series_and_arrays_last_as_long_as_the_clip(of: Of, name: str) -> None:
    found, n = of(name), of(name).n_frames
    for stage in ("landmarks", "speaker", "speech"):
        for row in found.result(stage).rows("series"):
            assert row["frames"] == list(range(n)) and len(row["values"]) == n, (stage, row["measure"])
            assert all(math.isfinite(value) for value in row["values"]), (stage, row["measure"])
    assert found.array("landmarks", ".landmarks.npy").shape == (n, 68, 2)
    assert found.array("landmarks", ".landmark_flags.npy").shape == (n,)
    if "hubert" not in REJECTS[name]:
        features = found.array("hubert", ".npy")
        assert features.shape == (4 * n, 39) and np.isfinite(features).all()
        assert (found.row("hubert")["steps"], found.row("hubert")["dims"]) == (4 * n, 39)


@pytest.mark.parametrize("name", ["odd_size", "grey", "ten_bit", "variable_rate"])
def test_the_picture_is_read_as_it_is(of: Of, name: str) -> None:
    """Of the same face, whatever the pixels: how it is turned, where it is, how bright."""
    found, usual = of(name), of("plain")
    for angle in ("yaw_mean", "pitch_mean", "roll_mean"):
        assert found.row("landmarks")[angle] == pytest.approx(usual.row("landmarks")[angle], abs=1.5)
    assert found.row("iqa")["face_luma"] == pytest.approx(usual.row("iqa")["face_luma"], abs=4)
    points, others = (each.array("landmarks", ".landmarks.npy") for each in (found, usual))
    if name == "odd_size":  # 241 px of 256, 40 px further right, in a window that has its own corner
        corner = np.array([found.row("clips")["x1"], found.row("clips")["y1"]])
        points = (points + corner - [40, 0]) * 256 / 241
        window = found.row("clips")
        assert all(window[edge] % 2 == 0 for edge in ("x1", "y1", "x2", "y2"))
        assert window["x2"] <= 321 and window["y2"] <= 241
    # A frame that the variable rate left out shows the one before it.
    kept = [n for n in range(N_FRAMES) if name != "variable_rate" or n % 7 not in (1, 2, 4)]
    assert np.median(np.linalg.norm(points[kept] - others[kept], axis=2)) < 2.5


@pytest.mark.parametrize("name", ["odd_size", "grey", "ten_bit", "variable_rate", "audio_longer", "two_audio"])
def test_the_sound_is_that_of_the_first_stream_from_the_first_picture_on(of: Of, name: str) -> None:
    found, usual = of(name), of("plain")
    assert np.array_equal(found.array("hubert", ".npy")[:-8], usual.array("hubert", ".npy")[:-8])
    for column in ("speech_s", "loudness_lufs", "snr_db"):
        assert found.row("speech")[column] == pytest.approx(usual.row("speech")[column], abs=1e-4)


def test_times_count_from_the_start_of_the_source(of: Of) -> None:
    late, usual = of("variable_rate"), of("plain")
    assert (late.row("clips")["start_s"], late.row("clips")["end_s"]) == (START_S, START_S + N_FRAMES / 25)
    for edge in ("start_s", "end_s"):
        assert late.row("speech_segments")[edge] == pytest.approx(START_S + usual.row("speech_segments")[edge])


def test_sound_that_ends_early_is_silent_from_there(of: Of) -> None:
    found, end = of("audio_shorter"), N_FRAMES * 2 // 3
    assert found.row("speech_segments")["end_s"] == pytest.approx(end / 25, abs=0.1)
    features = found.array("hubert", ".npy")
    assert np.array_equal(features[: 4 * end - 8], of("plain").array("hubert", ".npy")[: 4 * end - 8])
    assert np.ptp(features[4 * end + 8 :], axis=0).max() == 0
    (speaking,) = found.result("speaker").rows("series")
    assert np.mean(speaking["values"][: end - 3]) > 0 > np.mean(speaking["values"][end + 3 :])


def test_sound_that_starts_late_is_silent_until_then(of: Of) -> None:
    found = of("audio_starts_late")
    assert found.row("speech_segments")["start_s"] == pytest.approx(0.4, abs=0.1)
    features = found.array("hubert", ".npy")
    assert np.ptp(features[: 40 - 8], axis=0).max() == 0
    assert np.array_equal(features[40 + 8 : -8], of("plain").array("hubert", ".npy")[40 + 8 : -8])


def test_silence_is_no_speech_and_never_in_sync(of: Of) -> None:
    found = of("silence")
    speech, speaker, sync = found.row("speech"), found.row("speaker"), found.row("syncnet")
    assert (speech["speech_s"], speech["segments"], found.rows("speech_segments")) == (0, 0, [])
    assert (speech["loudness_lufs"], speech["snr_db"]) == (None, None)
    assert (speaker["is_speaker"], speaker["in_sync"], speaker["speaking_ratio"]) == (False, False, 0)
    assert (speaker["offset_frames"], speaker["offset_s"], speaker["sync_score"]) == (None, None, None)
    assert (sync["reason"], sync["offset_frames"], sync["score"]) == ("no_speech", None, None)
    assert of("plain").row("speaker")["is_speaker"] is True


def test_without_sound_what_needs_it_is_empty(of: Of) -> None:
    found = of("no_audio")
    assert found.row("clips")["has_audio"] is False
    sync = found.row("syncnet")
    assert (sync["reason"], sync["offset_frames"], sync["offset_s"], sync["score"]) == ("no_audio", None, None, None)
    assert found.row("landmarks") | {"clip_id": "", "video_id": ""} == of("plain").row("landmarks") | {
        "clip_id": "",
        "video_id": "",
    }


def test_six_channels_at_48_khz_are_mixed(of: Of) -> None:
    found, usual = of("surround").row("speech"), of("plain").row("speech")
    assert found["speech_s"] == pytest.approx(usual["speech_s"], abs=0.15)
    # The centre has 2 of the 7 parts of the mix: sqrt(1/2) against 1 + 2 sqrt(1/2) + ... of all channels.
    assert found["loudness_lufs"] - usual["loudness_lufs"] == pytest.approx(20 * math.log10(2 / 7), abs=0.3)
    spectra = [of(name).array("hubert", ".npy")[:, 1:13] for name in ("surround", "plain")]
    assert np.corrcoef(spectra[0].ravel(), spectra[1].ravel())[0, 1] > 0.95


def test_ten_frames_have_a_face_but_no_offset(of: Of) -> None:
    found = of("ten_frames")
    assert (found.row("syncnet")["reason"], found.row("syncnet")["offset_frames"]) == ("too_short", None)
    assert found.row("speech")["snr_db"] is None and found.row("embed")["people"] == 1
    reject = next(row for row in found.rows("rejects") if row["stage"] == "speaker")
    assert (reject["measured"], reject["threshold"], reject["unit"]) == (10, 36, "frames")
