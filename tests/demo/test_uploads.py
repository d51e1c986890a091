"""Every upload against its truth, as a decoder sees it."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate

from facelib.demo.picture import Image
from facelib.demo.render import finished, recipe, render_upload, video_path
from facelib.demo.truth import GRID_FPS, ExpectedClip, grid_frame, read_truth
from facelib.demo.uploads import UPLOADS, VOICES
from facelib.demo.voice import Utterance, join, speak
from tests.demo.conftest import SPECS, SmallChannel

READABLE = sorted(name for name, spec in SPECS.items() if not spec.truncated)


def decode(path: Path) -> tuple[list[Image], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in frames], [
            frame.time or 0.0 for frame in frames
        ]


def decode_sound(path: Path, rate: int) -> NDArray[np.float64]:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        parts = [out.to_ndarray()[0] for block in container.decode(audio=0) for out in resampler.resample(block)]
        parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    return np.concatenate(parts).astype(float)


@pytest.mark.parametrize("name", READABLE)
def test_frames_rate_size_and_length(name: str, small_channel: SmallChannel) -> None:
    truth = small_channel.truths[name]
    frames, times = decode(video_path(small_channel.folder, name))
    assert len(frames) == truth.frames
    assert frames[0].shape == (truth.height, truth.width, 3)
    assert times == pytest.approx([n / truth.fps for n in range(truth.frames)], abs=1e-4)
    sound = decode_sound(video_path(small_channel.folder, name), 22050)
    assert len(sound) / 22050 == pytest.approx(truth.duration_s, abs=0.05)


@pytest.mark.parametrize("name", ["plain", "thirty", "early", "late"])
def test_the_sound_leads_by_the_frames_that_the_truth_says(name: str, small_channel: SmallChannel) -> None:
    truth = small_channel.truths[name]
    line = SPECS[name].shots[0].roles[0].lines[0]
    speech = speak(Utterance(line.text, VOICES["Joe Biden"]))
    in_time = join([(line.begin, speech)], truth.duration_s).samples.astype(float)
    heard = decode_sound(video_path(small_channel.folder, name), speech.rate)
    lag = int(np.argmax(correlate(heard, in_time, method="fft"))) - (len(in_time) - 1)
    assert -lag / speech.rate * GRID_FPS == pytest.approx(truth.sound_shift_frames, abs=0.05)


def mouth_area(frames: list[Image], clip: ExpectedClip) -> NDArray[np.float64]:
    """Dark pixels of each frame in the lower half of a face box: how far the drawn mouth is open."""
    x1, y1, x2, y2 = (int(value) for value in clip.box)
    return np.array([(frame[(y1 + y2) // 2 : y2 + 20, x1:x2].max(axis=2) < 100).sum() for frame in frames], float)


def test_only_who_speaks_moves_the_mouth_and_in_time_with_the_voice(small_channel: SmallChannel) -> None:
    truth = small_channel.truths["pair"]
    frames, _ = decode(video_path(small_channel.folder, "pair"))
    speaker, listener = truth.clips
    assert (speaker.person, listener.person) == ("Eileen Collins", "Joe Biden")
    assert listener.speaks_s == ()
    area = mouth_area(frames, speaker)
    sound = decode_sound(video_path(small_channel.folder, "pair"), 25 * 800)[: 800 * len(frames)]
    heard = np.sqrt((sound.reshape(-1, 800) ** 2).mean(axis=1))
    assert np.corrcoef(area, heard[: len(area)])[0, 1] > 0.8
    assert area.max() > 150
    assert mouth_area(frames, listener).max() < 0.1 * area.max()


def test_the_cut_is_where_the_truth_says(small_channel: SmallChannel) -> None:
    truth = small_channel.truths["cut"]
    frames, _ = decode(video_path(small_channel.folder, "cut"))
    change = [np.abs(a.astype(int) - b).mean() for a, b in pairwise(frames)]
    assert truth.cuts == (37,)
    assert int(np.argmax(change)) + 1 == 37
    assert sorted(change)[-2] < 0.3 * max(change)
    assert [(clip.person, clip.start_frame, clip.end_frame) for clip in truth.clips] == [
        ("Joe Biden", 0, 37),
        ("Eileen Collins", 37, 66),
    ]


def test_the_truncated_file_cannot_be_opened(small_channel: SmallChannel) -> None:
    path = video_path(small_channel.folder, "torn")
    assert path.stat().st_size > 10_000
    assert path.read_bytes()[4:8] == b"ftyp"
    with pytest.raises(av.error.InvalidDataError):
        av.open(str(path))
    truth = small_channel.truths["torn"]
    assert (truth.outcome, truth.expected_clips) == ("quarantined", 0)


def test_cards_expect_no_clip(small_channel: SmallChannel) -> None:
    truth = small_channel.truths["cards"]
    assert (truth.outcome, truth.expected_clips, truth.people, truth.has_audio) == ("published", 0, (), True)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_truth_is_read_back_as_written_and_dates_the_file(name: str, small_channel: SmallChannel) -> None:
    assert read_truth(small_channel.folder, name) == small_channel.truths[name]
    changed = video_path(small_channel.folder, name).stat().st_mtime
    assert changed == SPECS[name].published.timestamp()


def test_an_upload_is_the_same_file_each_time(
    tmp_path: Path, small_channel: SmallChannel, pictures: dict[str, Image]
) -> None:
    assert render_upload(tmp_path, SPECS["cards"], pictures) == small_channel.truths["cards"]
    assert finished(tmp_path, SPECS["cards"]) == small_channel.truths["cards"]
    video_path(tmp_path, "cards").write_bytes(b"other")
    assert finished(tmp_path, SPECS["cards"]) is None


@pytest.mark.parametrize(("frame", "fps", "grid"), [(0, 25, 0), (88, 25, 88), (204, 30, 170), (1, 30, 1), (6, 30, 5)])
def test_grid_frame(frame: int, fps: int, grid: int) -> None:
    assert grid_frame(frame, fps) == grid


def test_the_sample_channel_has_what_the_demonstration_needs() -> None:
    assert len({spec.name for spec in UPLOADS}) == len(UPLOADS) == len({recipe(spec) for spec in UPLOADS})
    listed = [spec for spec in UPLOADS if spec.listed]
    assert {spec.published.date().isoformat() for spec in listed} == {"2026-01-05", "2026-01-06"}
    assert [spec.name for spec in UPLOADS if not spec.listed] == ["late-arrival"]
    assert max(UPLOADS, key=lambda spec: spec.published).name == "late-arrival"
    assert all(role.face_height >= 150 for spec in UPLOADS for shot in spec.shots for role in shot.roles)
    assert sorted(spec.fps for spec in listed) == [*[25] * (len(listed) - 1), 30]
    assert sum(spec.truncated for spec in listed) == 1
    assert [spec.sound_shift_frames for spec in listed if spec.sound_shift_frames] == [6]
