import numpy as np
import pytest

from facelib.stages.shots import Shot
from facelib.stages.tracking import Face, FaceTrack, interpolate, link, span

KEYPOINTS = (0.0,) * 10


def face(frame: int, x: float = 0.0, side: float = 100.0) -> Face:
    return Face(frame, (x, 0.0, x + side, side), 0.9, KEYPOINTS)


def frames(tracks: list[FaceTrack]) -> list[list[int]]:
    return [[f.frame for f in track.faces] for track in tracks]


@pytest.mark.parametrize(
    ("faces", "expected"),
    [
        pytest.param([face(0), face(25)], [[0, 25]], id="gap 25 joins"),
        pytest.param([face(0), face(26)], [[0], [26]], id="gap 26 splits"),
        pytest.param([face(0), face(1, 33)], [[0, 1]], id="overlap above a half joins"),
        pytest.param([face(0), face(1, 34)], [[0], [1]], id="overlap below a half splits"),
        pytest.param(
            [face(0, 0), face(0, 20), face(1, 1), face(1, 21)],
            [[0, 1], [0, 1]],
            id="two faces that overlap stay two tracks",
        ),
        pytest.param([face(0, 0), face(0, 10), face(1, 9)], [[0], [0, 1]], id="the better overlap wins"),
        pytest.param([face(99), face(100), face(200)], [[100]], id="only faces of the shot"),
        pytest.param([], [], id="no face"),
    ],
)
def test_link(faces: list[Face], expected: list[list[int]]) -> None:
    shot = Shot(100, 200) if faces and faces[0].frame == 99 else Shot(0, 100)
    assert frames(link(shot, faces, min_iou=0.5, max_gap=25)) == expected


def test_tracks_do_not_cross_a_cut() -> None:
    faces = [face(n) for n in range(0, 40, 5)]
    tracks = [t for shot in (Shot(0, 20), Shot(20, 40)) for t in link(shot, faces, min_iou=0.5, max_gap=25)]
    assert frames(tracks) == [[0, 5, 10, 15], [20, 25, 30, 35]]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        pytest.param(102, 197, (100, 200), id="detections nearest to both cuts reach them"),
        pytest.param(100, 195, (100, 200), id="step before the end"),
        pytest.param(105, 190, (105, 191), id="a detection was missed at both ends"),
    ],
)
def test_span(first: int, last: int, expected: tuple[int, int]) -> None:
    assert span(FaceTrack(Shot(100, 200), [face(first), face(last)]), step=5) == expected


def test_interpolation_is_linear_and_held_at_the_ends() -> None:
    track = FaceTrack(Shot(0, 20), [face(5, 0), face(10, 50)])
    boxes = interpolate(track, 3, 13)
    assert list(boxes[:, 0]) == [0, 0, 0, 10, 20, 30, 40, 50, 50, 50]
    assert np.all(boxes[:, 2] - boxes[:, 0] == 100)
