"""Whether an upload is still at its source, and under the licence that it was fetched under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from facelib.sources.attempts import with_retries
from facelib.sources.base import DownloadError, Upload
from facelib.sources.checked import open_ytdlp
from facelib.sources.folder import path_of
from facelib.sources.hosts import HostPolicy, redacted
from facelib.sources.ytdlp import DownloadSettings, options

THERE, GONE, PRIVATE, LICENCE_CHANGED, CHANGED = "there", "gone", "private", "licence_changed", "changed"
CASES = (GONE, PRIVATE, LICENCE_CHANGED, CHANGED)
Policy = Literal["report", "hide", "remove"]


class SourceCheckSettings(BaseModel):
    """What is done about uploads that are no longer at their source as they were fetched."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gone: Policy = Field(
        "report",
        description="An upload was deleted. report: say so; hide: its clips leave search and export until it is back; "
        "remove: it is taken down.",
    )
    private: Policy = Field("report", description="An upload asks for an account; values as for gone.")
    licence_changed: Policy = Field(
        "report", description="An upload is under another licence than when it was fetched; values as for gone."
    )
    changed: Policy = Field(
        "report", description="A file of a folder has another size than when it was read; values as for gone."
    )
    older_than_days: float = Field(30.0, ge=0, description="An upload is looked at again after this time, days.")
    limit: int = Field(500, ge=0, description="Most uploads that one check looks at; 0 looks at all that are due.")
    confirmations: int = Field(
        2, ge=1, description="Looks in a row that must find the same before an upload is hidden or removed."
    )

    max_removed_share: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Where more of the uploads of a channel than this share (0..1), and at least 5, are found "
        "otherwise at once, none of them is removed but all are reported; 1 removes any number.",
    )
    confirm_days: float = Field(
        1.0, ge=0, description="Time after which a look is repeated that has found something otherwise, days."
    )
    host_failures: int = Field(
        3,
        ge=1,
        description="Looks in a row without an answer from one host, after which the others there wait for the next "
        "check.",
    )

    def policy(self, case: str) -> Policy:
        """What is done about a case of :data:`CASES`."""
        found: Policy = getattr(self, case)
        return found


@dataclass(frozen=True)
class Look:
    """What one look at a source found.

    Args:
        case: `there`, or one of :data:`CASES`.
        before: what was known, such as the licence at the download.
        now: what is there now, or what was said.
    """

    case: str
    before: str = ""
    now: str = ""


def look(
    upload: Upload,
    settings: DownloadSettings,
    *,
    channel_url: str = "",
    known: Mapping[str, Any] | None = None,
    size_bytes: int | None = None,
) -> Look:
    """Ask the source of an upload for what it says of it now; nothing is fetched.

    Args:
        upload: what is asked for.
        settings: how hosts are asked, and which.
        channel_url: of the channel that it was fetched from, whose host may be asked.
        known: what the site said at the download, as yt-dlp names it; None where that was not kept.
        size_bytes: of the file, for one that is read in place.

    Raises:
        DownloadError: nothing can be said now, such as without a network; see `facelib.sources.failures.HINTS`.
    """
    if upload.extractor == "file":
        return _file(path_of(upload.url), size_bytes)
    try:
        information = with_retries(lambda: _ask(upload.url, channel_url, settings), upload.url, settings)
    except DownloadError as error:
        if error.reason in (GONE, PRIVATE):
            return Look(error.reason, now=error.message)
        raise
    licence = str((known.get("license") if known is not None else upload.licence) or "")
    current = str(information.get("license") or "")
    # Where no licence was known, none can have changed.
    return Look(LICENCE_CHANGED, licence, current) if licence and current != licence else Look(THERE)


def _file(path: Path, size_bytes: int | None) -> Look:
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        # A disk or share that is not mounted leaves out whole folders: this says nothing of the files in them.
        if not path.parent.is_dir():
            raise DownloadError(f"the folder {path.parent} is not there", reason="local_io") from error
        return Look(GONE, now=f"the file {path} is gone")
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {error.strerror}", reason="local_io") from error
    if size_bytes is not None and size != size_bytes:
        return Look(CHANGED, f"{size_bytes} bytes", f"{size} bytes")
    return Look(THERE)


def _ask(url: str, channel_url: str, settings: DownloadSettings) -> dict[str, Any]:
    """What yt-dlp says of an address, without its formats being chosen or fetched."""
    web = channel_url if channel_url.startswith(("http://", "https://")) else ""
    policy = HostPolicy(web, settings.allowed_hosts)
    policy.check(url)
    parameters = options(settings, extract_flat="in_playlist", playlist_items="0", ignore_no_formats_error=True)
    with open_ytdlp(parameters, policy) as downloader:
        information = downloader.extract_info(url, download=False)
    if not information:
        raise DownloadError(f"{redacted(url)} gave nothing", reason="extraction_failed")
    return dict(information)
