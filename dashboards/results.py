"""What a search found, as a grid of cards, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboards import asked, cards, collection, sidebar
from dashboards.query import MAX_PAGE, Query
from facelib.find.shown import shown
from facelib.search import FaceSearch


@dataclass(frozen=True)
class Result:
    """A clip and why it is there.

    Args:
        clip_id: the clip.
        near: how near it is to what was searched for; None where there is no distance.
        note: the same in words, for what has none.
    """

    clip_id: str
    near: cards.Near | None = None
    note: str = ""


def page_of(found: Sequence[Result], query: Query) -> Sequence[Result]:
    """The results of the page, out of those from the first on."""
    return found[(query.page - 1) * query.count : query.page * query.count]


def draw(search: FaceSearch, found: Sequence[Result], title: str, query: Query, *, more: bool) -> None:
    """The grid.

    Args:
        search: of the publication.
        found: what the page shows.
        title: the heading.
        query: with the page.
        more: whether there is a next page.
    """
    if not found:
        _draw_nothing(query)
        return
    st.subheader(title, anchor=False)
    clips = shown(search.catalog, [result.clip_id for result in found])
    with st.container(key="results"):
        for result in found:
            one = clips[result.clip_id]
            with st.container(border=True, gap="small"):
                st.html(
                    cards.card(
                        one.clip,
                        near=result.near,
                        note=result.note,
                        shown=one,
                        playable=collection.has_media(one.clip["media_key"]),
                    )
                )
                st.button(
                    "More like this",
                    key=f"more-{result.clip_id}",
                    icon=":material/person_search:",
                    width="stretch",
                    on_click=asked.more_like,
                    args=(result.clip_id,),
                )
    if more or query.page > 1:
        _draw_pages(query, min(query.page + more, MAX_PAGE))


def _draw_pages(query: Query, pages: int) -> None:
    # A key of its own for each page: its number stands in the URL, and no widget may hold an older one.
    key = f"pages-{query.page}-{pages}"
    with st.container(key="pages", horizontal_alignment="center"):
        st.pagination(
            max(pages, query.page),
            default=query.page,
            key=key,
            max_visible_pages=5,
            on_change=lambda: st.session_state.update(page=st.session_state[key]),
        )


def _draw_nothing(query: Query) -> None:
    if query.page > 1:
        st.info("There are no further results.", icon=":material/last_page:")
        st.button("Back to the first page", on_click=lambda: st.session_state.update(page=1))
    elif st.session_state.get("filtered"):
        st.info("No clip passes these filters.", icon=":material/filter_alt_off:")
        st.button("Clear the filters", on_click=sidebar.clear)
    elif query.text:
        st.info(
            "No clip has these words in its title, channel or captions. Try fewer or other words.",
            icon=":material/search_off:",
        )
    else:
        st.info("There is no other clip in the published collection yet.", icon=":material/inventory_2:")
