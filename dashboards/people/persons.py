"""The persons of the collection, biggest first; some are picked to be merged."""

from typing import Any

import streamlit as st

from dashboards import access, words
from dashboards.people import decide, faces
from dashboards.problems import plain
from dashboards.words import counted
from facelib.collection.people.now import PeopleNow

PAGE = 24
"""Persons a page."""
PICK = "pick-"


def draw(people: PeopleNow) -> None:
    """The view."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Name", key="called", bind="query-params", placeholder="Part of a name, or an id", width=320
        )
        hidden = st.toggle("Also hidden ones", key="hidden", bind="query-params")
    number = people.count(text=text.strip(), hidden=hidden)
    st.header(counted(number, "person") + (", those of most clips first" if number > 1 else ""), anchor=False)
    if not number:
        _draw_nothing(people, text)
        return
    pages = -(-number // PAGE)
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    rows = people.page(PAGE, (page - 1) * PAGE, text=text.strip(), hidden=hidden)
    media = people.faces([row["person_id"] for row in rows], faces.EACH)
    _draw_merge(people)
    with st.container(key="people"):
        for row in rows:
            with st.container(border=True, gap="small"):
                _draw_person(row, media.get(row["person_id"], []))


def _draw_person(row: dict[str, Any], media: list[str]) -> None:
    name = words.person(row["person_id"], row["name"])
    st.html(faces.card(row, media))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.button(
            f"Open {plain(name)}", key=f"open-{row['person_id']}", on_click=decide.open_person, args=(row["person_id"],)
        )
        if access.may("review"):
            st.checkbox("Pick", key=f"{PICK}{row['person_id']}", help=f"Pick {plain(name)}, to merge it with another")


def _draw_merge(people: PeopleNow) -> None:
    """What can be done with the persons that are picked."""
    known = people.persons(decide.picked(PICK))
    if not known:
        return
    rows = sorted(known.values(), key=lambda row: (-row["clips"], row["person_id"]))
    labels = {row["person_id"]: words.person(row["person_id"], row["name"]) for row in rows}
    with st.container(key="picked", border=True, horizontal=True, vertical_alignment="bottom"):
        st.write(f"**{counted(len(rows), 'person')} picked:** {plain(', '.join(labels.values()))}")
        if len(rows) < 2:
            st.caption("Pick another one to make one person of them.")
        else:
            into = st.selectbox(
                "Merge into", list(labels), format_func=labels.__getitem__, width=260, help="It keeps its id and name."
            )
            others = [person_id for person_id in labels if person_id != into]
            st.button("Merge", key="merge", type="primary", on_click=decide.merge, args=(into, others))
        st.button("Clear", key="clear", on_click=decide.forget_picks, args=(PICK,))


def _draw_nothing(people: PeopleNow, text: str) -> None:
    if text.strip():
        st.info(f"No person is named like {plain(text.strip())}.", icon=":material/search_off:")
    elif people.count(hidden=True):
        st.info("All persons are hidden: 'Also hidden ones' shows them.", icon=":material/visibility_off:")
    else:
        st.info("There are no persons yet.", icon=":material/group:")
        st.write(
            "Publish groups faces into persons once at least three clips look alike. Take in more videos, or see which "
            "clips wait under **Unassigned**. The stage *embed* has to run: it makes the face vectors."
        )
