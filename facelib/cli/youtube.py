"""Commands that ask the YouTube Data API: one video, its captions, a country's most popular, a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facelib.cli.output import AsJson, emit, rows
from facelib.errors import SourceError

if TYPE_CHECKING:
    from facelib.sources.base import Upload
    from facelib.sources.ytdlp import DownloadSettings

app = typer.Typer(help="Ask the YouTube Data API; a key is in FACELIB_DOWNLOAD__YOUTUBE__KEYS.")

VideoKey = Annotated[str, typer.Argument(metavar="VIDEO_ID", help="YouTube's id of the video: 11 characters.")]
Hd = Annotated[bool, typer.Option("--hd", help="Leave out what is below 720 pixels high.")]
Region = Annotated[str, typer.Option(help="Country, two letters of ISO 3166-1; empty: the one of the settings.")]

COLUMNS = {"name": "id", "title": "title", "day": "day", "seconds": "length, s", "hd": "hd", "views": "views"}
CAPTION_COLUMNS = {"language": "language", "name": "name", "kind": "kind", "updated": "updated"}


@app.command()
def info(video: VideoKey, json: AsJson = False) -> None:
    """Show title, views, likes, length, definition and licence of a video; 1 quota unit.

    Example: `facelib youtube info dQw4w9WgXcQ`
    """
    from facelib.sources import youtube_api_listings as listings
    from facelib.sources.youtube_api_client import YouTubeApi
    from facelib.sources.youtube_api_items import upload_of

    with YouTubeApi(_settings()) as api:
        upload = upload_of(listings.video(api, video), {})
    told = _row(upload) | {
        "likes": _number(upload.extra, "likes"),
        "dimension": upload.extra.get("dimension"),
        "licence": upload.licence,
        "uploader": upload.uploader,
        "video_id": upload.video_id,
    }
    emit(told | {"description": upload.description} if json else told, json, title="video")


@app.command()
def captions(video: VideoKey, json: AsJson = False) -> None:
    """List the caption tracks of a video; 50 quota units.

    Example: `facelib youtube captions dQw4w9WgXcQ`
    """
    from facelib.sources import youtube_api_listings as listings
    from facelib.sources.youtube_api_client import YouTubeApi

    with YouTubeApi(_settings()) as api:
        tracks = listings.captions(api, video)
    if json:
        emit({"captions": tracks}, json, title="captions")
    else:
        rows(tracks, CAPTION_COLUMNS, title=f"captions of {video}", empty="no captions")


@app.command()
def popular(
    category: Annotated[int, typer.Option(min=0, max=999, help="Category: 0 all, 25 news, 27 education.")] = 0,
    region: Region = "",
    results: Annotated[int, typer.Option(min=0, help="Most videos; 0: as in the settings.")] = 0,
    hd: Hd = False,
    json: AsJson = False,
) -> None:
    """List the most popular videos of a category in a country; 1 quota unit for 50.

    Example: `facelib youtube popular --category 25 --region US`
    """
    changed: dict[str, Any] = {"popular_results": results} if results else {}
    _list(f"popular/{category}" + (f"/{region}" if region else ""), changed, hd, json)


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="What is searched for.")],
    results: Annotated[int, typer.Option(min=0, help="Most videos; 0: as in the settings.")] = 0,
    hd: Hd = False,
    json: AsJson = False,
) -> None:
    """List the videos that a search finds; 100 quota units for 50, 1 for their details.

    Example: `facelib youtube search Ada Lovelace interview --results 20`
    """
    changed: dict[str, Any] = {"results": results} if results else {}
    _list(f"search/{' '.join(words)}", changed, hd, json)


def _list(text: str, changed: dict[str, Any], hd: bool, json: bool) -> None:
    """Show a listing. What came before an error is shown, then the error is told."""
    from facelib.sources.youtube_api import YouTubeApiSource

    settings = _settings()
    changed |= {"min_definition": "hd"} if hd else {}
    own = settings.youtube.model_copy(update=changed)
    source = YouTubeApiSource(text, settings.model_copy(update={"youtube": own}))
    found: list[Upload] = []
    failure: SourceError | None = None
    try:
        for upload in source.list_uploads():
            found.append(upload)
    except SourceError as error:
        failure = error
    if json and (found or failure is None):
        emit({"title": source.title, "uploads": [upload.to_dict() for upload in found]}, json, title=source.title)
    elif found or failure is None:
        rows([_row(upload) for upload in found], COLUMNS, title=source.title, empty="no videos")
    if failure is not None:
        raise failure


def _settings() -> DownloadSettings:
    from facelib import settings

    return settings.load().download


def _row(upload: Upload) -> dict[str, Any]:
    return {
        "name": upload.key,
        "title": upload.title,
        "day": upload.upload_day,
        "seconds": upload.duration_s,
        "hd": upload.extra.get("definition") == "hd",
        "views": _number(upload.extra, "views"),
    }


def _number(extra: Mapping[str, str], name: str) -> int | None:
    return int(extra[name]) if extra.get(name, "").isdigit() else None
