"""``iqa``: quality of each clip's picture: sharpness, exposure, coding blocks, motion, the face's size and place."""

import random
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from facelib.models.brisque import Brisque
from facelib.models.hands import HandDetector
from facelib.models.pictures import Picture
from facelib.models.pyiqa_metric import ClipIqaPlus, HyperIqa, Metric
from facelib.models.quality.measures import UNITS, of_boxes, of_picture
from facelib.models.quality.motion import frame_difference
from facelib.models.quality.sharpness import grey
from facelib.models.quality.union_crop import union_crop
from facelib.stages.base import Job, Output, Params
from facelib.stages.clips import SERIES, Clip, ClipStage, Unmeasurable, series, spread

Values = dict[str, dict[int, float]]

LEGACY_FRAMES = 2
BATCH = 4

WEIGHTS: dict[str, tuple[str, ...]] = {
    "brisque": ("brisque",),
    "hyperiqa": ("hyperiqa",),
    "clipiqa+": ("clip_rn50", "clipiqa_plus"),
}


MODEL_COST = 0.5


class IqaParams(Params):
    """Which measures are taken of which frames."""

    frames: int = Field(8, ge=1, le=100, description="Number of frames, spread over the clip, that are looked at.")
    blurry_below: float = Field(
        20, ge=0, description="A clip whose sharpness, the variance of the Laplacian of its middle, is below is blurry."
    )
    hands: bool = Field(False, description="Whether hands are looked for.")
    hand_score: float = Field(0.5, ge=0, le=1, description="Hands of lower score (0..1) are left out.")
    models: tuple[Literal["brisque", "hyperiqa", "clipiqa+"], ...] = Field(
        (), description="Learned measures; not for commercial use."
    )
    protocol: Literal["spread", "legacy"] = Field(
        "spread",
        description="What the learned measures see: whole, unscaled pictures spread over the clip, or the face's "
        "square in two random frames squashed to 224 px as in facial-scraper, chosen by the clip's id.",
    )


class Iqa(ClipStage[IqaParams]):
    """Decodes each clip once and measures some of its frames, and all of its boxes."""

    name = "iqa"
    version = 1
    params_type = IqaParams
    cost = 0.05
    published = ("iqa",)
    tables: ClassVar = {
        "iqa": pa.schema(
            [("clip_id", pa.string()), ("frames", pa.int32()), ("blurry", pa.bool_())]
            + [(column, pa.float32()) for name, (_, worst) in UNITS.items() for column in (name, f"{name}_{worst}")]
        ),
        "series": SERIES,
    }

    @classmethod
    def models(cls, params: IqaParams) -> tuple[str, ...]:
        """The weights of the measures that were chosen."""
        hands = ("palm_detection", "hand_landmark") if params.hands else ()
        return hands + tuple(name for model in params.models for name in WEIGHTS[model])

    @classmethod
    def predicted(cls, params: IqaParams) -> float:
        """Each model looks at ``frames`` pictures of a clip, in many crops."""
        return cls.cost + MODEL_COST * len(params.models)

    def open(self) -> None:
        """Load the models."""
        self._hands = None
        if self.params.hands:
            self._hands = HandDetector(self.weights("palm_detection"), self.weights("hand_landmark"))
        self._metrics: dict[str, Metric] = {}
        for model in self.params.models:
            self._metrics[model.replace("+", "_plus")] = self._metric(model, [self.weights(x) for x in WEIGHTS[model]])

    def _metric(self, model: str, files: list[Path]) -> Metric:
        if model == "brisque":
            return Brisque(*files)
        if model == "hyperiqa":
            return HyperIqa(*files, device=self.device)
        return ClipIqaPlus(*files, device=self.device)

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Measure one clip."""
        looked, scored = set(spread(clip.n_frames, self.params.frames)), self._scored(clip)
        values: Values = defaultdict(dict)
        pictures: dict[int, Picture] = {}
        last: tuple[int, Picture] | None = None
        after = {number + 1 for number in looked if number + 1 < clip.n_frames}
        for number, picture in clip.frames(looked | after | scored, threads=self.threads):
            luma = grey(picture)
            if last is not None and number - 1 in looked and last[0] == number - 1:
                pair = frame_difference(last[1], luma, clip.boxes[number - 1])
                values["face_motion"][number - 1], values["background_motion"][number - 1] = pair
            if number in looked:
                found = of_picture(picture, luma, clip.boxes[number]) | self._of_hands(picture, clip.boxes[number])
                for name, value in found.items():
                    values[name][number] = value
            if number in scored:
                pictures[number] = picture
            last = (number, luma)
        if not values["sharpness"]:
            raise Unmeasurable("no_frames", 0, 1, "frames")
        self._learned(clip, pictures, values)
        for name, series_of in of_boxes(clip.boxes, clip.keypoints, clip.width, clip.height).items():
            values[name] = dict(enumerate(map(float, series_of)))
        output.tables["iqa"].append(self._row(clip, values))
        output.tables["series"] += [
            series(clip.clip_id, name, UNITS[name][0], found, found.values()) for name, found in values.items() if found
        ]

    def _scored(self, clip: Clip) -> set[int]:
        """The frames that the learned measures see."""
        if not self.params.models:
            return set()
        if self.params.protocol == "spread":
            return set(spread(clip.n_frames, self.params.frames))
        if clip.n_frames < LEGACY_FRAMES:
            return set()
        return set(random.Random(clip.clip_id).sample(range(clip.n_frames), LEGACY_FRAMES))

    def _of_hands(self, picture: Picture, box: NDArray[np.float32]) -> dict[str, float]:
        if self._hands is None:
            return {}
        hands = self._hands.detect(picture, min_score=self.params.hand_score)
        return {"hands": float(len(hands)), "hand_cover": hands.cover(box)}

    def _learned(self, clip: Clip, pictures: dict[int, Picture], values: Values) -> None:
        legacy = self.params.protocol == "legacy"
        shown = [union_crop(picture, clip.boxes) if legacy else picture for picture in pictures.values()]
        for name, metric in self._metrics.items():
            score = partial(metric.score, squash=legacy)
            scores = self.batch(BATCH).map(lambda chunk, score=score: list(score(chunk)), shown)  # type: ignore[misc]
            values[name] = dict(zip(pictures, map(float, scores), strict=True))

    def _row(self, clip: Clip, values: Values) -> dict[str, Any]:
        row: dict[str, Any] = {"clip_id": clip.clip_id, "frames": len(values["sharpness"])}
        for name, (_, worst) in UNITS.items():
            known = [value for value in values[name].values() if not np.isnan(value)]
            row[name] = float(np.mean(known)) if known else None
            row[f"{name}_{worst}"] = (min(known) if worst == "min" else max(known)) if known else None
        row["blurry"] = None if row["sharpness"] is None else row["sharpness"] < self.params.blurry_below
        return row
