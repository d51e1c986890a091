"""``embed``: one identity vector per clip from its best aligned faces."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models import registry
from facelib.models.dlib_resnet import DlibResNet
from facelib.models.face_quality import face_quality
from facelib.stages.base import Job, Output, Params, Reject, Stage


class EmbedParams(Params):
    """How the face vector of a clip is made."""

    best: int = Field(5, ge=1, le=50, description="Number of faces whose vectors are averaged.")
    candidates: int = Field(12, ge=1, description="Number of faces, spread over the clip, that are looked at.")
    min_quality: float = Field(
        0.03, ge=0, le=1, description="Faces of lower quality (0..1) are not used: profiles do not tell people apart."
    )
    min_faces: int = Field(1, ge=1, description="A clip with fewer usable faces gets no vector.")


@dataclass(frozen=True)
class Look:
    """A detected face of a clip: its frame in the clip, its box and keypoints in clip pixels, its score."""

    frame: int
    box: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    score: float


class Embed(Stage[EmbedParams]):
    """Reads each clip once, judges some of its faces and averages the vectors of the best."""

    name = "embed"
    version = 1
    params_type = EmbedParams
    after = ("track",)
    cost = 0.1
    tables: ClassVar = {
        "faces": pa.schema(
            [("clip_id", pa.string()), ("frame", pa.int32()), ("quality", pa.float32()), ("used", pa.bool_())]
        ),
        "vectors": pa.schema(
            [
                ("clip_id", pa.string()),
                ("task", pa.string()),
                ("model", pa.string()),
                ("digest", pa.string()),
                ("metric", pa.string()),
                ("vector", pa.list_(pa.float32())),
                ("n_faces", pa.int32()),
                ("spread", pa.float32()),
            ]
        ),
    }

    @classmethod
    def models(cls, params: EmbedParams) -> tuple[str, ...]:
        """The lite identity model and its landmark model."""
        return ("dlib_resnet", "dlib_landmarks5")

    def open(self) -> None:
        """Load the identity model."""
        self._model = DlibResNet(self.weights("dlib_resnet"), self.weights("dlib_landmarks5"))

    def process(self, job: Job) -> Output:
        """Make a vector for every clip of a video."""
        looks: dict[str, list[Look]] = {}
        clips = {row["clip_id"]: row for row in job.inputs["track"].rows("clips")}
        for row in job.inputs["track"].rows("boxes"):
            if row["score"] is not None:
                clip = clips[row["clip_id"]]
                looks.setdefault(row["clip_id"], []).append(_look(row, clip["x1"], clip["y1"]))
        output = Output(tables={"faces": [], "vectors": []})
        for clip_id, clip in clips.items():
            self._embed(job, clip_id, (clip["start_frame"], clip["number"]), looks.get(clip_id, []), output)
            output.media_seconds += clip["end_s"] - clip["start_s"]
        return output

    def _embed(self, job: Job, clip_id: str, place: tuple[int, int], looks: list[Look], output: Output) -> None:
        chosen = _spread(looks, self.params.candidates)
        pictures = _pictures(job, clip_id, {look.frame for look in chosen})
        judged = []
        for look in chosen:
            picture = pictures.get(look.frame)
            if picture is not None:
                judged.append((face_quality(picture, look.box, look.keypoints, look.score), look))
        judged.sort(key=lambda item: (-item[0], item[1].frame))
        used = [item for item in judged if item[0] >= self.params.min_quality][: self.params.best]
        output.tables["faces"] += [
            {"clip_id": clip_id, "frame": look.frame, "quality": quality, "used": rank < len(used)}
            for rank, (quality, look) in enumerate(judged)
        ]
        if len(used) < self.params.min_faces:
            found, limit = float(len(used)), float(self.params.min_faces)
            output.rejects.append(Reject("clip", *place, "no_face_vector", found, limit, "faces"))
            return
        vectors = np.concatenate(
            [self._model.embed(pictures[look.frame][:, :, ::-1], look.box[None]) for _, look in used]
        )
        output.tables["vectors"].append(_vector_row(clip_id, vectors))


def _look(row: dict[str, Any], left: int, top: int) -> Look:
    box = np.array([row["x1"] - left, row["y1"] - top, row["x2"] - left, row["y2"] - top], np.float32)
    keypoints = np.array(row["keypoints"], np.float32).reshape(5, 2) - np.array([left, top], np.float32)
    return Look(row["frame"], box, keypoints, row["score"])


def _spread(looks: list[Look], count: int) -> list[Look]:
    """At most ``count`` faces, the best-scored one of each of as many equal stretches of the clip."""
    stretches = np.array_split(np.arange(len(looks)), min(count, len(looks))) if looks else []
    return [max((looks[i] for i in stretch), key=lambda look: (look.score, -look.frame)) for stretch in stretches]


def _pictures(job: Job, clip_id: str, frames: set[int]) -> dict[int, NDArray[np.uint8]]:
    if not frames:
        return {}
    with GridReader(job.media[f"{clip_id}.mp4"], stop=max(frames) + 1) as reader:
        return {shown.index: to_bgr(shown.frame) for shown in reader if shown.index in frames}


def _vector_row(clip_id: str, vectors: NDArray[np.float32]) -> dict[str, Any]:
    mean = vectors.mean(axis=0)
    return {
        "clip_id": clip_id,
        "task": "identity",
        "model": "dlib_resnet",
        "digest": registry.entry("dlib_resnet").sha256,
        "metric": DlibResNet.metric,
        "vector": [float(value) for value in mean],
        "n_faces": len(vectors),
        "spread": float(np.linalg.norm(vectors - mean, axis=1).max()),
    }
