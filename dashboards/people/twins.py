"""Pairs of persons that may be one: somebody looks, and says so."""

import streamlit as st

from dashboards import access, words
from dashboards.people import decide, faces
from dashboards.problems import plain
from dashboards.words import counted
from facelib.collection.people.now import PeopleNow, Twins

PAGE = 10
"""Pairs a page."""
MOST = 1_000
"""Pairs in all; the nearest ones."""


def draw(people: PeopleNow) -> None:
    """The view."""
    st.header("Are these one person?", anchor=False)
    pairs = people.twins(MOST)
    if not pairs:
        st.info("No two persons are so near that they may be one.", icon=":material/check_circle:")
        st.write("Such pairs come up when new clips lie between two persons that were there before.")
        return
    st.caption(
        f"{counted(len(pairs), 'pair')}, the nearest first. The distance is that of their nearest clips, in the metric "
        "of the face model."
    )
    pages = -(-len(pairs) // PAGE)
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    draw_pairs(people, pairs[(page - 1) * PAGE : page * PAGE])


def draw_pairs(people: PeopleNow, pairs: list[Twins]) -> None:
    """Some pairs, each with two answers."""
    ids = [row["person_id"] for pair in pairs for row in (pair.one, pair.other)]
    media = people.faces(ids, faces.EACH)
    with st.container(key="twins"):
        for pair in pairs:
            one, other = pair.one["person_id"], pair.other["person_id"]
            cards = "".join(faces.card(row, media.get(row["person_id"], [])) for row in (pair.one, pair.other))
            with st.container(border=True, gap="small"):
                st.html(f'<div class="pair">{cards}</div><p class="near">distance {pair.distance:.3f}</p>')
                with st.container(horizontal=True):
                    if access.may("review"):
                        st.button(
                            "Same person: merge",
                            key=f"same-{one}-{other}",
                            type="primary",
                            icon=":material/merge:",
                            on_click=decide.merge,
                            args=(one, [other]),
                        )
                        st.button("Two persons", key=f"apart-{one}-{other}", on_click=decide.apart, args=(one, other))
                    for row in (pair.one, pair.other):
                        st.button(
                            f"Open {plain(words.person(row['person_id'], row['name']))}",
                            key=f"open-{one}-{other}-{row['person_id']}",
                            type="tertiary",
                            on_click=decide.open_person,
                            args=(row["person_id"],),
                        )
