"""The clips of a person as a paged grid."""

import streamlit as st

from dashboards import cards, collection
from dashboards.problems import plain
from facelib.collection.people.now import PeopleNow

PAGE = 24
"""Clips a page."""
PICK = "clip-"


def draw(people: PeopleNow, person_id: str, number: int, *, pick: bool = False) -> None:
    """The grid and its pages.

    Args:
        people: who is who.
        person_id: whose clips; empty for those that wait.
        number: how many there are in all.
        pick: whether clips can be ticked.
    """
    pages = max(1, -(-number // PAGE))
    page = st.pagination(pages, key="clips", bind="query-params") if pages > 1 else 1
    catalog = collection.open_search().catalog
    clip_ids = people.clips(person_id, PAGE, (page - 1) * PAGE)
    known = catalog.clips(clip_ids)
    with st.container(key="results"):
        for clip_id in (one for one in clip_ids if one in known):
            clip = known[clip_id]
            with st.container(border=True, gap="small"):
                st.html(cards.card(clip, playable=collection.has_media(clip["media_key"])))
                with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                    if pick:
                        st.checkbox("Pick", key=f"{PICK}{clip_id}", help=f"Pick {plain(cards.label(clip))}")
                    st.link_button(
                        "Find this face", f"./?clip={clip_id}", icon=":material/person_search:", type="tertiary"
                    )
