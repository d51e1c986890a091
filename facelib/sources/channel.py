"""Anything that yt-dlp can list as a channel: a YouTube channel or playlist, another site, an RSS feed, one video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from facelib.errors import FacelibError, SourceError
from facelib.ids import channel_id
from facelib.sources.attempts import with_retries
from facelib.sources.base import Downloaded, Progress, Source, Upload
from facelib.sources.checked import open_ytdlp
from facelib.sources.download import LIVE, fetch
from facelib.sources.entries import GENERIC, upload_of
from facelib.sources.hosts import HostPolicy, redacted
from facelib.sources.sniff import HEAD_BYTES, container_of
from facelib.sources.ytdlp import DownloadSettings, options

MAX_DEPTH = 4
_LISTS = ("playlist", "multi_video")
_UNREACHABLE = frozenset({"network", "gone", "forbidden", "bad_certificate"})


class ChannelSource(Source):
    """A channel on the web.

    Args:
        url: its http(s) address.
        settings: how to list and fetch.

    Example:
        >>> ChannelSource("https://example.org/feed.xml", DownloadSettings()).channel_id[:24]
        'channel_example.org_feed'
    """

    kind = "channel"

    def __init__(self, url: str, settings: DownloadSettings) -> None:
        self.url = url
        self.channel_id = channel_id(self.kind, url)
        self._settings = settings
        self._policy = HostPolicy(url, settings.allowed_hosts)

    def list_uploads(self) -> Iterator[Upload]:
        """Every upload of the channel, those of its tabs and nested playlists too; live and upcoming ones are left out.

        The listing is flat: it asks for pages of the listing, not for each upload, so days and lengths may be absent.

        Raises:
            SourceError: `feed_unreachable`, `not_a_feed`, `host_not_allowed`, or one of a download's reasons.
        """
        parameters = options(self._settings, extract_flat="in_playlist", ignore_no_formats_error=True)
        seen: set[str] = set()
        with open_ytdlp(parameters, self._policy) as downloader:
            information = self._extract(downloader, self.url)
            self.title = str(information.get("title") or "")
            if information.get("_type") not in _LISTS:
                self._require_media(downloader, information)
            for entry in self._flattened(downloader, information, 0):
                upload = upload_of(entry, self.url, downloader)
                if upload is not None and upload.video_id not in seen:
                    seen.add(upload.video_id)
                    yield replace(upload, channel_id=self.channel_id, channel_title=self.title)

    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """See `Source.download` and `facelib.sources.download.fetch`."""
        return fetch(upload, folder, self._settings, self._policy, progress)

    def _extract(self, downloader: Any, url: str) -> Mapping[str, Any]:
        try:
            information = with_retries(lambda: downloader.extract_info(url, download=False), url, self._settings)
        except FacelibError as error:
            raise self._as_listing_error(error) from error
        if not information:
            raise self._not_a_feed("it gave nothing")
        return dict(information)

    def _flattened(self, downloader: Any, information: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
        """The single uploads in a listing, in order; lists in it are opened down to MAX_DEPTH."""
        if information.get("live_status") in LIVE or information.get("is_live"):
            return
        if information.get("_type") in _LISTS:
            for entry in information.get("entries") or ():
                if entry:
                    yield from self._flattened(downloader, entry, depth + 1)
        elif depth and self._is_list(downloader, information):
            if depth < MAX_DEPTH:
                yield from self._flattened(downloader, self._extract(downloader, information["url"]), depth + 1)
        else:
            yield information

    @staticmethod
    def _is_list(downloader: Any, entry: Mapping[str, Any]) -> bool:
        """Whether an entry that was not opened is itself a list, such as a tab of a channel."""
        if entry.get("_type") != "url" or not entry.get("ie_key") or entry["ie_key"] == "Generic":
            return False
        # A tab may send on to one video, so yt-dlp does not promise that it is a list.
        return bool(
            entry["ie_key"] == "YoutubeTab" or downloader.get_info_extractor(entry["ie_key"])._RETURN_TYPE == "playlist"
        )

    def _require_media(self, downloader: Any, information: Mapping[str, Any]) -> None:
        """yt-dlp takes any address that it cannot read for a video file, so the first bytes of such a one are read."""
        if str(information.get("extractor_key", "")).lower() != GENERIC or not information.get("direct"):
            return
        from yt_dlp.networking import Request

        request = Request(str(information["url"]), headers={"Accept-Encoding": "identity"})
        try:
            with downloader.urlopen(request) as response:
                head = response.read(HEAD_BYTES)
        except Exception as error:
            from facelib.sources.failures import classify

            raise self._as_listing_error(classify(error, self.url)) from error
        if container_of(head) is None:
            raise self._not_a_feed("it is neither a feed, a page with videos, nor a media file")

    def _as_listing_error(self, error: FacelibError) -> SourceError:
        """The error for the listing of a channel that the error for an upload stands for."""
        if error.reason in _UNREACHABLE:
            message = f"cannot reach the channel {redacted(self.url)}: {error.message}"
            return SourceError(message, hint="check the address and the network", reason="feed_unreachable")
        if error.reason == "unsupported":
            return self._not_a_feed("it is neither a feed nor a page with videos")
        if isinstance(error, SourceError) and redacted(self.url) in error.message:
            return error
        return SourceError(
            f"cannot list the channel {redacted(self.url)}: {error.message}", hint=error.hint, reason=error.reason
        )

    def _not_a_feed(self, why: str) -> SourceError:
        return SourceError(
            f"{redacted(self.url)} cannot be listed: {why}",
            hint="give a channel, a playlist, an RSS feed or a media file",
            reason="not_a_feed",
        )
