"""Channels, playlists, charts and searches of YouTube, listed by its Data API v3: exact days, lengths and licences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from facelib.errors import SourceError
from facelib.ids import channel_id
from facelib.sources import youtube_api_listings as listings
from facelib.sources.base import Downloaded, Progress, Source, Upload
from facelib.sources.download import fetch
from facelib.sources.hosts import HostPolicy
from facelib.sources.youtube_api_client import PAGE, YouTubeApi
from facelib.sources.youtube_api_items import is_hd, is_recording, upload_of
from facelib.sources.youtube_api_listings import Listed
from facelib.sources.ytdlp import DownloadSettings

FORMS = (
    "@HANDLE, @HANDLE/playlists, channel/UC..., channel/UC.../playlists, playlist/PL..., popular/CATEGORY_ID, "
    "popular/CATEGORY_ID/REGION, search/WORDS or video/ID"
)
_SITE = "https://www.youtube.com/"
_ASKED = re.compile(
    r"(?P<handle>@[^/\s]+)(?P<of_handle>/playlists)?"
    r"|channel/(?P<channel>UC[\w-]{22})(?P<of_channel>/playlists)?"
    r"|playlist/(?P<playlist>[\w-]{2,64})"
    r"|popular/(?P<category>\d{1,3})(?:/(?P<region>[A-Za-z]{2}))?"
    r"|search/(?P<words>\S.*)"
    r"|video/(?P<video>[\w-]{11})",
    re.ASCII | re.DOTALL,
)


class YouTubeApiSource(Source):
    """What the YouTube Data API lists for one request.

    Uploads have the same `video_id` as in yt-dlp's listing of YouTube, so none is fetched twice. Fetching goes
    through yt-dlp and needs no key.

    Args:
        text: one of `FORMS`, with or without `api:` before it. A handle or channel gives its uploads, with
            `/playlists` the videos in all of its public playlists; `popular` a country's chart of a category
            (0: all; the country is else `settings.youtube.region`); `search` at most `settings.youtube.results`.
        settings: how to list and fetch; the API's own settings are in `youtube`.

    Raises:
        SourceError: `unsupported_channel` where `text` is none of these.

    Example:
        >>> YouTubeApiSource("@nasa", DownloadSettings()).url
        'api:@nasa'
    """

    kind = "api"

    def __init__(self, text: str, settings: DownloadSettings) -> None:
        text = text.strip().removeprefix("api:").strip()
        found = _ASKED.fullmatch(text)
        if found is None:
            hint = f"after api: comes {FORMS}"
            raise SourceError(f"cannot open the channel 'api:{text}'", hint=hint, reason="unsupported_channel")
        self.url = f"api:{text}"
        self.channel_id = channel_id(self.kind, text)
        self._asked, self._settings = found.groupdict(), settings

    def list_uploads(self) -> Iterator[Upload]:
        """The recordings, each once, in the order of the API; of one in several playlists the first is kept.

        Ids come in pages of 50; one further request, for 1 unit, tells all about 50 of them. Live, upcoming, private
        and removed videos are left out, and those in standard definition where `min_definition` says so. What was
        found before an error is given first, and then the error is raised.

        Raises:
            SourceError: see `YouTubeApi.get`.
        """
        with YouTubeApi(self._settings) as api:
            seen: set[str] = set()
            waiting: list[Listed] = []
            try:
                for listed in self._listed(api):
                    if listed.key in seen:
                        continue
                    seen.add(listed.key)
                    waiting.append(listed)
                    if len(waiting) == PAGE:
                        batch, waiting = waiting, []
                        yield from self._told(api, batch)
            except SourceError:
                # Where every key is used up, this ends with the same error.
                yield from self._told(api, waiting)
                raise
            yield from self._told(api, waiting)

    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """See `Source.download` and `facelib.sources.download.fetch`."""
        return fetch(upload, folder, self._settings, HostPolicy(_SITE, self._settings.allowed_hosts), progress)

    def _listed(self, api: YouTubeApi) -> Iterator[Listed]:
        """The ids, and the channel's title on the way."""
        asked, own = self._asked, self._settings.youtube
        if asked["handle"] or asked["channel"]:
            handle = unquote(asked["handle"]) if asked["handle"] else None
            channel = listings.channel_of(api, handle, asked["channel"])
            self.title = listings.title_of(channel)
            of_playlists = asked["of_handle"] or asked["of_channel"]
            yield from (listings.playlists_of if of_playlists else listings.uploads_of)(api, channel)
        elif asked["playlist"]:
            self.title = listings.playlist_title(api, asked["playlist"])
            yield from listings.playlist_items(api, asked["playlist"], f"the playlist {asked['playlist']}")
        elif asked["category"]:
            region = (asked["region"] or own.region).upper()
            self.title = f"most popular of category {asked['category']} in {region}"
            yield from listings.popular(api, asked["category"], region, own.popular_results)
        elif asked["words"]:
            self.title = asked["words"]
            yield from listings.search(api, asked["words"], own)
        else:
            resource = listings.video(api, asked["video"])
            self.title = listings.title_of(resource)
            yield Listed(asked["video"], {}, resource)

    def _told(self, api: YouTubeApi, batch: list[Listed]) -> Iterator[Upload]:
        """The uploads of a batch that are wanted, after one request for those whose resource is not here."""
        resources = listings.videos(api, (listed.key for listed in batch if listed.video is None))
        for listed in batch:
            resource = listed.video or resources.get(listed.key)
            if resource is None or not is_recording(resource):
                continue
            if self._settings.youtube.min_definition == "hd" and not is_hd(resource):
                continue
            upload = upload_of(resource, listed.extra)
            yield replace(upload, channel_id=self.channel_id, channel_title=self.title)
