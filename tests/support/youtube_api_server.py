"""A server that answers like the YouTube Data API v3, from a small catalogue, with quotas, page tokens and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zlib import crc32

import pytest

from facelib.sources import youtube_api_quota
from facelib.sources.ytdlp import DownloadSettings
from tests.support.http_server import Answer, HttpServer, serve

Json = dict[str, Any]
ROOT = "/youtube/v3"
COST = {"search": 100, "captions": 50}
PAGE = 50


def make_video(key: str, **parts: Json) -> Json:
    """A public HD recording of 90 s; `parts` change single fields, such as `snippet={"title": "x"}`."""
    whole: Json = {
        "snippet": {
            "title": f"Talk {key}",
            "description": f"About {key}",
            "publishedAt": "2024-03-01T23:30:00Z",
            "channelId": "UC" + "a" * 22,
            "channelTitle": "Talks",
            "categoryId": "25",
            "liveBroadcastContent": "none",
            "thumbnails": {
                "default": {"url": f"https://i.ytimg.com/vi/{key}/default.jpg", "width": 120},
                "high": {"url": f"https://i.ytimg.com/vi/{key}/hq.jpg", "width": 480},
            },
        },
        "contentDetails": {"duration": "PT1M30S", "dimension": "2d", "definition": "hd", "caption": "false"},
        "statistics": {"viewCount": "1200", "likeCount": "34"},
        "status": {"uploadStatus": "processed", "privacyStatus": "public", "license": "youtube"},
    }
    for name, fields in parts.items():
        whole[name] = whole.get(name, {}) | fields
    return {"id": key, **whole}


def keys_of(letter: str, number: int) -> list[str]:
    """Ids of videos, as YouTube writes them: 11 characters."""
    return [f"{letter}{n:010d}" for n in range(number)]


@dataclass
class YouTubeServer:
    """The catalogue, the keys with the units that they have left, and faults that come before answers.

    Attributes:
        faults: answers instead of the next requests, one each; None lets a request through.
        closed: reasons of refusals by id of a playlist or channel, such as `playlistItemsNotAccessible`.
    """

    http: HttpServer
    units: dict[str, int] = field(default_factory=lambda: {"key-one": 10_000})
    handles: dict[str, str] = field(default_factory=dict)
    channels: dict[str, Json] = field(default_factory=dict)
    playlists: dict[str, Json] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    videos: dict[str, Json] = field(default_factory=dict)
    captions: dict[str, list[Json]] = field(default_factory=dict)
    closed: dict[str, tuple[int, str]] = field(default_factory=dict)
    faults: list[Answer | None] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return self.http.url(ROOT)

    def asked(self, method: str = "") -> list[dict[str, str]]:
        """The parameters of each request, those of one method where it is named."""
        addresses = (urlsplit(address) for _, address, _ in self.http.requests)
        return [dict(parse_qsl(a.query)) for a in addresses if not method or a.path == f"{ROOT}/{method}"]

    def add_videos(self, keys: Iterable[str], **parts: Json) -> None:
        self.videos |= {key: make_video(key, **parts) for key in keys}

    def add_channel(self, key: str, handle: str, title: str, uploads: list[str]) -> None:
        playlist = f"UU{key[2:]}"
        details = {"relatedPlaylists": {"likes": "", "uploads": playlist}}
        self.channels[key] = {"id": key, "snippet": {"title": title}, "contentDetails": details}
        self.handles[handle] = key
        if uploads:
            self.members[playlist] = uploads

    def add_playlist(self, key: str, title: str, channel: str, members: list[str]) -> None:
        details = {"itemCount": len(members)}
        snippet = {"title": title, "channelId": channel}
        self.playlists[key] = {"id": key, "snippet": snippet, "contentDetails": details}
        self.members[key] = members

    def answer(self, method: str) -> Answer:
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        query = dict(parse_qsl(urlsplit(self.http.requests[-1][1]).query))
        key, cost = query.pop("key", ""), COST.get(method, 1)
        if key not in self.units:
            return refusal(400, "keyInvalid", "Bad Request")
        if self.units[key] < cost:
            return refusal(403, "quotaExceeded", f"You have exceeded your quota ({key}).")
        self.units[key] -= cost
        size = int(query.pop("maxResults", "5"))
        if not 0 < size <= PAGE or "part" not in query or len(query.get("id", "").split(",")) > PAGE:
            return refusal(400, "invalidParameter", "Invalid value")
        closed = next((self.closed[value] for value in query.values() if value in self.closed), None)
        if closed:
            return refusal(*closed, "Not for you")
        return self._page(method, query, size)

    def _page(self, method: str, query: dict[str, str], size: int) -> Answer:
        items = getattr(self, f"_{method}")(query)
        if items is None:
            return refusal(404, "notFound", "Not found")
        token = query.pop("pageToken", "")
        listing = str(crc32(f"{method}:{sorted(query.items())}".encode()))
        start, _, of = token.partition(":")
        if token and of != listing:  # a token goes on with the listing that it came from, and with no other
            return refusal(400, "invalidPageToken", "The request specifies an invalid page token.")
        first = int(start or 0)
        page: Json = {"kind": f"youtube#{method}ListResponse", "pageInfo": {"totalResults": len(items)}}
        page["items"] = [only(item, query["part"]) for item in items[first : first + size]]
        if first + size < len(items):
            page["nextPageToken"] = f"{first + size}:{listing}"
        return Answer(json.dumps(page).encode(), "application/json")

    def _channels(self, query: dict[str, str]) -> list[Json]:
        key = self.handles.get(query["forHandle"], "") if "forHandle" in query else query["id"]
        return [self.channels[key]] if key in self.channels else []

    def _playlists(self, query: dict[str, str]) -> list[Json]:
        if "id" in query:
            return [self.playlists[query["id"]]] if query["id"] in self.playlists else []
        return [p for p in self.playlists.values() if p["snippet"]["channelId"] == query["channelId"]]

    def _playlistItems(self, query: dict[str, str]) -> list[Json] | None:
        members = self.members.get(query["playlistId"])
        return None if members is None else [{"id": key, "contentDetails": {"videoId": key}} for key in members]

    def _videos(self, query: dict[str, str]) -> list[Json] | None:
        if query.get("chart") != "mostPopular":
            # In an order of its own.
            return [self.videos[key] for key in reversed(query["id"].split(",")) if key in self.videos]
        category = query.get("videoCategoryId", "0")
        if category == "99":
            return None
        return [v for v in self.videos.values() if category in ("0", v["snippet"]["categoryId"])]

    def _search(self, query: dict[str, str]) -> list[Json]:
        high, words = query.get("videoDefinition") == "high", query["q"].lower()
        found = [v for v in self.videos.values() if words in v["snippet"]["title"].lower()]
        kept = [v for v in found if not high or v["contentDetails"]["definition"] == "hd"]
        return [{"id": {"kind": "youtube#video", "videoId": v["id"]}} for v in kept]

    def _captions(self, query: dict[str, str]) -> list[Json] | None:
        tracks = self.captions.get(query["videoId"])
        return None if tracks is None else [{"id": f"c{n}", "snippet": track} for n, track in enumerate(tracks)]


def only(item: Json, parts: str) -> Json:
    """A resource with the parts that were asked for; its id is always there."""
    return {name: value for name, value in item.items() if name == "id" or name in parts.split(",")}


def refusal(status: int, reason: str, message: str, **headers: str) -> Answer:
    """An error as the API words it."""
    rows = [{"domain": "youtube", "reason": reason, "message": message}]
    body = json.dumps({"error": {"code": status, "message": message, "errors": rows}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body.encode(), "application/json", status, named)


def settings_of(api: YouTubeServer, **own: Any) -> DownloadSettings:
    """Quick settings for that server; `own` ones are the API's."""
    chosen = {"keys": list(api.units), "endpoint": api.endpoint} | own
    return DownloadSettings.model_validate({"youtube": chosen, "backoff_s": 0.01, "retries": 2})


@contextmanager
def youtube(monkeypatch: pytest.MonkeyPatch) -> Iterator[YouTubeServer]:
    """Start a server with an empty catalogue and keys that have spent nothing; it is stopped at the end."""
    monkeypatch.setattr(youtube_api_quota, "_SPENT", {})
    monkeypatch.setattr(youtube_api_quota, "_REFUSED", {})
    with serve() as http:
        server = YouTubeServer(http)
        for method in ("channels", "playlists", "playlistItems", "videos", "search", "captions"):
            http.routes[f"{ROOT}/{method}"] = lambda headers, method=method: server.answer(method)  # type: ignore[misc]
        yield server
