"""One person: name, clips, who may be the same; splitting, hiding, merging, undoing a merge."""

from typing import Any

import streamlit as st

from dashboards import access, words
from dashboards.people import clip_grid, decide, faces, merged, twins
from dashboards.problems import plain, show
from dashboards.words import counted
from facelib.catalog.reader import Catalog
from facelib.collection.people.now import PeopleNow
from facelib.errors import StoreError

OTHERS = 200
"""Persons in the list to merge with, those of most clips."""


def draw(people: PeopleNow, catalog: Catalog, person_id: str) -> None:
    """The view of one person."""
    st.button("All people", icon=":material/arrow_back:", key="back", on_click=decide.back, type="tertiary")
    try:
        row = people.find(person_id)
    except StoreError as error:
        st.title("People", anchor=False)
        show(error)
        return
    called = plain(words.person(row["person_id"], row["name"]))
    st.title(called + (" (hidden)" if row["hidden"] else ""), anchor=False)
    st.caption(f"{faces.facts(row)} · uploads of {faces.days(row)} · {row['person_id']}")
    if access.may("review"):
        _draw_actions(people, row, called)
    near = people.twins(twins.PAGE, of=row["person_id"])
    if near:
        st.header("May be the same person", anchor=False)
        twins.draw_pairs(people, near)
    st.header(counted(row["clips"], "clip"), anchor=False)
    if access.may("review"):
        _draw_split(row)
    clip_grid.draw(people, row["person_id"], row["clips"], pick=access.may("review") and row["clips"] > 1)
    gone = merged.of(people, row["person_id"])
    if gone:
        st.header("Merged into this person", anchor=False)
        merged.draw(gone)


def _draw_actions(people: PeopleNow, row: dict[str, Any], called: str) -> None:
    person_id = row["person_id"]
    with st.container(horizontal=True, vertical_alignment="bottom", key="actions"):
        with st.form("name-form", border=False, width=380):
            key = f"name-{person_id}"
            with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
                st.text_input("Name", value=row["name"], key=key, max_chars=200, placeholder="Nobody named it yet")
                st.form_submit_button("Save", on_click=decide.name, args=(person_id, key))
        with st.popover("Merge", icon=":material/merge:"):
            _draw_merge(people, row, called)
        word, icon = ("Show", ":material/visibility:") if row["hidden"] else ("Hide", ":material/visibility_off:")
        st.button(f"{word} in lists", key="hide", icon=icon, on_click=decide.hide, args=(person_id, not row["hidden"]))


def _draw_merge(people: PeopleNow, row: dict[str, Any], called: str) -> None:
    st.write(f"Somebody else of the list is {called} too:")
    text = st.text_input("Search by name or id", key="other_text")
    others = people.page(OTHERS, text=text.strip(), hidden=True)
    labels = {
        other["person_id"]: f"{words.person(other['person_id'], other['name'])} · {counted(other['clips'], 'clip')}"
        for other in others
    }
    labels.pop(row["person_id"], None)
    if not labels:
        st.caption("There is no other person like that.")
        return
    other = st.selectbox("The other person", list(labels), format_func=lambda one: labels.get(one, one))
    st.caption("Its clips come here; the name and id of this person stay.")
    st.button("Merge", key="merge", type="primary", on_click=decide.merge, args=(row["person_id"], [other]))


def _draw_split(row: dict[str, Any]) -> None:
    chosen = decide.picked(clip_grid.PICK)
    if not chosen:
        st.caption(
            "Clips of somebody else? Pick them to take them out. The nearest to the core of the person come first."
        )
        return
    with st.container(key="picked", border=True, horizontal=True, vertical_alignment="center"):
        st.write(f"**{counted(len(chosen), 'clip')} picked**")
        st.button(
            "Split into a new person",
            key="split",
            type="primary",
            icon=":material/call_split:",
            on_click=decide.split,
            args=(row["person_id"], chosen),
        )
        st.button("Clear", key="clear", on_click=decide.forget_picks, args=(clip_grid.PICK,))
