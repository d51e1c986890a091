"""Other clips: those whose face is nearest, and the same person elsewhere."""

from urllib.parse import quote

import streamlit as st

from dashboards import cards, collection
from dashboards.clip.look import Look
from dashboards.problems import plain, shown
from facelib.collection.people.now import PeopleNow
from facelib.find.shown import shown as told_of

MOST = 12
"""Clips of each kind."""


def draw(look: Look) -> None:
    """Neighbours, then the person's clips from other uploads."""
    st.subheader("Nearest faces", anchor=False)
    with shown():
        _draw_nearest(look)
    st.subheader("The same person elsewhere", anchor=False)
    with shown():
        _draw_person(look)


def _draw_nearest(look: Look) -> None:
    search = look.search
    hits = search.nearest(search.of_clip(look.clip_id), limit=MOST, without=look.clip_id)
    if not hits:
        st.info("There is no other clip in the published collection yet.", icon=":material/inventory_2:")
        return
    near = {hit.clip_id: cards.Near(hit.distance, hit.threshold, "same person") for hit in hits}
    _draw_cards(look, "near", near)


def _draw_person(look: Look) -> None:
    people = PeopleNow(look.store, look.search.catalog)
    person = people.of_clip(look.clip_id)
    if not person:
        st.info(
            "This clip has no person yet: it waits for more clips like it, or its face has no vector.",
            icon=":material/person_off:",
        )
        return
    name = person["name"] or "A person without a name"
    elsewhere = people.elsewhere(person["person_id"], look.clip["video_id"], MOST)
    st.caption(
        plain(f"{name}: {person['clips']:,} clips in {person['videos']:,} uploads, {person['seconds']:,.0f} s in all")
    )
    if elsewhere:
        _draw_cards(look, "same", dict.fromkeys(elsewhere))
    else:
        st.info("No other upload shows this person.", icon=":material/info:")
    where = f"people?person={quote(person['person_id'])}"
    st.link_button("All clips of this person", where, icon=":material/group:")


def _draw_cards(look: Look, key: str, found: dict[str, cards.Near | None] | dict[str, cards.Near]) -> None:
    known = told_of(look.search.catalog, list(found))
    with st.container(key=f"results-{key}"):
        for clip_id, near in found.items():
            if clip_id in known:
                told = known[clip_id]
                playable = collection.has_media(told.clip["media_key"])
                with st.container(border=True, gap="small"):
                    st.html(cards.card(told.clip, near=near, shown=told, playable=playable))
