"""``embed``: one identity vector per clip from its best faces, and whether it shows one person throughout."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from facelib.models import identity
from facelib.models.alignment import Area, usable
from facelib.models.face_quality import face_quality
from facelib.models.faces import Floats
from facelib.models.pictures import Picture
from facelib.stages.base import Job, Output, Params
from facelib.stages.clips import Clip, ClipStage, Unmeasurable, spread
from facelib.stages.same_face import same_face
from facelib.stages.vectors import VECTORS, vector_row

BATCH = 16


class EmbedParams(Params):
    """How the face vector of a clip is made, and how it is checked that the face stays the same."""

    model: identity.Choice = Field("dlib", description="Face recognition model; vectors of different ones never mix.")
    best: int = Field(5, ge=1, le=50, description="Number of faces whose vectors are averaged.")
    candidates: int = Field(12, ge=1, description="Number of faces, spread over the clip, that are looked at.")
    min_quality: float = Field(
        0.03, ge=0, le=1, description="Faces of lower quality (0..1) are not used: profiles do not tell people apart."
    )
    min_faces: int = Field(1, ge=1, description="A clip with fewer usable faces gets no vector.")
    check_faces: int = Field(
        8, ge=0, le=50, description="Faces, spread over the clip, that are compared with each other; 0 compares none."
    )
    max_distance: float | None = Field(
        None, gt=0, description="Faces within this mean distance are one person; by default the model's own threshold."
    )
    area: Area | None = Field(
        None,
        description="Instead of the aligned face, look at this part of the wide portrait around it: fractions x1, y1, "
        "x2, y2 (video-to-faces looks at all of it: 0, 0, 1, 1).",
    )


@dataclass(frozen=True, eq=False)
class Look:
    """A face of a clip that was looked at, and how good it is."""

    frame: int
    picture: Picture
    box: Floats
    keypoints: Floats
    quality: float


class Embed(ClipStage[EmbedParams]):
    """Reads each clip once, judges some of its faces, averages the vectors of the best and compares the rest."""

    name = "embed"
    version = 2
    params_type = EmbedParams
    cost = 0.1
    published = ("embed",)
    tables: ClassVar = {
        "faces": pa.schema(
            [("clip_id", pa.string()), ("frame", pa.int32()), ("quality", pa.float32()), ("used", pa.bool_())]
        ),
        "vectors": VECTORS,
        "embed": pa.schema(
            [
                ("clip_id", pa.string()),
                ("same_face", pa.bool_()),
                ("people", pa.int32()),
                ("max_distance", pa.float32()),
                ("worst_frame", pa.int32()),
                ("n_checked", pa.int32()),
                ("model", pa.string()),
                ("metric", pa.string()),
            ]
        ),
    }

    @classmethod
    def models(cls, params: EmbedParams) -> tuple[str, ...]:
        """The identity model, and the landmark model for faces without keypoints."""
        return identity.weights_of(params.model)

    def open(self) -> None:
        """Load the identity model."""
        self._model = identity.make(self.params.model, self.weights, self.device, self.threads, self.params.area)
        self._batches = self.batch(BATCH)

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Make the vector of a clip and check that its face stays the same."""
        looks = self._judged(clip)
        good = [look for look in looks if look.quality >= self.params.min_quality]
        used = good[: self.params.best]
        output.tables["faces"] += [
            {"clip_id": clip.clip_id, "frame": look.frame, "quality": look.quality, "used": look in used}
            for look in looks
        ]
        if len(used) < self.params.min_faces:
            raise Unmeasurable("no_face_vector", len(used), self.params.min_faces, "faces")
        in_order = sorted(good, key=lambda look: look.frame)
        checked = [in_order[i] for i in spread(len(in_order), self.params.check_faces)]
        wanted = used + [look for look in checked if look not in used]
        vectors = dict(zip([look.frame for look in wanted], self._vectors(wanted), strict=True))
        row = vector_row(
            clip.clip_id,
            np.stack([vectors[look.frame] for look in used]),
            task=identity.TASK,
            model=self._model.name,
            digest=self.digest(self._model.name),
            metric=self._model.metric,
        )
        output.tables["vectors"].append(row)
        limit = self.params.max_distance or self._model.same_person
        found = same_face({look.frame: vectors[look.frame] for look in checked}, limit, self._model.metric)
        about = {"model": self._model.name, "metric": self._model.metric}
        output.tables["embed"].append({"clip_id": clip.clip_id, **found, **about})

    def _judged(self, clip: Clip) -> list[Look]:
        """The candidates of a clip, best first."""
        wanted = set(_candidates(clip.scores, max(self.params.candidates, self.params.check_faces)))
        looks = []
        for frame, picture in clip.frames(wanted, threads=self.threads):
            box, points, score = clip.boxes[frame], clip.keypoints[frame], float(clip.scores[frame])
            if not usable(points):
                points = self._model.landmarks.keypoints(picture, box)
            quality = face_quality(picture, box, points, score, full_side=self._model.kind.side)
            looks.append(Look(frame, picture, box, points, quality))
        return sorted(looks, key=lambda look: (-look.quality, look.frame))

    def _vectors(self, looks: list[Look]) -> list[Floats]:
        def run(part: list[Look]) -> list[Floats]:
            boxes, points = np.stack([look.box for look in part]), np.stack([look.keypoints for look in part])
            return list(self._model.embed([look.picture for look in part], boxes, points))

        return self._batches.map(run, looks)


def _candidates(scores: Floats, count: int) -> list[int]:
    """At most ``count`` frames with a face, the best-scored one of each of as many equal stretches of them."""
    found = np.flatnonzero(np.isfinite(scores))
    stretches = np.array_split(found, min(count, len(found))) if len(found) else []
    return [int(stretch[scores[stretch].argmax()]) for stretch in stretches]
