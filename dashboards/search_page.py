"""Search: clips by a face, words, a person, a voice or another clip, narrowed by what was measured."""

from dataclasses import replace

import streamlit as st

from dashboards import asked, cards, collection, picture_query, results, sidebar
from dashboards.asked import Asked
from dashboards.cards import Near
from dashboards.problems import plain, shown
from dashboards.query import Query
from dashboards.results import Result
from dashboards.words import counted
from facelib.catalog.reader import ClipFilter
from facelib.find import hybrid, likeness, looks, vectors, voices
from facelib.search import FaceSearch, Hit


def draw() -> None:
    """The page."""
    st.title("Search", anchor=False)
    search = collection.open_search()
    sidebar.restore(search)
    _draw_counts(search)
    way = asked.draw(search)
    query = _query(sidebar.draw(search.catalog), way)
    query = sidebar.remember(search, query)
    _draw_left_out()
    with shown():
        _draw_found(search, way, query)


def _query(filters: Query, way: Asked) -> Query:
    return replace(filters, clip=way.clip, like=way.like, text=way.text, where=way.where if way.text else "both")


def _draw_counts(search: FaceSearch) -> None:
    publication = search.catalog.publication
    counts = publication.counts
    words = [counted(counts.get(f"{noun}s", 0), noun) for noun in ("clip", "upload", "channel")]
    moment = publication.published[:16].replace("T", " ")
    st.caption(f"{' · '.join(words)} · publication {publication.number} of {moment} UTC")


def _draw_left_out() -> None:
    """What a shared address asked for that the collection does not have, so that the rest is not taken for it."""
    if left_out := st.session_state.get("left_out"):
        st.warning(
            plain(f"This address asks for what the collection does not have: {', '.join(left_out)}. ")
            + "The results are those without it.",
            icon=":material/link_off:",
        )


def _draw_found(search: FaceSearch, way: Asked, query: Query) -> None:
    wanted = query.wanted(collection.known(search.catalog).measures)
    limit = query.page * query.count + 1
    if way.picture is not None:
        face = picture_query.choose_face(search, way.picture)
        _draw_faces(search, search.nearest(face.vector, limit=limit, wanted=wanted), "this face", query)
    elif way.clip:
        _draw_asked(search, way.clip)
        if way.like == "face":
            hits = search.nearest(search.of_clip(way.clip), limit=limit, wanted=wanted, without=way.clip)
            _draw_faces(search, hits, "this clip", query)
        else:
            _draw_alike(search, way, query, wanted, limit)
    elif way.sound is not None:
        _draw_voices(search, way.sound, query, wanted, limit)
    elif way.text:
        _draw_words(search, query, wanted, limit)
    else:
        _draw_recent(search, query, wanted)


def _draw_asked(search: FaceSearch, clip_id: str) -> None:
    clip = search.catalog.clips([clip_id])[clip_id]
    with st.container(key="asked", border=True, horizontal=True, wrap=False, vertical_alignment="center"):
        st.html(cards.card(clip, playable=collection.has_media(clip["media_key"])))
        st.button("Clear", key="clear", icon=":material/close:", on_click=asked.more_like, args=("",))


def _draw_faces(search: FaceSearch, hits: list[Hit], what: str, query: Query) -> None:
    found = [Result(hit.clip_id, Near(hit.distance, hit.threshold, "same person")) for hit in hits]
    _draw_near(search, found, what, "of the same person", query)


def _draw_voices(search: FaceSearch, sound: bytes, query: Query, wanted: ClipFilter, limit: int) -> None:
    finder = collection.voice_query(search)
    vector = collection.voice_vector(search, sound)
    near = vectors.nearest(search.catalog, search.index, finder.table, vector, limit=limit, wanted=wanted)
    found = [Result(n.clip_id, Near(n.distance, finder.same_voice, "same voice")) for n in near]
    _draw_near(search, found, "this voice", "of the same voice", query)


def _draw_alike(search: FaceSearch, way: Asked, query: Query, wanted: ClipFilter, limit: int) -> None:
    task = voices.TASK if way.like == "voice" else looks.TASK
    near = likeness.alike(search.catalog, search.index, way.clip, task, limit=limit, wanted=wanted)
    if way.like == "voice":
        found = [Result(n.clip_id, Near(n.distance, voices.VoiceQuery.same_voice, "same voice")) for n in near]
        _draw_near(search, found, "the voice of this clip", "of the same voice", query)
        return
    found = [Result(n.clip_id, note=f"likeness of the pictures {1 - n.distance:.2f}") for n in near]
    part = results.page_of(found, query)
    title = f"{counted(len(part), 'clip')} nearest to the picture of this clip"
    results.draw(search, part, title, query, more=len(found) > query.page * query.count)


def _draw_near(search: FaceSearch, found: list[Result], what: str, same: str, query: Query) -> None:
    part = results.page_of(found, query)
    known = sum(result.near is not None and result.near.is_same for result in part)
    title = f"{counted(len(part), 'clip')} nearest to {what}, {known} {same}"
    results.draw(search, part, title, query, more=len(found) > query.page * query.count)


def _draw_words(search: FaceSearch, query: Query, wanted: ClipFilter, limit: int) -> None:
    pictures = query.where != "words" and looks.table_of(search.catalog.publication) is not None
    with st.spinner("Looking at pictures …" if pictures else "Reading texts …"):
        hits = hybrid.search(
            search.catalog,
            search.index,
            query.text,
            limit=limit,
            wanted=wanted,
            look=collection.look_query(search) if pictures else None,
            by_words=query.where != "picture" or not pictures,
        )
    found = [Result(hit.clip_id, note=_told(hit)) for hit in hits]
    part = results.page_of(found, query)
    more = len(found) > query.page * query.count
    title = f"{counted(len(part), 'clip')} for “{query.text}”{', and more' if more else ''}"
    results.draw(search, part, title, query, more=more)


def _told(hit: hybrid.WordHit) -> str:
    said = [f"{counted(hit.words, 'word')} found" if hit.words else ""]
    said.append(f"picture {hit.similarity:.2f} of 1 alike" if hit.similarity is not None else "")
    return " · ".join(text for text in said if text)


def _draw_recent(search: FaceSearch, query: Query, wanted: ClipFilter) -> None:
    offset = (query.page - 1) * query.count
    ids = collection.recent(search.catalog, wanted, limit=query.count + 1, offset=offset)
    found = [Result(clip_id) for clip_id in ids[: query.count]]
    title = "Newest clips" if wanted.is_empty else "Newest clips that pass the filters"
    results.draw(search, found, title, query, more=len(ids) > query.count)
