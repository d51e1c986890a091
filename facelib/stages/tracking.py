"""Joins the faces of a shot into tracks: one face through one shot."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facelib.stages.shots import Shot

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Face:
    """A detected face.

    Args:
        frame: on the grid.
        box: ``x1 y1 x2 y2``, source pixels.
        score: of the detector, 0..1.
        keypoints: ten numbers, x y of left eye, right eye, nose, left and right corner of the mouth, source pixels;
            None where the detector gives none.
    """

    frame: int
    box: tuple[float, float, float, float]
    score: float
    keypoints: tuple[float, ...] | None


@dataclass
class FaceTrack:
    """The faces that belong together, in order of time."""

    shot: Shot
    faces: list[Face] = field(default_factory=list)

    @property
    def mean_side(self) -> float:
        """The larger of mean width and mean height of the detections, source pixels."""
        boxes = np.array([face.box for face in self.faces])
        return float(max((boxes[:, 2] - boxes[:, 0]).mean(), (boxes[:, 3] - boxes[:, 1]).mean()))


def iou(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union of two boxes ``x1 y1 x2 y2``, 0..1.

    >>> iou((0, 0, 2, 1), (1, 0, 3, 1))
    0.3333333333333333
    """
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inside = width * height
    return inside / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside)


def link(shot: Shot, faces: Sequence[Face], *, min_iou: float, max_gap: int) -> list[FaceTrack]:
    """The tracks of one shot.

    In every frame the pairs of open track and face with the highest overlap are joined first, so a face belongs to at
    most one track and a track gets at most one face a frame.

    Args:
        shot: its bounds; faces outside are ignored.
        faces: all faces of the video.
        min_iou: a face joins a track when its overlap with the track's last box is greater than this (0..1).
        max_gap: a track may go on after at most this many frames (frame difference; 25 joins, 26 does not).

    Returns:
        Tracks in order of their first frame, then from left to right.
    """
    by_frame: dict[int, list[Face]] = {}
    for face in faces:
        if shot.start_frame <= face.frame < shot.end_frame:
            by_frame.setdefault(face.frame, []).append(face)
    tracks: list[FaceTrack] = []
    for frame in sorted(by_frame):
        waiting = list(by_frame[frame])
        live = [track for track in tracks if frame - track.faces[-1].frame <= max_gap]
        pairs = [
            (iou(track.faces[-1].box, face.box), t, f) for t, track in enumerate(live) for f, face in enumerate(waiting)
        ]
        joined_tracks: set[int] = set()
        joined_faces: set[int] = set()
        for overlap, t, f in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
            if overlap > min_iou and t not in joined_tracks and f not in joined_faces:
                live[t].faces.append(waiting[f])
                joined_tracks.add(t)
                joined_faces.add(f)
        tracks += [FaceTrack(shot, [face]) for f, face in enumerate(waiting) if f not in joined_faces]
    return sorted(tracks, key=lambda track: (track.faces[0].frame, track.faces[0].box[0]))


def span(track: FaceTrack, step: int) -> tuple[int, int]:
    """First frame and one past the last that a track covers.

    Faces are looked for in every ``step``-th frame only, so a track reaches the cut when its first or last detection is
    the one nearest to it.
    """
    first, last = track.faces[0].frame, track.faces[-1].frame
    start = track.shot.start_frame if first - track.shot.start_frame < step else first
    end = track.shot.end_frame if track.shot.end_frame - last <= step else last + 1
    return start, end


def interpolate(track: FaceTrack, start: int, end: int) -> Floats:
    """A box for every frame: linear between detections, held before the first and after the last.

    Returns:
        (end - start, 4) boxes ``x1 y1 x2 y2``, source pixels.
    """
    known = np.array([face.frame for face in track.faces])
    boxes = np.array([face.box for face in track.faces])
    frames = np.arange(start, end)
    return np.stack([np.interp(frames, known, boxes[:, edge]) for edge in range(4)], axis=1)
