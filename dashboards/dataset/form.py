"""The form of a selection; all of it stands in the URL."""

from typing import Any

import streamlit as st

from dashboards import collection, words
from facelib.catalog.reader import Catalog
from facelib.collection.people.now import PeopleNow
from facelib.export.choice import VERDICTS, Choice, columns, unit
from facelib.export.overview import spreads
from facelib.store.objects import Store

PERSONS = 300
"""Persons in the list, those of most clips."""
NO_LICENCE = "none told"


@st.cache_data(max_entries=64, show_spinner=False)
def _ends(key: str, _catalog: Catalog, names: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """The least and the greatest value of some columns over the whole collection."""
    return {one.column: (one.low, one.high) for one in spreads(_catalog, "TRUE", names)}


@st.cache_data(max_entries=8, show_spinner=False)
def _licences(key: str, _catalog: Catalog) -> list[str]:
    sql = "SELECT DISTINCT coalesce(licence, '') AS name FROM uploads ORDER BY 1 LIMIT 500"
    return [row["name"] for row in _catalog.rows(sql)]


def draw(store: Store, catalog: Catalog) -> Choice:
    """The widgets; returns what they say."""
    key = f"{store.address} {catalog.publication.catalog}"
    st.header("Which clips", anchor=False)
    bound: dict[str, Any] = {"bind": "query-params"}
    verdict = st.segmented_control(
        "Verdict", VERDICTS, default=VERDICTS[0], required=True, key="verdict", wrap=True, **bound
    )
    found = PeopleNow(store, catalog).page(PERSONS)
    people = {words.person(row["person_id"], row["name"]): row["person_id"] for row in found}
    persons = st.multiselect("Persons", list(people), key="person", placeholder="All persons", **bound)
    titles: dict[str, str] = {}
    for channel in collection.channels(catalog):
        titles[channel.title if channel.title not in titles else channel.channel_id] = channel.channel_id
    channels = st.multiselect("Channels", list(titles), key="channel", placeholder="All channels", **bound)
    licences = {name or NO_LICENCE: name for name in _licences(key, catalog)}
    chosen = st.multiselect("Licences", list(licences), key="licence", placeholder="All licences", **bound)
    known = columns()
    names = st.multiselect(
        "Measures",
        list(known),
        key="measure",
        placeholder="Add a measure",
        help="Each gets a range below, and its distribution in the selection.",
        **bound,
    )
    ends = _ends(key, catalog, tuple(names)) if names else {}
    ranges = {name: _draw_range(name, known[name][1], ends) for name in names}
    where = st.text_area(
        "More conditions, SQL",
        key="where",
        placeholder="such as uploads.duration_s > 60",
        help="On the catalogue's tables: clips, uploads, videos, verdicts, clip_people and those of the measures.",
        **bound,
    )
    return Choice(
        verdict or VERDICTS[0],
        tuple(people[name] for name in persons),
        tuple(titles[name] for name in channels),
        tuple(licences[name] for name in chosen),
        {name: ends_ for name, ends_ in ranges.items() if ends_},
        where or "",
    )


def _draw_range(name: str, meaning: str, ends: dict[str, tuple[float, float]]) -> tuple[float, float] | None:
    """A slider; None where it leaves everything, also what was not measured."""
    if name not in ends:
        st.caption(f"{name}: no clip has a value.")
        return None
    low, high = ends[name]
    if low == high:
        st.caption(f"{name}: {low:g} {unit(name)}".rstrip() + " for every clip.")
        return None
    label = f"{name}, {unit(name)}" if unit(name) else name
    picked = st.slider(
        label, low, high, (low, high), step=(high - low) / 200, key=f"range-{name}", help=meaning, bind="query-params"
    )
    return None if picked == (low, high) else picked
