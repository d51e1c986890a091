"""The filters: widgets in the sidebar, kept in step with the page's URL."""

from collections import Counter
from dataclasses import replace
from datetime import date

import streamlit as st

from dashboards import collection, measure_filters, picture_query, words
from dashboards.query import COUNTS, Query
from facelib.catalog.reader import Catalog
from facelib.find.conditions import VERDICTS
from facelib.search import FaceSearch

PEOPLE = 300
"""Persons in the list to choose from: those with a name, then those with the most clips."""
VERDICT_NAMES = {"kept": "Kept", "dropped": "Dropped", "unknown": "Undecided"}


def restore(search: FaceSearch) -> None:
    """Set the widgets from the URL when a person came by a link, went back, or a newer publication is here."""
    seen = (search.catalog.publication.catalog, _url())
    if st.session_state.get("seen") == seen and "count" in st.session_state:
        return
    known = collection.known(search.catalog)
    query = Query.from_url(
        _url(), channels=[channel.channel_id for channel in known.channels], days=known.days, measures=known.measures
    )
    there = collection.persons(search.catalog, limit=PEOPLE, also=query.people) if query.people else {}
    query = replace(query, people=tuple(person for person in query.people if person in there))
    st.session_state.left_out = query.left_out(_url())
    if query.clip:
        picture_query.forget()
    way = "clip" if query.clip else "words" if query.text else "person" if query.people else None
    st.session_state.way = way or st.session_state.get("way") or "picture"
    picked = query.clip if query.clip in search.catalog.clips([query.clip]) else None
    st.session_state.update(clip=query.clip, pick=picked, like=query.like, text=query.text, where=query.where)
    st.session_state.update(channels=list(query.channels), people=list(query.people), sound=query.sound)
    st.session_state.update(licences=list(query.licences), verdicts=list(query.verdicts), page=query.page)
    st.session_state.update(count=query.count, days=query.days or known.days or ())
    st.session_state.asked = replace(query, page=1)
    measure_filters.restore(query.ranges)


def draw(catalog: Catalog) -> Query:
    """The widgets; returns what they say, without what is searched for."""
    known = collection.known(catalog)
    with st.sidebar:
        st.subheader("Filters", anchor=False)
        chosen = _draw_channels(known.channels)
        persons = (
            tuple(st.session_state.get("people", [])) if st.session_state.way == "person" else draw_people(catalog)
        )
        days = _draw_days(known.days)
        verdicts = st.pills(
            "Verdict of the rules",
            VERDICTS,
            selection_mode="multi",
            format_func=lambda verdict: VERDICT_NAMES[verdict],
            key="verdicts",
        )
        licences = _draw_licences(known.licences)
        sound = st.toggle("With sound only", key="sound")
        ranges = measure_filters.draw(catalog, known.measures)
        count = st.segmented_control("Results on a page", COUNTS, key="count", required=True) or COUNTS[0]
        query = Query(
            channels=chosen,
            people=persons,
            licences=licences,
            verdicts=tuple(verdict for verdict in VERDICTS if verdict in verdicts),
            ranges=ranges,
            days=None if days == known.days else days,
            sound=sound,
            count=count,
        )
        st.session_state.filtered = not query.wanted(known.measures).is_empty
        if st.session_state.filtered or ranges:
            st.button("Clear the filters", key="clear_filters", icon=":material/filter_alt_off:", on_click=clear)
    return query


def draw_people(catalog: Catalog) -> tuple[str, ...]:
    """The persons to choose from; returns the ids of those that were."""
    wanted = tuple(st.session_state.get("people", []))
    found = collection.persons(catalog, limit=PEOPLE, also=wanted)
    if not found:
        st.session_state.people = []
        return ()
    if any(person not in found for person in wanted):
        st.session_state.people = [person for person in wanted if person in found]
    chosen = st.multiselect(
        "Person",
        list(found),
        format_func=lambda person: person_label(person, *found.get(person, ("", 0))),
        key="people",
        placeholder="Anybody",
        help=f"Persons with a name first, then those with the most clips; {PEOPLE} at most. "
        "The name on a card leads to all clips of that person.",
    )
    return tuple(chosen)


def person_label(person_id: str, name: str, clips: int) -> str:
    """A person in the list.

    >>> person_label("person-0123456789ab", "", 7)
    'Unnamed 012345 (7)'
    """
    return f"{words.person(person_id, name)} ({clips:,})"


def remember(search: FaceSearch, query: Query) -> Query:
    """The query with its page, after writing it into the URL; from now on only another URL sets the widgets."""
    if st.session_state.get("asked") != query:
        st.session_state.asked = query
        st.session_state.page = 1
        st.session_state.left_out = []
    query = replace(query, page=st.session_state.get("page", 1))
    if _url() != query.to_url():
        st.query_params.from_dict(query.to_url())
    st.session_state.seen = (search.catalog.publication.catalog, _url())
    return query


def clear() -> None:
    """Take all filters away; the number of results stays."""
    st.session_state.update(channels=[], people=[], licences=[], verdicts=[], sound=False)
    measure_filters.restore(())
    st.session_state.pop("days", None)


def _draw_channels(channels: list[collection.Channel]) -> tuple[str, ...]:
    labels = _labels(channels)
    return tuple(
        st.multiselect(
            "Channel",
            list(labels),
            format_func=lambda channel_id: labels.get(channel_id, channel_id),
            key="channels",
            placeholder="All channels",
        )
    )


def _draw_licences(known: dict[str, int]) -> tuple[str, ...]:
    offered = {**known, **{licence: 0 for licence in st.session_state.get("licences", []) if licence not in known}}
    return tuple(
        st.multiselect(
            "Licence",
            list(offered),
            format_func=lambda licence: f"{licence or 'none told'} ({offered.get(licence, 0):,})",
            key="licences",
            placeholder="Any licence",
        )
    )


def _draw_days(known: tuple[date, date] | None) -> tuple[date, date] | None:
    if known is None:
        return None
    if not st.session_state.get("days"):
        st.session_state.days = known
    picked = st.date_input("Upload day", min_value=known[0], max_value=known[1], key="days", format="YYYY-MM-DD")
    # While a range is being picked there is only its first day.
    return (picked[0], picked[-1]) if isinstance(picked, tuple) and picked else known


def _labels(channels: list[collection.Channel]) -> dict[str, str]:
    """Title and number of clips of each channel; the id as well where titles are not unique."""
    titles = Counter(channel.title for channel in channels)
    return {
        c.channel_id: f"{c.title} ({c.clips:,})" if titles[c.title] == 1 else f"{c.title} ({c.clips:,}) {c.channel_id}"
        for c in channels
    }


def _url() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
