"""``landmarks``: 68 points, head pose and the openings of mouth and eyes in every frame of a clip."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from facelib.models import landmark
from facelib.models.face_openings import eye_opening, mouth_opening
from facelib.models.faces import Floats
from facelib.models.head_pose import head_pose
from facelib.models.tddfa_v2 import TddfaV2
from facelib.stages.base import Job, Output, Params
from facelib.stages.clips import SERIES, Clip, ClipStage, Unmeasurable, series
from facelib.stages.landmark_gaps import EXTRAPOLATED, INTERPOLATED, MEASURED, filled, gap_flags

BATCH = 4
"""Frames that a model takes at once on a CPU; more of them gain nothing."""

Frame = tuple[int, NDArray[np.uint8]]
Found = tuple[int, Floats, float, Floats]


class LandmarksParams(Params):
    """How the points of a face are found."""

    model: landmark.LandmarkName | Literal["none"] = Field("mediapipe", description="Landmark model.")
    pose: Literal["points", "tddfa_v2"] = Field("points", description="Head pose from the points, or by 3DDFA_V2.")
    step: int = Field(1, ge=1, le=25, description="Look at every step-th frame; those between are interpolated.")
    min_score: float = Field(0.5, ge=0, le=1, description="Points of a lower score (0..1) are taken for a miss.")


class Landmarks(ClipStage[LandmarksParams]):
    """Finds the points of each frame, fills the frames where it cannot, and flags those."""

    name = "landmarks"
    version = 1
    params_type = LandmarksParams
    cost = 0.3
    published = ("landmarks",)
    tables: ClassVar = {
        "landmarks": pa.schema(
            [
                ("clip_id", pa.string()),
                ("measured_ratio", pa.float32()),
                ("interpolated_frames", pa.int32()),
                ("extrapolated_frames", pa.int32()),
                *(
                    (f"{angle}_{what}", pa.float32())
                    for angle in ("yaw", "pitch", "roll")
                    for what in ("mean", "absmax")
                ),
                ("mouth_opening_mean", pa.float32()),
                ("mouth_opening_std", pa.float32()),
                ("eye_opening_mean", pa.float32()),
                ("jitter", pa.float32()),
            ]
        ),
        "series": SERIES,
    }

    @classmethod
    def models(cls, params: LandmarksParams) -> tuple[str, ...]:
        """The landmark model, and 3DDFA_V2 where it gives the pose."""
        points = (landmark.WEIGHTS[params.model],) if params.model != "none" else ()
        return points + (("tddfa_v2",) if params.pose == "tddfa_v2" else ())

    def open(self) -> None:
        """Load the models."""
        self._model = landmark.make(self.params.model, self.weights, device=self.device, threads=self.threads)
        self._tddfa: TddfaV2 | None = None
        if self.params.pose == "tddfa_v2":
            self._tddfa = TddfaV2(self.weights("tddfa_v2"), device=self.device, threads=self.threads)

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Write the arrays, the series and the row of one clip."""
        points, poses, known = self._points(clip)
        if not known.any():
            raise Unmeasurable("no_landmarks", 0.0, 1.0, "frames")
        flags = gap_flags(known)
        points = filled(points, known)
        poses = filled(poses, known & np.isfinite(poses).all(axis=1)) if self._tddfa else head_pose(points)
        for what, array in (("landmarks", points), ("landmark_flags", flags)):
            path = job.scratch / f"{clip.clip_id}.{what}.npy"
            np.save(path, array, allow_pickle=False)
            output.media[path.name] = path
        mouth, eyes = mouth_opening(points), eye_opening(points)
        measures: list[tuple[str, str, Floats]] = [
            (angle, "deg", poses[:, axis]) for axis, angle in enumerate(("yaw", "pitch", "roll"))
        ]
        measures += [("mouth_opening", "ratio", mouth), ("eye_opening", "ratio", eyes)]
        frames = range(clip.n_frames)
        output.tables["series"] += [series(clip.clip_id, name, unit, frames, list(row)) for name, unit, row in measures]
        output.tables["landmarks"].append(
            {
                "clip_id": clip.clip_id,
                **_gaps(flags),
                **_means(poses, mouth, eyes, known),
                "jitter": _jitter(points, known),
            }
        )

    def _points(self, clip: Clip) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Points and poses of every frame, and which of them were measured."""
        n = clip.n_frames
        points, poses = np.full((n, landmark.POINTS, 2), np.nan, np.float32), np.full((n, 3), np.nan, np.float32)
        known = np.zeros(n, bool)
        boxed = np.isfinite(clip.boxes.sum(axis=1))
        wanted = {number for number in range(0, n, self.params.step) if boxed[number]}
        # The detector looks at some frames only; how the head is turned changes little between two of them.
        keypoints = filled(clip.keypoints, np.isfinite(clip.keypoints.sum(axis=(1, 2))))

        def run(frames: list[Frame]) -> Sequence[Found]:
            numbers, pictures = [number for number, _ in frames], [picture for _, picture in frames]
            found, scores = self._model.points(pictures, clip.boxes[numbers], keypoints[numbers])
            turned = np.full((len(frames), 3), np.nan, np.float32)
            if self._tddfa:
                turned = self._tddfa.poses(pictures, clip.boxes[numbers], found)
            return list(zip(numbers, found, scores.tolist(), turned, strict=True))

        for number, found, score, turned in self.batch(BATCH).map(run, clip.frames(wanted, threads=self.threads)):
            points[number], poses[number] = found, turned
            known[number] = score >= self.params.min_score and bool(np.isfinite(found).all())
        return points, poses, known


def _gaps(flags: NDArray[np.uint8]) -> dict[str, Any]:
    return {
        "measured_ratio": float((flags == MEASURED).mean()),
        "interpolated_frames": int((flags == INTERPOLATED).sum()),
        "extrapolated_frames": int((flags == EXTRAPOLATED).sum()),
    }


def _means(poses: Floats, mouth: Floats, eyes: Floats, known: NDArray[np.bool_]) -> dict[str, Any]:
    """Over the measured frames; angles without a solution are left out."""
    row: dict[str, Any] = {}
    for axis, angle in enumerate(("yaw", "pitch", "roll")):
        values = poses[known, axis][np.isfinite(poses[known, axis])]
        row[f"{angle}_mean"] = float(values.mean()) if len(values) else None
        row[f"{angle}_absmax"] = float(np.abs(values).max()) if len(values) else None
    row["mouth_opening_mean"] = float(mouth[known].mean())
    # One frame shows no variation, which is not the same as a mouth that stays as it is.
    row["mouth_opening_std"] = float(mouth[known].std()) if known.sum() > 1 else None
    row["eye_opening_mean"] = float(eyes[known].mean())
    return row


def _jitter(points: Floats, known: NDArray[np.bool_]) -> float | None:
    """Mean movement of a point from a measured frame to the next, in eye distances; None without such a pair."""
    pairs = np.flatnonzero(known[1:] & known[:-1])
    if not len(pairs):
        return None
    return landmark.landmark_difference(points[pairs + 1], points[pairs])
