"""People: faces grouped by person, one person, possible twins, and clips that have no person yet."""

from pathlib import Path

import streamlit as st

from dashboards import collection
from dashboards.people import clip_grid, merged, person, persons, twins
from dashboards.words import counted
from facelib import settings
from facelib.collection.people.now import PeopleNow

STYLE = Path(__file__).with_name("style.css")
PERSONS, TWINS, UNASSIGNED = VIEWS = ("Persons", "Possible twins", "Unassigned")
"""As they stand on the page and in the URL."""


def draw() -> None:
    """The page."""
    st.html(STYLE)
    title = st.empty()
    title.title("People", anchor=False)
    store = settings.load().open_store()
    catalog = collection.open_search().catalog
    people = PeopleNow(store, catalog)
    if st.query_params.get("person"):
        title.empty()
        person.draw(people, catalog, st.query_params["person"])
        return
    view = st.segmented_control(
        "View",
        VIEWS,
        default=PERSONS,
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    if people.decided:
        st.caption(
            f"This page counts in {counted(people.decided, 'decision')} since the last publication; search, rules and "
            "exports follow with the next publish."
        )
    merged.draw(merged.last(people))
    if view == TWINS:
        twins.draw(people)
    elif view == UNASSIGNED:
        _draw_unassigned(people)
    else:
        persons.draw(people)


def _draw_unassigned(people: PeopleNow) -> None:
    waiting = people.waiting()
    st.header("Clips without a person", anchor=False)
    if not waiting:
        st.info("Every clip with a face vector has a person.", icon=":material/check_circle:")
        return
    st.caption(
        f"{counted(waiting, 'clip')}: fewer than the needed number of other clips look like each. One finds its person "
        "by itself when more clips of that face come in; 'Find this face' shows the nearest ones."
    )
    clip_grid.draw(people, "", waiting)
