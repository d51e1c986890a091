"""What every source of uploads gives: a listing of uploads, and the file of one of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from facelib.clock import check_day
from facelib.errors import SettingsError, SourceError

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here and the bytes in all, None where unknown."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One video as its channel lists it.

    Its texts are made whole by `whole_text`, so that the store can hold whatever a site or a file system gives.

    Attributes:
        video_id: its name everywhere, see `facelib.ids.video_id`.
        extractor: the site or kind of source, lower case (`youtube`, `generic`, `file`).
        key: the site's id as it is, or the canonical URL.
        url: where it is fetched from.
        timestamp: seconds since 1970-01-01 UTC, None where the listing does not say.
        upload_day: UTC day `YYYY-MM-DD`; None until the download tells.
        duration_s: seconds, as the site says.
        extra: what else is worth keeping, as text.
    """

    video_id: str
    extractor: str
    key: str
    url: str
    title: str = ""
    channel_id: str = ""
    channel_title: str = ""
    timestamp: float | None = None
    upload_day: str | None = None
    duration_s: float | None = None
    description: str = ""
    licence: str | None = None
    uploader: str | None = None
    thumbnail: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in vars(self).copy().items():
            if isinstance(value, str):
                object.__setattr__(self, name, whole_text(value))
        extra = {whole_text(str(name)): whole_text(str(value)) for name, value in self.extra.items()}
        object.__setattr__(self, "extra", extra)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON and Parquet can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; names that are not known are left out, so that older code reads newer rows.

        An `upload_day` that no calendar has counts as none.
        """
        known = {f.name for f in fields(cls)}
        chosen = {name: value for name, value in values.items() if name in known}
        chosen["upload_day"] = calendar_day(chosen.get("upload_day"))
        chosen["extra"] = dict(chosen.get("extra") or {})
        return cls(**chosen)


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """The file of one upload.

    Attributes:
        path: the complete media file.
        upload: the upload with what only the download could tell (day, licence, duration).
        info: what the site says of the chosen format, as plain JSON values; empty for files.
        captions: caption files beside the media file.
        seconds: wall time it took.
        in_place: the file was there already and belongs to somebody else: never move or delete it.
    """

    path: Path
    upload: Upload
    info: dict[str, Any] = field(default_factory=dict)
    captions: tuple[Path, ...] = ()
    seconds: float = 0.0
    in_place: bool = False


class DownloadError(SourceError):
    """An upload that cannot be fetched; `reason` says why and `retryable` whether a later try can end otherwise."""

    RETRYABLE = frozenset({"network", "rate_limited", "bot_check", "forbidden", "live", "local_io"})

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without anyone changing a setting."""
        return self.reason in self.RETRYABLE


class Source(ABC):
    """One channel: something that lists uploads and can fetch each of them.

    Attributes:
        kind: `channel`, `folder` or another kind of `facelib.sources.kinds`.
        url: what `facelib.sources.kinds.open_source` opens this source from again.
        channel_id: see `facelib.ids.channel_id`.
        title: what the channel calls itself, empty until listed.
    """

    kind: str
    url: str
    channel_id: str
    title: str = ""

    @abstractmethod
    def list_uploads(self) -> Iterator[Upload]:
        """Every upload the channel shows now, each once, in the channel's own order.

        Raises:
            SourceError: the channel cannot be listed; the message names it.
        """

    @abstractmethod
    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """Fetch one upload into `folder`, which is made where it is absent.

        The file appears under its final name, `<video_id>.<ext>`, only when it is complete.

        Raises:
            DownloadError: with a `reason`; what was fetched so far is kept where a later call can go on from it.
        """


def whole_text(text: str) -> str:
    """A text that UTF-8 can hold: surrogates that belong together are joined, lone ones become U+FFFD.

    JSON of a site may cut an emoji in two, and a file name may hold bytes that are no UTF-8.

    Example:
        >>> whole_text("\\ud83d\\ude00 a\\ud83d") == "\\U0001f600 a\\ufffd"
        True
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def calendar_day(text: object) -> str | None:
    """A day `YYYY-MM-DD` as it is; None for what no calendar has.

    Example:
        >>> calendar_day("2024-02-29"), calendar_day("2024-00-00")
        ('2024-02-29', None)
    """
    try:
        return check_day(text) if isinstance(text, str) else None
    except SettingsError:
        return None


def utc_day(timestamp: float) -> str:
    """The UTC day of a time in seconds since 1970.

    Example:
        >>> utc_day(86399.0)
        '1970-01-01'
    """
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
