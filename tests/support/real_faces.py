"""Clips of real people with the faces that the lite detector finds, as ``track`` hands them on."""

import dataclasses
from pathlib import Path

import numpy as np

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.centerface import CenterFace
from facelib.stages.clips import Clip
from facelib.stages.landmark_gaps import filled
from tests.support.clips import clip_of

STEP, LONG_SIDE = 5, 384


def face_clip(path: Path, detector: Path, *, n_frames: int = 50, nth: int = 0) -> Clip:
    """The first frames of a video whose people stay where they are, with the box of one face in each frame.

    Args:
        path: the video.
        detector: the weights of CenterFace, which looks at every fifth frame.
        n_frames: length of the clip.
        nth: which face, from the left.
    """
    model = CenterFace(detector, threads=1)
    boxes, keypoints = np.full((n_frames, 4), np.nan, np.float32), np.full((n_frames, 5, 2), np.nan, np.float32)
    scores = np.full(n_frames, np.nan, np.float32)
    with GridReader(path, stop=n_frames, threads=1) as reader:
        scale = LONG_SIDE / max(reader.width, reader.height)
        for shown in reader:
            if shown.index % STEP == 0:
                size = (round(reader.width * scale), round(reader.height * scale))
                faces = model.detect(to_bgr(shown.frame, size=size)).scaled(1 / scale)
                face = int(np.argsort(faces.boxes[:, 0])[nth])
                boxes[shown.index], keypoints[shown.index] = faces.boxes[face], faces.keypoints[face]
                scores[shown.index] = faces.scores[face]
    whole = filled(boxes, np.isfinite(scores))
    return dataclasses.replace(clip_of(path, boxes=whole, n_frames=n_frames), keypoints=keypoints, scores=scores)
