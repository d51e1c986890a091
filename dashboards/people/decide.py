"""What the buttons of the page do: write a decision, say so, and show it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboards import access, collection
from dashboards.problems import plain, show
from facelib import settings
from facelib.collection.people import decisions as desk
from facelib.collection.people.unmerge import unmerge as undo_merge
from facelib.errors import FacelibError
from facelib.store.decisions import Decision

LAST_MERGE = "last_merge"
"""Key of who was merged away last in this session."""


def merge(into: str, others: list[str]) -> None:
    """Make one person of several."""
    decision = _decided("merge persons", desk.merge, into, others, done="They are one person now.")
    if decision:
        st.session_state[LAST_MERGE] = decision.value["persons"]
        forget_picks("pick-")


def unmerge(person_id: str) -> None:
    """Undo the merge of a person into another."""
    done = "The merge is undone: they are two persons again."
    _decided("undo a merge", undo_merge, person_id, done=done)


def apart(one: str, other: str) -> None:
    """Two possible twins are two."""
    _decided("tell persons apart", desk.apart, one, other, done="They stay two, and are not asked about again.")


def split(person_id: str, clip_ids: list[str]) -> None:
    """Take clips out of a person, and show whom they show."""
    done = "The clips are a person of their own now: this one."
    decision = _decided("split a person", desk.split, person_id, clip_ids, done=done)
    if decision:
        forget_picks("clip-")
        open_person(decision.value["new_person"])


def name(person_id: str, key: str) -> None:
    """Give a person the name that a field holds."""
    new = str(st.session_state.get(key, ""))
    _decided(
        "name a person", desk.name, person_id, new, done="The name is kept." if new.strip() else "The name is gone."
    )


def hide(person_id: str, hidden: bool) -> None:
    """Leave a person out of lists, or show it again."""
    done = "The person is left out of lists now." if hidden else "The person is listed again."
    _decided("hide a person", desk.hide, person_id, done=done, hidden=hidden)


def open_person(person_id: str) -> None:
    """Show one person from the next run on."""
    st.query_params["person"] = person_id
    forget_picks("pick-")


def back() -> None:
    """Show the list again."""
    st.query_params.pop("person", None)
    forget_picks("clip-")


def picked(prefix: str) -> list[str]:
    """What is ticked, by the part of the key after a prefix."""
    return [str(key).removeprefix(prefix) for key, on in st.session_state.items() if _is(key, prefix) and on]


def forget_picks(prefix: str) -> None:
    """Untick all; a deleted key would leave its box ticked in the browser."""
    for key in [key for key in st.session_state if _is(key, prefix)]:
        st.session_state[key] = False


def _is(key: Any, prefix: str) -> bool:
    return isinstance(key, str) and key.startswith(prefix)


def _decided(what: str, decide: Callable[..., Decision], *about: Any, done: str, **options: Any) -> Decision | None:
    """Keep a decision and say so; a problem is a sentence, and nothing is kept."""
    access.require("review", what)
    try:
        decision = decide(
            settings.load().open_store(), collection.open_search().catalog, *about, access.user(), **options
        )
    except FacelibError as error:
        show(error)
        return None
    st.toast(plain(done), icon=":material/check:")
    return decision
