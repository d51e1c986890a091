"""Persons that went into another one, each with the way back."""

from collections.abc import Sequence

import streamlit as st

from dashboards import access, words
from dashboards.people import decide
from dashboards.problems import plain
from facelib.collection.people.now import PeopleNow
from facelib.collection.people.unmerge import Merged, merged_into


def of(people: PeopleNow, person_id: str) -> list[Merged]:
    """Who went into a person, the last first."""
    return merged_into(people.events, person_id)


def last(people: PeopleNow) -> list[Merged]:
    """Who was merged away last in this session; empty once that is undone."""
    ids: Sequence[str] = st.session_state.get(decide.LAST_MERGE, [])
    into = dict.fromkeys(people.events.person(person_id) for person_id in ids)
    return [one for person_id in into for one in of(people, person_id) if one.person_id in ids]


def draw(found: Sequence[Merged]) -> None:
    """A line for each, with a button for those who may decide."""
    for one in found:
        name = plain(words.person(one.person_id, one.name))
        with st.container(horizontal=True, vertical_alignment="center", key=f"merged-{one.person_id}"):
            st.markdown(f"**{name}** was merged by {plain(one.by)}", width="content")
            if access.may("review"):
                st.button(
                    "Undo the merge",
                    key=f"unmerge-{one.person_id}",
                    icon=":material/undo:",
                    help=f"{name} becomes a person of its own again; clips that came since stay here",
                    on_click=decide.unmerge,
                    args=(one.person_id,),
                )
