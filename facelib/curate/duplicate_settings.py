"""Settings of the search for duplicates."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class DuplicateSettings(BaseModel):
    """When a clip or an upload counts as showing again what another one shows, and which one is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["kept", "earlier"] = Field(
        "kept",
        description="kept: a clip is a duplicate only of one that is kept. earlier: the rules of video-to-faces, by "
        "pictures alone, where any earlier clip counts; of a slow change only the beginning stays.",
    )
    sound: Literal["agree", "ignore"] = Field(
        "agree",
        description="agree: clips that both have sound must also sound alike, so that a camera that never moves makes "
        "no duplicates. ignore: pictures decide alone.",
    )
    hash_distance: int = Field(
        8, ge=-1, le=32, description="Most bits of 64 in which the hashes of two faces may differ; -1 compares none."
    )
    face_share: float = Field(
        0.5,
        ge=-1,
        le=1,
        description="Largest distance of two face vectors, as a share of the model's own distance of one person; "
        "-1 compares none.",
    )
    max_sound_error: float = Field(
        0.3, ge=0, lt=0.5, description="Most bits of two sound fingerprints that may differ, 0..0.5 of all."
    )
    min_overlap_s: float = Field(2.0, ge=0.5, description="Sound that two clips must share, s.")
    silent_tolerance_s: float = Field(
        0.2, ge=0, description="Clips without sound must be of the same length, give or take this, s."
    )
    cover: float = Field(
        0.8, gt=0, le=1, description="Share of a clip that the kept one must hold for it to be a duplicate."
    )
    upload_share: float = Field(
        0.5, gt=0, le=1, description="Share of its clips that must lie in clips of another upload to be a duplicate."
    )
    shift_tolerance_s: float = Field(
        0.25, ge=0, description="Shifts of time within this of each other count as one, s."
    )
    keep: Literal["quality", "earlier"] = Field(
        "quality", description="Which of two is kept: the better one, or the one that was uploaded first."
    )

    def compared_by(self) -> str:
        """Names what decides which clips are alike; clips are compared again when it changes."""
        names = ("sound", "hash_distance", "max_sound_error", "min_overlap_s", "silent_tolerance_s")
        return ",".join(str(getattr(self, name)) for name in names)
