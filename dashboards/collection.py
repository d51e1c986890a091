"""The published collection as the pages see it: opened once for each publication, shared by all sessions."""

import os
from dataclasses import dataclass
from datetime import date

import streamlit as st

from facelib import settings, source_media
from facelib.catalog.reader import Catalog, ClipFilter
from facelib.errors import StoreError
from facelib.find.conditions import licences, people
from facelib.find.looks import LookQuery
from facelib.find.measured import Measure, Spread, measures, spread
from facelib.find.voices import VoiceQuery
from facelib.media_server import MediaServer, player_url
from facelib.models.reference_faces import QueryFace
from facelib.search import FaceSearch
from facelib.store import published

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
        raise StoreError(f"nothing was published in {store.address} yet", hint="", reason="not_published")
    return _search(store.address, newest.catalog)


@st.cache_resource(max_entries=2, show_spinner=False)
def _search(root: str, catalog: str) -> FaceSearch:
    """The arguments are the key: every publication has a catalogue file of its own, also in a store made anew."""
    return FaceSearch(settings.load(), settings.load().open_store())


@st.cache_data(max_entries=8, scope="session", show_spinner="Looking for faces …")
def faces(_search: FaceSearch, picture: bytes) -> list[QueryFace]:
    """The faces of a picture, largest first; kept by digest of the picture, so that a rerun costs nothing.

    Raises:
        FacelibError: it is no picture, shows no face, or a model is missing.
    """
    return _search.faces(picture)


def url_of(key: str) -> str:
    """The address of a media file, by its key in the store."""
    store = settings.load().open_store()
    return player_url(store, key, lambda: _media_url(store.address))


def source_of(video_id: str) -> str:
    """The address of the source file of a video; empty where it is not kept, or no browser plays it."""
    store = settings.load().open_store()
    return source_media.address(store, video_id, lambda: _media_url(store.address))


def _media_url(root: str) -> str:
    return os.environ.get(MEDIA_URL) or _media_server(root).url


def has_media(key: str) -> bool:
    """Whether a media file is in the store."""
    return bool(key) and settings.load().open_store().exists(key)


@st.cache_resource(max_entries=1, show_spinner=False, on_release=MediaServer.stop)
def _media_server(root: str) -> MediaServer:
    server = MediaServer(settings.load().open_store())
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


@st.cache_data(max_entries=64, show_spinner=False, ttl=3600)
def _newest(root: str, publication: str, _catalog: Catalog, limit: int) -> list[str]:
    return _recent_ids(_catalog, ClipFilter(), limit, 0)


def recent(catalog: Catalog, wanted: ClipFilter, *, limit: int, offset: int = 0) -> list[str]:
    """Ids of the clips that pass the filters, newest upload first; without a filter asked once a publication."""
    if wanted.is_empty and not offset:
        return _newest(settings.load().open_store().address, catalog.publication.catalog, catalog, limit)
    return _recent_ids(catalog, wanted, limit, offset)


def _recent_ids(catalog: Catalog, wanted: ClipFilter, limit: int, offset: int) -> list[str]:
    condition, parameters = catalog.passing(wanted)
    # The ids are read of those alone that are found.
    found = (
        "SELECT c.rowid AS place, u.upload_day FROM clips c JOIN uploads u USING (video_id) "  # noqa: S608
        f"WHERE {condition} ORDER BY {RECENT} LIMIT ? OFFSET ?"
    )
    rows = catalog.rows(
        f"SELECT c.clip_id FROM clips c JOIN ({found}) u ON c.rowid = u.place ORDER BY {RECENT}",  # noqa: S608
        [*parameters, limit, offset],
    )
    return [row["clip_id"] for row in rows]


@dataclass(frozen=True)
class Known:
    """What a publication can be narrowed by; worked out once for each."""

    channels: list[Channel]
    days: tuple[date, date] | None
    licences: dict[str, int]
    measures: dict[str, Measure]


def known(catalog: Catalog) -> Known:
    """What the newest publication can be narrowed by."""
    return _known(settings.load().open_store().address, catalog.publication.catalog, catalog)


@st.cache_resource(max_entries=2, show_spinner="Looking at what was measured …")
def _known(root: str, publication: str, _catalog: Catalog) -> Known:
    return Known(channels(_catalog), days(_catalog), licences(_catalog), measures(_catalog))


def persons(catalog: Catalog, *, limit: int, also: tuple[str, ...] = ()) -> dict[str, tuple[str, int]]:
    """The persons to choose from, as of :func:`facelib.find.conditions.people`."""
    return _persons(settings.load().open_store().address, catalog.publication.catalog, catalog, limit, also)


@st.cache_data(max_entries=32, show_spinner=False)
def _persons(
    root: str, publication: str, _catalog: Catalog, limit: int, also: tuple[str, ...]
) -> dict[str, tuple[str, int]]:
    return people(_catalog, limit=limit, also=also)


def spread_of(catalog: Catalog, measure: Measure) -> Spread | None:
    """How a measure spreads over the collection."""
    return _spread(settings.load().open_store().address, catalog.publication.catalog, measure.name, catalog, measure)


@st.cache_data(max_entries=256, show_spinner=False)
def _spread(root: str, publication: str, name: str, _catalog: Catalog, _measure: Measure) -> Spread | None:
    return spread(_catalog, _measure)


def look_query(search: FaceSearch) -> LookQuery:
    """Searches pictures by sentences; the model is loaded once a publication, from the moment of the first call."""
    return _look(settings.load().open_store().address, search.catalog.publication.catalog, search)


@st.cache_resource(max_entries=1, show_spinner=False)
def _look(root: str, publication: str, _search: FaceSearch) -> LookQuery:
    query = LookQuery(settings.load(), _search.catalog.publication)
    query.get_ready()
    return query


def voice_query(search: FaceSearch) -> VoiceQuery:
    """Searches voices by sounds; the model is loaded once a publication."""
    return _voice(settings.load().open_store().address, search.catalog.publication.catalog, search)


@st.cache_resource(max_entries=1, show_spinner=False)
def _voice(root: str, publication: str, _search: FaceSearch) -> VoiceQuery:
    return VoiceQuery(settings.load(), _search.catalog.publication)


@st.cache_data(max_entries=8, scope="session", show_spinner="Listening …")
def voice_vector(_search: FaceSearch, sound: bytes) -> list[float]:
    """The vector of the voice in a sound; kept by digest of the sound, so that a rerun costs nothing.

    Raises:
        FacelibError: it is no sound, too little is said in it, or a model is missing.
    """
    return voice_query(_search).vector(sound)
