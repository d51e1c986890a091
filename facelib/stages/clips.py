"""Stages that measure clips: one method to write, called with one clip after another."""

import wave
from abc import abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from facelib.media.audio import SAMPLES_PER_FRAME
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.faces import Floats
from facelib.stages.base import Job, Output, P, Reject, Stage

SERIES = pa.schema(
    [
        ("clip_id", pa.string()),
        ("measure", pa.string()),
        ("unit", pa.string()),
        ("frames", pa.list_(pa.int32())),
        ("values", pa.list_(pa.float32())),
    ]
)
"""A measure over the frames of a clip; a value that could not be measured is null."""


class Unmeasurable(Exception):
    """A clip cannot be measured: it becomes a reject of this stage, and its values stay empty.

    Args:
        reason: stable code in snake_case.
        measured: the value that was measured.
        threshold: the value that it was held against.
        unit: of both.
    """

    def __init__(self, reason: str, measured: float, threshold: float, unit: str) -> None:
        super().__init__(f"{reason}: {measured:g} {unit}, wanted {threshold:g}")
        self.reason, self.measured, self.threshold, self.unit = reason, measured, threshold, unit


@dataclass(frozen=True, eq=False)
class Clip:
    """A clip of a video and the face in it.

    Args:
        clip_id: its id.
        start_frame: first frame on the grid of the source.
        number: which of the clips that start there.
        n_frames: its length in frames of 1/25 s.
        start_s, end_s: where it lies in the source, s.
        width, height: of its picture, px.
        boxes: (n_frames, 4) ``x1 y1 x2 y2`` of the face, px of the clip, not smoothed, interpolated between detections.
        scores: (n_frames,) of the detector, 0..1; NaN where the face was not looked for or not found.
        keypoints: (n_frames, 5, 2) eyes, nose, corners of the mouth, px of the clip; NaN where there are none.
        has_audio: whether it has sound.
        video: its file, mp4 at 25 frames/s.
        sound: its sound, 16 kHz mono WAV; None without.
    """

    clip_id: str
    start_frame: int
    number: int
    n_frames: int
    start_s: float
    end_s: float
    width: int
    height: int
    boxes: Floats
    scores: Floats
    keypoints: Floats
    has_audio: bool
    video: Path
    sound: Path | None

    def frames(
        self, wanted: Collection[int] | None = None, *, threads: int = 0
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """The frames of the clip in order, each once, as (number, BGR picture).

        Args:
            wanted: numbers of the frames wanted; all by default.
            threads: decoder threads.

        Frames that cannot be decoded are left out; none is given beyond ``n_frames``.
        """
        stop = self.n_frames if wanted is None else min(self.n_frames, max(wanted, default=-1) + 1)
        if stop <= 0:
            return
        with GridReader(self.video, threads=threads, stop=stop) as reader:
            for shown in reader:
                numbers = range(shown.index, min(shown.index + shown.count, stop))
                chosen = [number for number in numbers if wanted is None or number in wanted]
                if chosen:
                    picture = to_bgr(shown.frame)
                    yield from ((number, picture) for number in chosen)

    def speech(self) -> NDArray[np.int16] | None:
        """The sound, exactly 640 samples a frame; None without sound. What the file lacks is silence."""
        if self.sound is None:
            return None
        with wave.open(str(self.sound), "rb") as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
        wanted = self.n_frames * SAMPLES_PER_FRAME
        return np.pad(samples[:wanted], (0, max(0, wanted - len(samples))))


class ClipStage(Stage[P]):
    """A stage that reads the clips that ``track`` cut, one by one."""

    after: ClassVar[tuple[str, ...]] = ("track",)

    @abstractmethod
    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Measure one clip: append rows to ``output.tables``, files to ``output.media``.

        Raises:
            Unmeasurable: there is nothing to measure; the clip becomes a reject of this stage and gets no row.
        """

    def finish(self, clips: list[Clip], job: Job, output: Output) -> None:
        """Called after the last clip of a video, for what compares its clips."""

    def process(self, job: Job) -> Output:
        """Measure every clip of a video."""
        output = Output(tables={name: [] for name in self.tables})
        clips = clips_of(job)
        for clip in clips:
            try:
                self.measure(clip, job, output)
            except Unmeasurable as why:
                output.rejects.append(
                    Reject("clip", clip.start_frame, clip.number, why.reason, why.measured, why.threshold, why.unit)
                )
            output.media_seconds += clip.end_s - clip.start_s
        self.finish(clips, job, output)
        return output


def clips_of(job: Job) -> list[Clip]:
    """The clips that ``track`` cut from a video."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in job.inputs["track"].rows("boxes"):
        rows.setdefault(row["clip_id"], []).append(row)
    return [_clip(job, clip, rows[clip["clip_id"]]) for clip in job.inputs["track"].rows("clips")]


def _clip(job: Job, clip: dict[str, Any], rows: list[dict[str, Any]]) -> Clip:
    corner = np.array([clip["x1"], clip["y1"]], np.float32)
    rows = sorted(rows, key=lambda row: int(row["frame"]))
    boxes = np.array([[row[edge] for edge in ("x1", "y1", "x2", "y2")] for row in rows], np.float32)
    none = [np.nan] * 10
    keypoints = np.array([row["keypoints"] or none for row in rows], np.float32).reshape(-1, 5, 2)
    scores = np.array([np.nan if row["score"] is None else row["score"] for row in rows], np.float32)
    return Clip(
        clip_id=clip["clip_id"],
        start_frame=clip["start_frame"],
        number=clip["number"],
        n_frames=clip["end_frame"] - clip["start_frame"],
        start_s=clip["start_s"],
        end_s=clip["end_s"],
        width=clip["x2"] - clip["x1"],
        height=clip["y2"] - clip["y1"],
        boxes=boxes - np.tile(corner, 2),
        scores=scores,
        keypoints=keypoints - corner,
        has_audio=clip["has_audio"],
        video=job.media[f"{clip['clip_id']}.mp4"],
        sound=job.media.get(f"{clip['clip_id']}.wav"),
    )


def spread(n: int, count: int) -> list[int]:
    """At most ``count`` frame numbers, evenly over 0..n-1: the middles of as many equal stretches.

    >>> spread(10, 2), spread(2, 5), spread(0, 3)
    ([2, 7], [0, 1], [])
    """
    if n <= count:
        return list(range(n))
    edges = np.linspace(0, n, count + 1)
    return [int(middle) for middle in (edges[:-1] + edges[1:]) / 2]


def row_of(schema: pa.Schema, **values: Any) -> dict[str, Any]:
    """A row of a table of scalars; what is not given does not apply, or was not computed, and is null.

    >>> row_of(pa.schema([("clip_id", pa.string()), ("score", pa.float32())]), clip_id="a")
    {'clip_id': 'a', 'score': None}
    """
    return dict.fromkeys(schema.names) | values


def series(clip_id: str, measure: str, unit: str, frames: Collection[int], values: Collection[float]) -> dict[str, Any]:
    """A row of :data:`SERIES`; NaN becomes null."""
    return {
        "clip_id": clip_id,
        "measure": measure,
        "unit": unit,
        "frames": [int(frame) for frame in frames],
        "values": [None if np.isnan(value) else float(value) for value in values],
    }
