"""What a user asks of an export."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from facelib.errors import SettingsError
from facelib.export.names import CROPS
from facelib.variables import nearest

SPLITS = ("train", "val", "test")


class ExportOptions(BaseModel):
    """Which clips, cut how, in which splits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    where: str = Field("TRUE", description="SQL condition on the catalogue's tables, such as syncnet.confidence > 3.")
    unit: Literal["clip", "segment"] = Field("clip", description="Whole clips, or the parts of them that are in sync.")
    rule: str = Field("dense", description="Rule of the segments: legacy, dense or strict; of unit segment alone.")
    crop: str = Field("window", description="Crop policy by name, see docs/crops.md.")
    size: int = Field(
        0, ge=0, le=4096, description="Width and height, px; 0 leaves the scale; a window gets black sides."
    )
    sync: bool = Field(True, description="Whether sound is moved by the offset that was measured.")
    limit: int = Field(0, ge=0, description="At most this many, chosen by the seed; 0 takes all.")
    splits: str = Field("", description="Shares of train/val/test in per cent, such as 80/10/10; empty makes none.")
    split_by: Literal["person", "video", "channel"] = Field("person", description="What is never in two splits.")
    seed: int = Field(0, description="Of the sample and of the splits.")
    snapshot: str = Field("", description="Name of the snapshot to export; empty takes what is published now.")
    settings: dict[str, Any] = Field(default_factory=dict, description="Settings of the format.")

    @field_validator("crop")
    @classmethod
    def _known_policy(cls, value: str) -> str:
        if value == "given":
            raise ValueError("a clip has no rectangle given: 'facelib reproduce' and 'facelib media cut' take them")
        if value not in CROPS:
            raise ValueError(f"there is no policy {value!r}; take one of {', '.join(CROPS)}")
        return value

    @field_validator("size")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"{value} is odd: 4:2:0 video has even sides")
        return value

    @field_validator("splits")
    @classmethod
    def _shares_add_up(cls, value: str) -> str:
        shares_of(value)
        return value


def shares_of(splits: str) -> dict[str, float]:
    """The share of each split, 0..1; empty for no splits.

    Raises:
        ValueError: they are no numbers, too many, or do not add up to 100.

    >>> shares_of("80/10/10")
    {'train': 0.8, 'val': 0.1, 'test': 0.1}
    """
    if not splits:
        return {}
    try:
        shares = [float(share) for share in splits.split("/")]
    except ValueError:
        shares = []
    if not 2 <= len(shares) <= len(SPLITS) or min(shares) < 0 or abs(sum(shares) - 100) > 1e-6:
        raise ValueError(f"{splits!r} is not two or three shares that add up to 100, such as 80/10/10")
    return {name: share / 100 for name, share in zip(SPLITS, shares, strict=False)}


def checked(kind: type[BaseModel], values: dict[str, Any], what: str) -> Any:
    """A model of these values, or an error that names each wrong one.

    Raises:
        SettingsError: reason ``bad_options``.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        told = []
        for item in error.errors():
            name = ".".join(str(part) for part in item["loc"])
            told.append(f"{name}: {_said(kind, item['type'], item['msg'], name.rpartition('.')[2])}")
        raise SettingsError(f"{what}: {'; '.join(told)}", reason="bad_options") from error


def _said(kind: type[BaseModel], case: str, message: str, name: str) -> str:
    """What is wrong with one option, in words of ours where the library's name no way on."""
    if case == "missing":
        return "it is missing"
    if case != "extra_forbidden":
        return message.removeprefix("Value error, ")
    near = nearest(name, kind.model_fields)
    if near:
        return f"there is no such setting; did you mean {' or '.join(near)}?"
    return f"there is no such setting; there are {', '.join(kind.model_fields) or 'none'}"
