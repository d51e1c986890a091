"""``detect``: shot cuts and faces, in one decode of the source."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from facelib.media.grid import GRID_FPS, GridFrame, GridReader
from facelib.media.picture import to_bgr
from facelib.models.centerface import CenterFace
from facelib.models.faces import Faces
from facelib.stages.base import Job, Output, Params, Reject, Stage
from facelib.stages.shots import SCENE_WIDTH, ShotFinder

FLOOR = 0.3
"""Boxes with a detector score below this are noise and are not even listed as rejects."""

AHEAD = 2
"""Pictures that wait for the detector while the next frames are decoded: both use all cores, by turns."""


class DetectParams(Params):
    """How shots and faces are found."""

    step: int = Field(5, ge=1, le=25, description="Look for faces in every step-th frame of the 25 fps grid.")
    long_side: int = Field(384, ge=128, le=1920, description="Longer side of the picture given to the detector, px.")
    min_score: float = Field(0.5, ge=0, le=1, description="Faces with a lower detector score (0..1) are rejected.")
    min_side: float = Field(0.0, ge=0, description="Faces narrower or lower than this are rejected, source px; 0 off.")
    border: float = Field(0.0, ge=0, description="Faces nearer than this to the frame's edge are rejected, px; 0 off.")
    policy: Literal["all", "largest", "widest"] = Field("all", description="Which faces of a frame are kept.")
    shot_threshold: float = Field(27.0, gt=0, description="HSV change (0..255) from which on there is a cut.")
    min_shot_frames: int = Field(15, ge=1, description="A cut closer than this to the last one is ignored, frames.")


class Detect(Stage[DetectParams]):
    """Finds shots in every frame and faces in every ``step``-th one."""

    name = "detect"
    version = 1
    params_type = DetectParams
    after = ("probe",)
    reads_source = True
    cost = 0.25
    published = ("shots",)
    tables: ClassVar = {
        "shots": pa.schema(
            [
                ("start_frame", pa.int32()),
                ("end_frame", pa.int32()),
                ("start_s", pa.float64()),
                ("end_s", pa.float64()),
            ]
        ),
        "faces": pa.schema(
            [
                ("frame", pa.int32()),
                ("x1", pa.float32()),
                ("y1", pa.float32()),
                ("x2", pa.float32()),
                ("y2", pa.float32()),
                ("score", pa.float32()),
                ("keypoints", pa.list_(pa.float32(), 10)),
            ]
        ),
    }

    @classmethod
    def models(cls, params: DetectParams) -> tuple[str, ...]:
        """The lite detector."""
        return ("centerface",)

    def open(self) -> None:
        """Load the detector."""
        self._detector = CenterFace(self.weights("centerface"), threads=self.threads)

    def process(self, job: Job) -> Output:
        """Decode the source once; every frame goes to the shot finder, every ``step``-th to the detector."""
        assert job.source is not None  # noqa: S101 - the runner passes it because of reads_source
        reader = GridReader(job.source, threads=self.threads)
        finder = ShotFinder(self.params.shot_threshold, self.params.min_shot_frames)
        output = Output(tables={"faces": []})
        with ThreadPoolExecutor(1) as pool:
            waiting: deque[tuple[int, Future[Faces]]] = deque()
            for shown in reader:
                finder.add(shown.index, self._small(shown))
                wanted = -(-shown.index // self.params.step) * self.params.step
                if wanted < shown.index + shown.count:
                    waiting.append((wanted, pool.submit(self._find, *self._sized(shown, reader))))
                while len(waiting) > AHEAD:
                    self._keep(output, *_next(waiting), reader)
            while waiting:
                self._keep(output, *_next(waiting), reader)
        t0 = float(reader.t0)
        output.tables["shots"] = [
            {
                "start_frame": shot.start_frame,
                "end_frame": shot.end_frame,
                "start_s": t0 + shot.start_frame / GRID_FPS,
                "end_s": t0 + shot.end_frame / GRID_FPS,
            }
            for shot in finder.shots(reader.n_frames)
        ]
        output.facts = {"n_frames": reader.n_frames, "decode_errors": reader.errors, "t0_s": t0}
        output.media_seconds = reader.n_frames / GRID_FPS
        return output

    def _find(self, picture: NDArray[np.uint8], scale: float) -> Faces:
        return self._detector.detect(picture, min_score=min(FLOOR, self.params.min_score)).scaled(scale)

    @staticmethod
    def _small(shown: GridFrame) -> NDArray[np.uint8]:
        frame = shown.frame
        return to_bgr(frame, size=(SCENE_WIDTH, max(2, round(frame.height * SCENE_WIDTH / frame.width))))

    def _sized(self, shown: GridFrame, reader: GridReader) -> tuple[NDArray[np.uint8], float]:
        scale = min(1.0, self.params.long_side / max(reader.width, reader.height))
        size = (max(2, round(reader.width * scale)), max(2, round(reader.height * scale)))
        return to_bgr(shown.frame, size=size, rotation=reader.rotation), 1 / scale

    def _keep(self, output: Output, index: int, faces: Faces, reader: GridReader) -> None:
        kept: list[dict[str, Any]] = []
        for number in range(len(faces.scores)):
            box, score = faces.boxes[number], float(faces.scores[number])
            reject = self._reject(index, number, box, score, reader)
            if reject:
                output.rejects.append(reject)
                continue
            x1, y1, x2, y2 = (float(edge) for edge in box)
            keypoints = [float(value) for value in faces.keypoints[number].ravel()]
            kept.append(
                {"frame": index, "x1": x1, "y1": y1, "x2": x2, "y2": y2, "score": score, "keypoints": keypoints}
            )
        if kept and self.params.policy != "all":
            by_width = self.params.policy == "widest"
            kept = [max(kept, key=lambda f: (f["x2"] - f["x1"]) * (1.0 if by_width else f["y2"] - f["y1"]))]
        output.tables["faces"] += kept

    def _reject(
        self, index: int, number: int, box: NDArray[np.float32], score: float, reader: GridReader
    ) -> Reject | None:
        side = float(min(box[2] - box[0], box[3] - box[1]))
        margin = float(min(box[0], box[1], reader.width - box[2], reader.height - box[3]))
        rules = (
            ("low_score", score, self.params.min_score, "score"),
            ("small_face", side, self.params.min_side, "px"),
            ("near_border", margin, self.params.border, "px"),
        )
        for reason, measured, threshold, unit in rules:
            if threshold and measured < threshold:
                return Reject("face", index, number, reason, measured, threshold, unit)
        return None


def _next(waiting: deque[tuple[int, Future[Faces]]]) -> tuple[int, Faces]:
    index, faces = waiting.popleft()
    return index, faces.result()
