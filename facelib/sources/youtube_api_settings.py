"""What a user may set about the YouTube Data API v3."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from facelib.file_setting import FilePath

KEYS_VARIABLE = "FACELIB_DOWNLOAD__YOUTUBE__KEYS"


class YouTubeApiSettings(BaseModel):
    """How channels that start with `api:` are listed. Set by `FACELIB_DOWNLOAD__YOUTUBE__<NAME>`.

    Example:
        >>> YouTubeApiSettings(keys=("first", " second ", "first")).key_texts()
        ['first', 'second']
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[SecretStr, ...] = Field(
        default=(), description="API keys, used one after the other as their daily quota is used up"
    )
    endpoint: str = Field(
        default="https://www.googleapis.com/youtube/v3", description="address of the API; no other host is asked"
    )
    units_per_day: int = Field(
        default=10_000, ge=1, description="quota units that one key may spend in one day of Pacific time"
    )
    usage_file: FilePath = Field(
        default=None,
        description="JSON file in which processes share what their keys have spent; none: each process counts its own",
    )
    results: int = Field(default=20, ge=1, description="most uploads that one search gives; 50 cost 100 units")
    popular_results: int = Field(default=50, ge=1, description="most uploads that a list of the most popular gives")
    region: str = Field(
        default="US", pattern="^[A-Z]{2}$", description="country whose most popular uploads are listed, ISO 3166-1"
    )
    min_definition: Literal["sd", "hd"] = Field(
        default="sd", description="hd leaves out uploads whose largest frame is below 720 pixels high"
    )
    search_order: Literal["relevance", "date", "viewCount", "rating", "title"] = Field(
        default="relevance", description="order of a search's results"
    )
    search_duration: Literal["any", "short", "medium", "long"] = Field(
        default="any", description="what a search finds: short is under 4 min, long over 20 min"
    )
    search_licence: Literal["any", "creativeCommon", "youtube"] = Field(
        default="any", description="licence of what a search finds"
    )

    @field_validator("endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an http(s) address without a query")
        return value.rstrip("/")

    def key_texts(self) -> list[str]:
        """The keys in order, each once, without blanks."""
        texts = (key.get_secret_value().strip() for key in self.keys)
        return list(dict.fromkeys(text for text in texts if text))
