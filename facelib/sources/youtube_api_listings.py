"""Which videos the YouTube Data API names: of channels, playlists, charts and searches, and one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from facelib.errors import SourceError
from facelib.sources.youtube_api_client import PAGE, Json, YouTubeApi
from facelib.sources.youtube_api_items import PARTS
from facelib.sources.youtube_api_settings import YouTubeApiSettings

_NOT_SHOWN = frozenset({"channel_not_found", "private", "gone"})


@dataclass(frozen=True)
class Listed:
    """One entry of a listing.

    Attributes:
        key: YouTube's id of the video.
        extra: what the listing adds to it, such as the playlist.
        video: its resource with `PARTS`, where the listing gave it already.
    """

    key: str
    extra: Mapping[str, str] = field(default_factory=dict)
    video: Json | None = None


def channel_of(api: YouTubeApi, handle: str | None, key: str | None) -> Json:
    """The resource of a channel, by its handle (with `@`) or its id; 1 unit.

    Raises:
        SourceError: `channel_not_found`, and see `YouTubeApi.get`.
    """
    chosen = {"forHandle": handle} if handle else {"id": str(key)}
    what = f"the channel {handle or key}"
    answer = api.get("channels", what, part="snippet,contentDetails", **chosen)
    items = answer.get("items") or ()
    if not items:
        hint = "check the handle or id; it may have been removed"
        raise SourceError(f"YouTube knows nothing like {what}", hint=hint, reason="channel_not_found")
    return dict(items[0])


def uploads_of(api: YouTubeApi, channel: Json) -> Iterator[Listed]:
    """All uploads of a channel, the newest first; 1 unit for 50."""
    details = channel.get("contentDetails") or {}
    playlist = (details.get("relatedPlaylists") or {}).get("uploads")
    if not playlist:
        return
    try:
        yield from playlist_items(api, str(playlist), f"the uploads of the channel {channel['id']}")
    except SourceError as error:
        # A channel without uploads has the id of a playlist that there is not.
        if error.reason != "channel_not_found":
            raise


def playlists_of(api: YouTubeApi, channel: Json) -> Iterator[Listed]:
    """The videos in all public playlists of a channel; one that is closed meanwhile does not hold back the others."""
    key = str(channel["id"])
    what = f"the playlists of the channel {key}"
    for playlist in api.listing("playlists", what, part="snippet,contentDetails", channelId=key):
        if (playlist.get("contentDetails") or {}).get("itemCount") == 0:
            continue
        extra = {"playlist_title": title_of(playlist)}
        try:
            for listed in playlist_items(api, str(playlist["id"]), f"the playlist {playlist['id']}"):
                yield Listed(listed.key, {**listed.extra, **extra})
        except SourceError as error:
            if error.reason not in _NOT_SHOWN:
                raise


def playlist_items(api: YouTubeApi, key: str, what: str) -> Iterator[Listed]:
    """The videos of a playlist in its order; 1 unit for 50."""
    for item in api.listing("playlistItems", what, part="contentDetails", playlistId=key):
        video = (item.get("contentDetails") or {}).get("videoId")
        if video:
            yield Listed(str(video), {"playlist_id": key})


def playlist_title(api: YouTubeApi, key: str) -> str:
    """What a playlist is called, empty where the API does not say; 1 unit."""
    items = api.get("playlists", f"the playlist {key}", part="snippet", id=key).get("items") or ()
    return title_of(items[0]) if items else ""


def popular(api: YouTubeApi, category: str, region: str, limit: int) -> Iterator[Listed]:
    """A country's chart of a category (0: all), at most `limit` videos; 1 unit for 50, details included."""
    what = f"the most popular of category {category} in {region}"
    chosen = {"chart": "mostPopular", "regionCode": region, "videoCategoryId": category}
    for resource in api.listing("videos", what, limit, part=PARTS, **chosen):
        yield Listed(str(resource["id"]), {"region": region}, resource)


def search(api: YouTubeApi, words: str, settings: YouTubeApiSettings) -> Iterator[Listed]:
    """At most `settings.results` videos for some words; 100 units for 50."""
    chosen = {
        "q": words,
        "type": "video",
        "order": settings.search_order,
        "regionCode": settings.region,
        "videoDuration": settings.search_duration,
        "videoLicense": settings.search_licence,
        "videoDefinition": "high" if settings.min_definition == "hd" else "any",
    }
    for item in api.listing("search", f"the search {words!r}", settings.results, part="id", **chosen):
        video = (item.get("id") or {}).get("videoId")
        if video:
            yield Listed(str(video), {"search": words})


def videos(api: YouTubeApi, keys: Iterable[str]) -> dict[str, Json]:
    """The resources of videos with `PARTS`, by id; private and removed ones are not there. 1 unit for 50."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Json] = {}
    for start in range(0, len(wanted), PAGE):
        batch = wanted[start : start + PAGE]
        what = f"the video {batch[0]}" if len(batch) == 1 else f"{len(batch)} videos"
        answer = api.get("videos", what, part=PARTS, id=",".join(batch), maxResults=PAGE)
        found |= {str(video["id"]): video for video in answer.get("items") or ()}
    return found


def video(api: YouTubeApi, key: str) -> Json:
    """The resource of one video; 1 unit.

    Raises:
        SourceError: `gone` where no public or unlisted video has this id, and see `YouTubeApi.get`.
    """
    found = videos(api, [key]).get(key)
    if found is None:
        hint = "check its id; it may be private or removed"
        raise SourceError(f"YouTube shows no video {key}", hint=hint, reason="gone")
    return found


def captions(api: YouTubeApi, key: str) -> list[dict[str, str | bool]]:
    """The caption tracks of a video; 50 units. Their text comes with the download (`caption_languages`).

    Returns:
        For each: `language` (BCP-47), `name`, `kind` (`standard`, `asr`: made by speech recognition, `forced`),
        `for_the_deaf`, `draft`, `updated` (ISO 8601).
    """
    answer = api.get("captions", f"the captions of {key}", part="snippet", videoId=key)
    tracks = [item.get("snippet") or {} for item in answer.get("items") or ()]
    return [
        {
            "language": str(track.get("language") or ""),
            "name": str(track.get("name") or ""),
            "kind": str(track.get("trackKind") or "").lower(),
            "for_the_deaf": bool(track.get("isCC")),
            "draft": bool(track.get("isDraft")),
            "updated": str(track.get("lastUpdated") or ""),
        }
        for track in tracks
    ]


def title_of(resource: Json) -> str:
    """What a channel, playlist or video is called."""
    return str((resource.get("snippet") or {}).get("title") or "")
