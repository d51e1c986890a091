"""The published collection as the pages see it: opened once for each publication, shared by all sessions."""

import os
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from dashboards.query import Query
from facelib import settings
from facelib.catalog.reader import Catalog
from facelib.errors import StoreError
from facelib.media_server import MediaServer, media_url
from facelib.models.reference_faces import QueryFace
from facelib.search import FaceSearch
from facelib.store import published
from facelib.store.objects import Store

MEDIA_URL = "FACELIB_MEDIA_URL"
"""Base address of a running media server; without it the dashboard starts one of its own."""
RECENT = "u.upload_day DESC NULLS LAST, c.video_id, c.start_frame, c.number"


@dataclass(frozen=True)
class Channel:
    """A channel that has clips, and how many."""

    channel_id: str
    title: str
    clips: int


def open_search() -> FaceSearch:
    """The search over the newest publication; models and files are loaded once for each.

    Raises:
        FacelibError: the settings are wrong, or nothing was published yet.
    """
    store = settings.load().open_store()
    newest = published.newest(store)
    if newest is None:
        raise StoreError(f"nothing was published in {store.root} yet", hint="", reason="not_published")
    return _search(str(store.root), newest.catalog)


@st.cache_resource(max_entries=2, show_spinner=False)
def _search(root: str, catalog: str) -> FaceSearch:
    """The arguments are the key: every publication has a catalogue file of its own, also in a store made anew."""
    return FaceSearch(settings.load(), Store(root))


@st.cache_data(max_entries=8, scope="session", show_spinner="Looking for faces …")
def faces(_search: FaceSearch, picture: bytes) -> list[QueryFace]:
    """The faces of a picture, largest first; kept by digest of the picture, so that a rerun costs nothing.

    Raises:
        FacelibError: it is no picture, shows no face, or a model is missing.
    """
    return _search.faces(picture)


def url_of(key: str) -> str:
    """The address of a media file, by its key in the store."""
    base = os.environ.get(MEDIA_URL)
    return media_url(base or _media_server(str(settings.load().open_store().root)).url, key)


def has_media(key: str) -> bool:
    """Whether a media file is in the store."""
    return settings.load().open_store().exists(key)


@st.cache_resource(max_entries=1, show_spinner=False, on_release=MediaServer.stop)
def _media_server(root: str) -> MediaServer:
    server = MediaServer(Store(root))
    server.start()
    return server


def channels(catalog: Catalog) -> list[Channel]:
    """The channels that have clips, by title."""
    rows = catalog.rows(
        "SELECT channel_id, coalesce(any_value(h.title), channel_id) AS title, count(*) AS clips "
        "FROM sightings s JOIN clips c USING (video_id) LEFT JOIN channels h USING (channel_id) "
        "GROUP BY channel_id ORDER BY lower(coalesce(any_value(h.title), channel_id)), channel_id"
    )
    return [Channel(**row) for row in rows]


def days(catalog: Catalog) -> tuple[date, date] | None:
    """The first and the last upload day among the clips; None where no day is known."""
    row = catalog.rows(
        "SELECT min(u.upload_day) AS first, max(u.upload_day) AS last "
        "FROM uploads u SEMI JOIN clips c USING (video_id) WHERE u.upload_day <> ''"
    )[0]
    return (date.fromisoformat(row["first"]), date.fromisoformat(row["last"])) if row["first"] else None


def recent(catalog: Catalog, query: Query, *, limit: int) -> list[dict[str, Any]]:
    """The clips that pass the filters, newest upload first; columns as of ``Catalog.clips``."""
    condition, parameters = query.wanted().sql()
    rows = catalog.rows(
        "SELECT c.clip_id FROM clips c JOIN uploads u USING (video_id) "  # noqa: S608 - a condition of the catalogue
        f"WHERE {condition} ORDER BY {RECENT} LIMIT ?",
        [*parameters, limit],
    )
    found = catalog.clips([row["clip_id"] for row in rows])
    return [found[row["clip_id"]] for row in rows]
