"""What can be set about shots and faces."""

from typing import Any, Literal

from pydantic import Field, model_validator

from facelib.media.grid import GRID_FPS
from facelib.models.detector import KINDS, Name
from facelib.stages.base import Params
from facelib.stages.detect_presets import Preset, under_preset


class DetectParams(Params):
    """How shots and faces are found."""

    preset: Preset = Field("none", description="Parameters of an earlier system; those set beside it win.")
    detector: Name = Field("centerface", description="Which face detector.")
    step: int = Field(5, ge=1, le=250, description="Look for faces in every step-th frame of the 25 fps grid.")
    step_s: float = Field(0.0, ge=0, le=10, description="The same in seconds, in place of step; 0 takes step.")
    skip_first: bool = Field(False, description="Begin one step into the video instead of at its first frame.")
    copy_boxes: bool = Field(False, description="Frames between two looks get the faces of the look before.")
    long_side: int = Field(0, ge=0, le=4096, description="Longer side of the detector's picture at most this, px.")
    short_side: int = Field(0, ge=0, le=4096, description="Shorter side of the detector's picture at most this, px.")
    scale: float = Field(
        0.0,
        ge=0,
        le=1,
        description="The detector's picture is the source times this. With it and both sides 0, what suits a detector.",
    )
    min_face: int = Field(20, ge=4, description="Smallest face that MTCNN looks for, px of the detector's picture.")
    min_score: float = Field(0.5, ge=0, le=1, description="Faces with a lower detector score (0..1) are rejected.")
    noise_score: float = Field(0.3, ge=0, le=1, description="Boxes that score lower are not even listed as rejects.")
    min_side: float = Field(0.0, ge=0, description="Faces narrower or lower than this are rejected, source px; 0 off.")
    min_share: float = Field(
        0.0, ge=0, lt=1, description="Faces not wider and higher than this share of the frame are rejected; 0 off."
    )
    border: float = Field(0.0, ge=0, description="Faces nearer than this to the frame's edge are rejected, px; 0 off.")
    whole_pixels: bool = Field(False, description="Boxes are widened to whole pixels before they are judged.")
    policy: Literal["all", "largest", "widest", "first"] = Field(
        "all", description="Which faces of a frame are kept; first is the one with the highest score."
    )
    choose_from: Literal["passed", "found"] = Field(
        "passed", description="Whether the policy chooses from faces that passed, or from all before they are judged."
    )
    shot_detector: Literal["content", "transnetv2"] = Field("content", description="Which detector of cuts.")
    shot_threshold: float = Field(27.0, gt=0, description="HSV change (0..255) from which on there is a cut.")
    shot_probability: float = Field(0.5, gt=0, lt=1, description="TransNetV2's probability above which there is a cut.")
    min_shot_frames: int = Field(15, ge=1, description="A cut closer than this to the last one is ignored, frames.")

    @model_validator(mode="before")
    @classmethod
    def _under_the_preset(cls, values: Any) -> Any:
        return under_preset(values, "detect")

    @property
    def every(self) -> int:
        """Frames of the grid from one look to the next."""
        return max(1, round(self.step_s * GRID_FPS)) if self.step_s else self.step

    def shrink(self, width: int, height: int) -> float:
        """By what a frame of this size is multiplied for the detector, at most 1."""
        long_side, scale = self.long_side, self.scale
        if not (long_side or self.short_side or scale):
            long_side = KINDS[self.detector].long_side
        limits = [1.0]
        limits += [long_side / max(width, height)] if long_side else []
        limits += [self.short_side / min(width, height)] if self.short_side else []
        limits += [scale] if scale else []
        return min(limits)
