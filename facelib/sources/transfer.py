"""One upload on its way: what is asked of the fetch, and what is known of it whether or not it succeeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from facelib.sources.base import DownloadError, Progress, Upload

Check = Callable[[Mapping[str, Any]], None]
"""Called with what the site says of an upload and the chosen format, before its first byte; raises to leave it out."""


class Filtered(DownloadError):
    """An upload that the selection leaves out. It did not fail, and is asked for again once the selection changes.

    Attributes:
        measured: the value that was compared.
        wanted: what the selection asks for.
    """

    measured: object = None
    wanted: object = None


class Transfer:
    """The progress callback of one fetch, which also carries what the caller asks and wants to know.

    Args:
        upload: what is fetched.
        progress: called with the bytes that are here and in all.
        check: decides on the upload by its full information.

    Attributes:
        wanted_height: frame height that the upload's list names (`extra["height"]`), pixels; None where it names none.
        received: bytes so far.
        information: what the site says, without addresses that expire, headers and cookies; empty until it is known.
        notes: what went wrong without holding the upload back, such as captions that could not be had.

    Example:
        >>> upload = Upload(video_id="v", extractor="e", key="k", url="https://example.org/v", extra={"height": "720"})
        >>> Transfer(upload).wanted_height
        720
    """

    def __init__(self, upload: Upload, progress: Progress | None = None, check: Check | None = None) -> None:
        self.upload = upload
        self.wanted_height = _height(upload.extra.get("height"))
        self.received = 0
        self.information: dict[str, Any] = {}
        self.notes: list[str] = []
        self._progress = progress
        self._check = check

    def __call__(self, done: int, total: int | None) -> None:
        """See `facelib.sources.base.Progress`."""
        self.received = done
        if self._progress:
            self._progress(done, total)

    def check(self, info: Mapping[str, Any]) -> None:
        """Raises Filtered where the caller leaves this upload out."""
        if self._check:
            self._check(info)


def _height(text: str | None) -> int | None:
    """A height as a list writes it; a list that does not know writes 0 or nothing."""
    try:
        height = round(float(text or 0))
    except (ValueError, OverflowError):
        return None
    return height if 0 < height < 100_000 else None
