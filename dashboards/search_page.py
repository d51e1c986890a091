"""Face search: the clips nearest to a face in a picture, or to another clip."""

import streamlit as st

from dashboards import cards, collection, picture_query, sidebar
from dashboards.problems import plain, shown
from dashboards.query import Query
from facelib.search import FaceSearch, Hit

PICKABLE = 500
"""Clips in the list to pick from, the newest; any other is found by its id in the URL or by 'more like this'."""


def draw() -> None:
    """The page."""
    st.title("Face search", anchor=False)
    search = collection.open_search()
    sidebar.restore(search)
    filters = sidebar.draw(search.catalog)
    _draw_counts(search)
    picture, clip = _choose(search, filters)
    query = sidebar.remember(search, filters, clip)
    with shown():
        if picture is not None:
            _search_picture(search, picture, query)
        elif clip:
            _search_clip(search, query)
        else:
            _show_recent(search, query)


def more_like(clip_id: str) -> None:
    """Search by a clip from the next run on; a picture that was given is let go."""
    st.session_state.clip = clip_id
    st.session_state.pick = clip_id or None
    picture_query.forget()


def _draw_counts(search: FaceSearch) -> None:
    publication = search.catalog.publication
    counts = publication.counts
    words = [_count(counts.get(f"{noun}s", 0), noun) for noun in ("clip", "upload", "channel")]
    moment = publication.published[:16].replace("T", " ")
    st.caption(f"{' · '.join(words)} · publication {publication.number} of {moment} UTC")


def _choose(search: FaceSearch, filters: Query) -> tuple[bytes | None, str]:
    """Picture or clip to search by: two ways in, of which the last used counts."""
    clip: str = st.session_state.get("clip", "")
    left, right = st.columns(2, gap="medium")
    with left:
        picture = picture_query.upload(on_new=lambda: st.session_state.update(clip="", pick=None))
    with right:
        recent = collection.recent(search.catalog, Query(), limit=PICKABLE)
        known = search.catalog.clips([clip]) if clip else {}
        labels = {row["clip_id"]: cards.label(row) for row in [*known.values(), *recent]}
        st.selectbox(
            "Or pick a clip",
            list(labels),
            index=None,
            format_func=lambda clip_id: labels.get(clip_id, clip_id),
            key="pick",
            on_change=lambda: more_like(st.session_state.pick or ""),
            placeholder="Type a title, channel or time",
            help=f"The newest {PICKABLE} clips. 'More like this' on any card does the same.",
        )
    if clip and not known:
        st.warning(
            f"The clip {plain(clip)} is not in the published collection: it was replaced, or taken down. "
            "Pick another one.",
            icon=":material/info:",
        )
    return (None, clip) if clip and known else (picture, "")


def _search_picture(search: FaceSearch, picture: bytes, query: Query) -> None:
    face = picture_query.choose_face(search, picture)
    hits = search.nearest(face.vector, limit=query.count, wanted=query.wanted())
    _draw_hits(hits, "this face")


def _search_clip(search: FaceSearch, query: Query) -> None:
    clip = search.catalog.clips([query.clip])[query.clip]
    with st.container(key="asked", border=True, horizontal=True, wrap=False, vertical_alignment="center"):
        st.html(cards.card(clip, playable=collection.has_media(clip["media_key"])))
        st.button("Clear", key="clear", icon=":material/close:", on_click=more_like, args=("",))
    hits = search.nearest(search.of_clip(query.clip), limit=query.count, wanted=query.wanted(), without=query.clip)
    _draw_hits(hits, "this clip")


def _draw_hits(hits: list[Hit], asked: str) -> None:
    same = sum(hit.same_person for hit in hits)
    if not hits:
        _draw_nothing()
        return
    st.subheader(f"{_count(len(hits), 'clip')} nearest to {asked}, {same} of the same person", anchor=False)
    with st.container(key="results"):
        for hit in hits:
            with st.container(border=True, gap="small"):
                st.html(cards.card(hit.clip, hit=hit, playable=hit.media.is_file()))
                _more_button(hit.clip_id, "More like this")


def _show_recent(search: FaceSearch, query: Query) -> None:
    clips = collection.recent(search.catalog, query, limit=query.count)
    if not clips:
        _draw_nothing()
        return
    st.subheader("Newest clips", anchor=False)
    with st.container(key="results"):
        for clip in clips:
            with st.container(border=True, gap="small"):
                st.html(cards.card(clip, playable=collection.has_media(clip["media_key"])))
                _more_button(clip["clip_id"], "Find this face")


def _draw_nothing() -> None:
    if st.session_state.get("filtered"):
        st.info("No clip passes these filters.", icon=":material/filter_alt_off:")
        st.button("Clear the filters", on_click=sidebar.clear)
    else:
        st.info("There is no other clip in the published collection yet.", icon=":material/inventory_2:")


def _more_button(clip_id: str, label: str) -> None:
    icon = ":material/person_search:"
    st.button(label, key=f"more-{clip_id}", icon=icon, width="stretch", on_click=more_like, args=(clip_id,))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
