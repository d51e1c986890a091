import numpy as np
import pytest
import torch
from scipy.signal import medfilt

from facelib.media.audio import cut
from facelib.media.av_offset import shift_sound
from facelib.models.syncnet import sound_windows
from facelib.stages.sync_scores import (
    Edges,
    SyncScores,
    distances,
    frame_confidence,
    legacy_frame_confidence,
    score,
)

MAX_SHIFT = 15


def vectors(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 64)).astype(np.float32)


def scores_of(windows: np.ndarray, means: np.ndarray | None = None) -> SyncScores:
    return SyncScores(0, 0.0, 0.0, np.zeros(31) if means is None else means, windows)


# Picture i and the sound of picture i + lead lie beside each other: what is seen at i was heard lead frames before.
@pytest.mark.parametrize("edges", ["legacy", "valid"])
@pytest.mark.parametrize("lead", [-15, -14, -5, -1, 0, 1, 3, 14, 15])
def test_the_offset_is_positive_when_the_sound_leads(lead: int, edges: Edges) -> None:
    stream = vectors(160)
    lips, sound = stream[30:130], stream[30 + lead : 130 + lead]
    found = score(distances(lips, sound + vectors(100, 1), MAX_SHIFT, edges))
    assert found.offset_frames == lead
    assert found.confidence > 5


@pytest.mark.parametrize("lead", [-7, -3, 0, 3, 5])
def test_sound_shifted_by_the_offset_is_in_sync(lead: int) -> None:
    """The pictures are stood for by what the sound in sync with them gives."""
    speech = (np.random.default_rng(2).normal(size=80 * 640) * 2000 * np.hanning(37)[np.arange(80 * 640) % 37]).astype(
        np.int16
    )
    heard = cut(speech, lead, 80)
    flat = [sound_windows(samples, 80).reshape(76, -1) for samples in (speech, heard, shift_sound(heard, lead))]
    assert score(distances(flat[0], flat[1], MAX_SHIFT, "valid")).offset_frames == lead
    assert score(distances(flat[0], flat[2], MAX_SHIFT, "valid")).offset_frames == 0


def test_distances_by_hand() -> None:
    lips, sound = np.array([[0], [3]], np.float32), np.array([[1], [5]], np.float32)
    legacy = distances(lips, sound, 1, "legacy")
    assert legacy == pytest.approx(np.array([[0, 1, 5], [2, 2, 3]]), abs=5e-6)
    found = score(legacy)
    assert (found.offset_frames, found.min_distance, found.confidence) == pytest.approx((1, 1.0, 0.5), abs=5e-6)
    assert found.windows == pytest.approx([1.5, -0.5], abs=5e-6)
    valid = distances(lips, sound, 1, "valid")
    assert np.isnan(valid).tolist() == [[True, False, False], [False, False, True]]
    found = score(valid)
    assert found.means == pytest.approx([2, 1.5, 5], abs=5e-6)
    assert (found.offset_frames, found.min_distance, found.confidence) == pytest.approx((0, 1.5, 0.5), abs=5e-6)
    assert found.windows == pytest.approx([1, 0], abs=5e-6)


@pytest.mark.parametrize("n", [3, 5, 40])
def test_legacy_numbers_are_those_of_torch(n: int) -> None:
    lips, sound = vectors(n), vectors(n, 1)
    padded = torch.nn.functional.pad(torch.from_numpy(sound), (0, 0, MAX_SHIFT, MAX_SHIFT))
    rows = [
        torch.nn.functional.pairwise_distance(torch.from_numpy(lips[[i]]).repeat(31, 1), padded[i : i + 31])
        for i in range(n)
    ]
    means = torch.stack(rows, 1).mean(1)
    least, best = means.min(0)
    found = score(distances(lips, sound, MAX_SHIFT, "legacy"))
    assert found.offset_frames == MAX_SHIFT - int(best)
    assert found.min_distance == pytest.approx(float(least), abs=1e-5)
    assert found.confidence == pytest.approx(float(means.median() - least), abs=1e-5)
    by_frame = float(means.median()) - np.pad([float(row[best]) for row in rows], 3, constant_values=10)
    assert legacy_frame_confidence(found, n + 6) == pytest.approx(medfilt(by_frame, 9), abs=1e-5)
    # A clip of n + 5 frames has n windows, and one value more than frames.
    assert legacy_frame_confidence(found, n + 5) == pytest.approx(medfilt(by_frame, 9)[:-1], abs=1e-5)
    assert np.isnan(legacy_frame_confidence(found, n + 8)).tolist() == [False] * (n + 6) + [True] * 2


def test_zero_vectors_at_the_ends_bias_the_shifts_and_leaving_them_out_does_not() -> None:
    """Vectors of length 8, each shift as far off as any other: zeros are nearer than other vectors."""
    lips, sound = vectors(31), vectors(31, 1)
    lips, sound = (8 * stream / np.linalg.norm(stream, axis=1, keepdims=True) for stream in (lips, sound))
    legacy, valid = (score(distances(lips, sound, MAX_SHIFT, edges)).means for edges in ("legacy", "valid"))
    assert legacy[0] < legacy[MAX_SHIFT] - 1 and legacy[-1] < legacy[MAX_SHIFT] - 1
    assert abs(valid - valid[MAX_SHIFT]).max() < 0.5


def test_shifts_without_a_pair_do_not_count() -> None:
    found = score(distances(vectors(4), vectors(4), MAX_SHIFT, "valid"))
    assert found.offset_frames == 0
    assert np.isfinite(found.means).tolist() == [False] * 12 + [True] * 7 + [False] * 12
    assert np.isfinite(found.confidence)


def test_pairs_beyond_the_ends_have_no_confidence() -> None:
    stream = vectors(60)
    found = score(distances(stream[:50], stream[4:54], MAX_SHIFT, "valid"))
    assert found.offset_frames == 4
    assert np.isnan(found.windows).tolist() == [True] * 4 + [False] * 46


# (values of the windows, frames, expected): window i belongs to frame i + 2, median of the windows up to 4 frames off.
@pytest.mark.parametrize(
    ("windows", "n_frames", "expected"),
    [
        pytest.param([1.0] * 5, 9, [None] * 2 + [1.0] * 5 + [None] * 2, id="centred"),
        pytest.param([1.0], 5, [None, None, 1.0, None, None], id="one window"),
        pytest.param([5.0] * 4 + [0.0] * 5 + [5.0] * 4, 17, None, id="a hole of 5 stays"),
        pytest.param([None, 3.0, 1.0], 8, [None, None, None, 2.0, 2.0, None, None, None], id="not where unknown"),
    ],
)
def test_confidence_of_frames(windows: list[float | None], n_frames: int, expected: list[float | None] | None) -> None:
    found = frame_confidence(scores_of(np.array(windows, float)), n_frames)
    assert len(found) == n_frames
    if expected is not None:
        assert found == pytest.approx(np.array(expected, float), nan_ok=True)
    else:
        assert found[8] == 0.0


@pytest.mark.parametrize(("bad", "middle"), [(4, 5.0), (5, 0.0)])
def test_the_median_bridges_four_frames_and_not_five(bad: int, middle: float) -> None:
    windows = np.full(40, 5.0)
    windows[20 : 20 + bad] = 0
    assert frame_confidence(scores_of(windows), 45)[22 + bad // 2] == middle
