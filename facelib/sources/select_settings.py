"""What may be set about which uploads are wanted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from facelib.clock import check_day
from facelib.errors import SettingsError


class SelectSettings(BaseModel):
    """Which of the uploads that were seen are fetched. Set by `FACELIB_SELECT__<NAME>`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_seconds: float = Field(default=0.0, ge=0, description="shortest upload that is wanted, seconds")
    max_seconds: float | None = Field(
        default=None, gt=0, description="longest upload that is wanted, seconds; none: any length"
    )
    min_height: int = Field(
        default=0, ge=0, description="least height of the largest picture that an upload offers, pixels"
    )
    licences: tuple[str, ...] = Field(
        default=(),
        description="globs of licences that are wanted, e.g. *creative commons*; case is ignored; empty: any",
    )
    allow_unknown_licence: bool = Field(
        default=False, description="whether an upload whose site names no licence passes where licences are asked for"
    )
    allow_closed: bool = Field(
        default=False, description="whether members-only, premium and private uploads pass that the cookie file opens"
    )
    title_pattern: str = Field(default="", description="regular expression that a title must hold; case is ignored")
    not_title_pattern: str = Field(
        default="", description="regular expression that a title must not hold; case is ignored"
    )
    description_pattern: str = Field(
        default="", description="regular expression that a description must hold; case is ignored"
    )
    first_day: str | None = Field(default=None, description="earliest UTC upload day that is wanted, YYYY-MM-DD")
    last_day: str | None = Field(default=None, description="latest UTC upload day that is wanted, YYYY-MM-DD")
    exclude: tuple[Path, ...] = Field(
        default=(), description="list files of ids, addresses or media paths that are never taken"
    )
    sample: int = Field(default=0, ge=0, description="so many uploads are drawn at random; 0 takes all")
    seed: int = Field(default=0, description="seed of the sample: the same seed draws the same uploads")

    @field_validator("title_pattern", "not_title_pattern", "description_pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return pattern

    @field_validator("first_day", "last_day")
    @classmethod
    def _is_day(cls, day: str | None) -> str | None:
        if day is None:
            return None
        try:
            return check_day(day)
        except SettingsError as error:
            raise ValueError(str(error)) from error

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_seconds is not None and self.max_seconds < self.min_seconds:
            raise ValueError(f"max_seconds {self.max_seconds:g} is less than min_seconds {self.min_seconds:g}")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")
        return self
