"""``image``: a vector of each clip's picture, how much its look changes, and whether it is safe for work."""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from facelib.distances import distance
from facelib.models.open_clip import OpenClip
from facelib.models.opennsfw import OpenNsfw
from facelib.models.pictures import Picture
from facelib.models.quality.consistency import inconsistency
from facelib.models.quality.union_crop import union_crop
from facelib.stages.base import Job, Output, Params
from facelib.stages.clips import SERIES, Clip, ClipStage, Unmeasurable, series, spread
from facelib.stages.vectors import VECTORS, vector_row

LEGACY_FRAMES = 5
BATCH = 8


class ImageParams(Params):
    """How the picture of a clip is described."""

    model: Literal["opennsfw", "open_clip", "none"] = Field(
        "opennsfw", description="Model of the vectors; only open_clip's can be searched by text."
    )
    protocol: Literal["spread", "legacy"] = Field(
        "spread",
        description="Consistency of whole pictures spread over the clip, or of the face's square in the first five "
        "frames, prepared as facial-scraper does.",
    )
    frames: int = Field(8, ge=1, le=100, description="Number of frames, spread over the clip, that are looked at.")
    nsfw: bool = Field(True, description="Whether frames are scored as not safe for work.")


class Image(ClipStage[ImageParams]):
    """Decodes each clip once and encodes some of its frames."""

    name = "image"
    version = 1
    params_type = ImageParams
    cost = 0.05
    published = ("image",)
    tables: ClassVar = {
        "image": pa.schema(
            [
                ("clip_id", pa.string()),
                ("model", pa.string()),
                ("frames", pa.int32()),
                ("inconsistency", pa.float32()),
                ("nsfw", pa.float32()),
                ("nsfw_max", pa.float32()),
            ]
        ),
        "vectors": VECTORS,
        "series": SERIES,
    }

    @classmethod
    def models(cls, params: ImageParams) -> tuple[str, ...]:
        """The model of the vectors, and OpenNSFW for its score."""
        return (params.model,) if params.model == "opennsfw" or not params.nsfw else (params.model, "opennsfw")

    def open(self) -> None:
        """Load the models."""
        names = self.models(self.params)
        self._nsfw = (
            OpenNsfw(self.weights("opennsfw"), device=self.device, threads=self.threads)
            if "opennsfw" in names
            else None
        )
        self._clip = OpenClip(self.weights("open_clip"), device=self.device) if "open_clip" in names else None

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Encode the frames of one clip."""
        first = range(min(LEGACY_FRAMES, clip.n_frames)) if self.params.protocol == "legacy" else range(0)
        looked = set(spread(clip.n_frames, self.params.frames))
        pictures: dict[int, Picture] = {}
        squares: list[Picture] = []
        for number, picture in clip.frames(looked | set(first), threads=self.threads):
            if number in looked:
                pictures[number] = picture
            if number in first:
                squares.append(union_crop(picture, clip.boxes))
        if not pictures:
            raise Unmeasurable("no_frames", 0, 1, "frames")
        shown = list(pictures.values())
        scores, vectors = self._encode(shown)
        of_frames: dict[str, tuple[str, NDArray[Any]]] = {
            "look": ("1 - cosine to the clip's mean", distance(vectors, vectors.mean(axis=0), "cosine"))
        }
        if self.params.nsfw:
            of_frames["nsfw"] = ("score, 0..1", scores)
        output.tables["series"] += [
            series(clip.clip_id, measure, unit, pictures, values) for measure, (unit, values) in of_frames.items()
        ]
        change = inconsistency(vectors)
        if self.params.protocol == "legacy":
            change = inconsistency(self._legacy(squares)) if len(squares) == LEGACY_FRAMES else float("nan")
        output.tables["image"].append(self._row(clip, scores, change))
        model = self.params.model
        output.tables["vectors"].append(
            vector_row(clip.clip_id, vectors, task="image", model=model, digest=self.digest(model), metric="cosine")
        )

    def _encode(self, pictures: list[Picture]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """NSFW score, NaN where it is not wanted, and vector of each picture."""
        scores, vectors = np.full(len(pictures), np.nan, np.float32), np.zeros((0, 0), np.float32)
        nsfw = self._nsfw
        if nsfw is not None:
            pairs = self.batch(BATCH).map(lambda chunk: list(zip(*nsfw.run(chunk), strict=True)), pictures)
            vectors = np.stack([vector for _, vector in pairs])
            if self.params.nsfw:
                scores = np.array([score for score, _ in pairs], np.float32)
        clip = self._clip
        if clip is not None:
            vectors = np.stack(self.batch(BATCH).map(lambda chunk: list(clip.encode_images(chunk)), pictures))
        return scores, vectors

    def _legacy(self, squares: list[Picture]) -> NDArray[np.float32]:
        clip = self._clip
        if clip is None:
            return self._encode(squares)[1]
        return np.stack(self.batch(BATCH).map(lambda chunk: list(clip.encode_images(chunk, legacy=True)), squares))

    def _row(self, clip: Clip, scores: NDArray[np.float32], change: float) -> dict[str, Any]:
        return {
            "clip_id": clip.clip_id,
            "model": self.params.model,
            "frames": len(scores),
            "inconsistency": None if np.isnan(change) else change,
            "nsfw": float(scores.mean()) if self.params.nsfw else None,
            "nsfw_max": float(scores.max()) if self.params.nsfw else None,
        }
