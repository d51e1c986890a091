"""``track``: joins faces into tracks and cuts the clips, in one decode of the source."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from facelib.media.face_crop import smooth, squares
from facelib.media.grid import GRID_FPS
from facelib.stages.base import Job, Output, Params, Reject, Stage
from facelib.stages.cut import Cut, cut_clips
from facelib.stages.detect_presets import Preset, under_preset
from facelib.stages.shots import Shot
from facelib.stages.tracking import Face, FaceTrack, Floats, interpolate, link, span
from facelib.stages.window import Window, windows
from facelib.store.fingerprint import clip_id


class TrackParams(Params):
    """How faces become tracks and tracks become clips."""

    preset: Preset = Field("none", description="Parameters of an earlier system; those set beside it win.")
    min_iou: float = Field(0.5, ge=0, lt=1, description="A face joins a track when their overlap is greater (0..1).")
    max_gap: int = Field(25, ge=1, description="Frames that a track may bridge without a face.")
    median_window: int = Field(13, ge=1, description="Frames of the median that smooths size and place, odd.")
    min_seconds: float = Field(2.0, ge=0.2, description="Shorter tracks and clips are rejected, s.")
    min_detections: int = Field(0, ge=0, description="Tracks with no more detections than this are rejected; 0 off.")
    min_face_side: float = Field(100.0, ge=0, description="Tracks whose mean face side is not above are rejected, px.")
    window_scale: float = Field(1.8, ge=1, le=4, description="Half side of the window in half face sides.")
    max_growth: float = Field(2.5, ge=1, description="A window larger than this times the median side is divided.")
    crf: int = Field(14, ge=0, le=30, description="H.264 quality of clips; 14 is visually lossless.")

    @model_validator(mode="before")
    @classmethod
    def _under_the_preset(cls, values: Any) -> Any:
        return under_preset(values, "track")


@dataclass(frozen=True)
class Candidate:
    """A window of a track on its way to a clip; ``boxes`` (n, 4) has the face of each frame, source pixels."""

    track: FaceTrack
    track_start: int
    track_number: int
    window: Window
    boxes: Floats


class Track(Stage[TrackParams]):
    """One face through one shot, and the clip of each."""

    name = "track"
    version = 2
    params_type = TrackParams
    after = ("probe", "detect")
    reads_source = True
    cost = 0.3
    published = ("tracks", "clips")
    tables: ClassVar = {
        "tracks": pa.schema(
            [
                ("start_frame", pa.int32()),
                ("end_frame", pa.int32()),
                ("number", pa.int32()),
                ("shot_start", pa.int32()),
                ("detections", pa.int32()),
                ("face_side", pa.float32()),
                ("kept", pa.bool_()),
            ]
        ),
        "clips": pa.schema(
            [
                ("clip_id", pa.string()),
                ("start_frame", pa.int32()),
                ("end_frame", pa.int32()),
                ("number", pa.int32()),
                ("track_start", pa.int32()),
                ("track_number", pa.int32()),
                ("start_s", pa.float64()),
                ("end_s", pa.float64()),
                *[(name, pa.int32()) for name in ("x1", "y1", "x2", "y2")],
                *[(name, pa.float32()) for name in ("face_x1", "face_y1", "face_x2", "face_y2")],
                ("face_side", pa.float32()),
                ("has_audio", pa.bool_()),
            ]
        ),
        "boxes": pa.schema(
            [
                ("clip_id", pa.string()),
                ("frame", pa.int32()),
                *[(name, pa.float32()) for name in ("x1", "y1", "x2", "y2")],
                ("score", pa.float32()),
                ("keypoints", pa.list_(pa.float32())),
            ]
        ),
    }

    def process(self, job: Job) -> Output:
        """Link, judge, choose windows, cut."""
        assert job.source is not None  # noqa: S101 - the runner passes it because of reads_source
        video, found = job.inputs["probe"].head["facts"], job.inputs["detect"].head
        output = Output(tables={"tracks": [], "clips": [], "boxes": []})
        candidates: list[Candidate] = []
        starts: Counter[int] = Counter()
        for track in self._tracks(job):
            start, end = span(track, found["facts"]["step"])
            candidates += self._judge(track, start, end, starts[start], (video["width"], video["height"]), output)
            starts[start] += 1
        cuts = _name(job, candidates)
        has_audio = cut_clips(job.source, cuts, job.scratch, crf=self.params.crf, threads=self.threads)
        for cut, candidate in zip(cuts, candidates, strict=True):
            output.media |= {path.name: path for path in cut.files(job.scratch)}
            output.tables["clips"].append(_clip_row(cut, candidate, found["facts"]["t0_s"], has_audio))
            output.tables["boxes"] += _box_rows(cut, candidate)
        frames = sum(cut.window.end - cut.window.start for cut in cuts)
        output.facts = {"clips": len(cuts), "clip_seconds": frames / GRID_FPS}
        output.media_seconds = found["facts"]["n_frames"] / GRID_FPS
        return output

    def _tracks(self, job: Job) -> list[FaceTrack]:
        faces = [
            Face(
                row["frame"],
                (row["x1"], row["y1"], row["x2"], row["y2"]),
                row["score"],
                tuple(row["keypoints"]) if row["keypoints"] else None,
            )
            for row in job.inputs["detect"].rows("faces")
        ]
        tracks: list[FaceTrack] = []
        for row in job.inputs["detect"].rows("shots"):
            shot = Shot(row["start_frame"], row["end_frame"])
            tracks += link(shot, faces, min_iou=self.params.min_iou, max_gap=self.params.max_gap)
        return tracks

    def _judge(
        self, track: FaceTrack, start: int, end: int, number: int, frame_size: tuple[int, int], output: Output
    ) -> list[Candidate]:
        reject = self._reject(track, start, end, number)
        output.tables["tracks"].append(
            {
                "start_frame": start,
                "end_frame": end,
                "number": number,
                "shot_start": track.shot.start_frame,
                "detections": len(track.faces),
                "face_side": track.mean_side,
                "kept": reject is None,
            }
        )
        if reject:
            output.rejects.append(reject)
            return []
        boxes = interpolate(track, start, end)
        wanted = squares(smooth(boxes, self.params.median_window), self.params.window_scale)
        kept = []
        for window in windows(wanted, start, frame_size, self.params.max_growth):
            seconds = (window.end - window.start) / GRID_FPS
            if seconds < self.params.min_seconds:
                limit = self.params.min_seconds
                output.rejects.append(Reject("clip", window.start, number, "too_short", seconds, limit, "s"))
                continue
            part = boxes[window.start - start : window.end - start]
            kept.append(Candidate(track, start, number, window, part))
        return kept

    def _reject(self, track: FaceTrack, start: int, end: int, number: int) -> Reject | None:
        seconds, limits = (end - start) / GRID_FPS, self.params
        if track.mean_side <= limits.min_face_side:
            return Reject("track", start, number, "small_face", track.mean_side, limits.min_face_side, "px")
        if seconds < limits.min_seconds:
            return Reject("track", start, number, "too_short", seconds, limits.min_seconds, "s")
        if limits.min_detections and len(track.faces) <= limits.min_detections:
            seen = float(len(track.faces))
            return Reject("track", start, number, "few_detections", seen, limits.min_detections, "detections")
        return None


def _name(job: Job, candidates: list[Candidate]) -> list[Cut]:
    starts: Counter[int] = Counter()
    cuts = []
    for candidate in candidates:
        start = candidate.window.start
        name = clip_id(job.video_id, job.fingerprint, start, starts[start])
        cuts.append(Cut(name, starts[start], candidate.window))
        starts[start] += 1
    return cuts


def _clip_row(cut: Cut, candidate: Candidate, t0: float, has_audio: bool) -> dict[str, Any]:
    window = candidate.window
    x1, y1, x2, y2 = window.box
    face = [float(edge) for edge in candidate.boxes[len(candidate.boxes) // 2]]
    sides = np.maximum(candidate.boxes[:, 2] - candidate.boxes[:, 0], candidate.boxes[:, 3] - candidate.boxes[:, 1])
    return {
        "clip_id": cut.clip_id,
        "start_frame": window.start,
        "end_frame": window.end,
        "number": cut.number,
        "track_start": candidate.track_start,
        "track_number": candidate.track_number,
        "start_s": t0 + window.start / GRID_FPS,
        "end_s": t0 + window.end / GRID_FPS,
        **dict(zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)),
        **dict(zip(("face_x1", "face_y1", "face_x2", "face_y2"), face, strict=True)),
        "face_side": float(np.median(sides)),
        "has_audio": has_audio,
    }


def _box_rows(cut: Cut, candidate: Candidate) -> list[dict[str, Any]]:
    detected = {face.frame: face for face in candidate.track.faces}
    rows = []
    for offset, box in enumerate(candidate.boxes):
        face = detected.get(cut.window.start + offset)
        rows.append(
            {
                "clip_id": cut.clip_id,
                "frame": offset,
                **dict(zip(("x1", "y1", "x2", "y2"), (float(edge) for edge in box), strict=True)),
                "score": face.score if face else None,
                "keypoints": list(face.keypoints) if face and face.keypoints else None,
            }
        )
    return rows
