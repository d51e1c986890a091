"""The filters: widgets in the sidebar, kept in step with the page's URL."""

from collections import Counter
from dataclasses import replace
from datetime import date

import streamlit as st

from dashboards import collection, picture_query
from dashboards.query import COUNTS, Query
from facelib.catalog.reader import Catalog
from facelib.search import FaceSearch


def restore(search: FaceSearch) -> None:
    """Set the widgets from the URL when a person came by a link, went back, or a newer publication is here."""
    seen = (search.catalog.publication.catalog, _url())
    if st.session_state.get("seen") == seen and "count" in st.session_state:
        return
    catalog = search.catalog
    known = collection.days(catalog)
    channels = [channel.channel_id for channel in collection.channels(catalog)]
    query = Query.from_url(_url(), channels=channels, days=known)
    if query.clip:
        picture_query.forget()
    picked = query.clip if query.clip in catalog.clips([query.clip]) else None
    st.session_state.update(clip=query.clip, pick=picked, channels=list(query.channels), sound=query.sound)
    st.session_state.update(count=query.count, days=query.days or known or ())


def draw(catalog: Catalog) -> Query:
    """The widgets; returns what they say, without a clip."""
    channels = _labels(collection.channels(catalog))
    known = collection.days(catalog)
    with st.sidebar:
        st.subheader("Filters", anchor=False)
        chosen = st.multiselect(
            "Channel",
            list(channels),
            format_func=lambda channel_id: channels.get(channel_id, channel_id),
            key="channels",
            placeholder="All channels",
        )
        days = _draw_days(known)
        sound = st.toggle("With sound only", key="sound")
        count = st.segmented_control("Results", COUNTS, key="count", required=True) or COUNTS[0]
        query = Query(channels=tuple(chosen), days=None if days == known else days, sound=sound, count=count)
        st.session_state.filtered = not query.wanted().is_empty
        if st.session_state.filtered:
            st.button("Clear the filters", key="clear_filters", icon=":material/filter_alt_off:", on_click=clear)
    return query


def remember(search: FaceSearch, filters: Query, clip: str) -> Query:
    """The whole query, after writing it into the URL; from now on only another URL sets the widgets."""
    query = replace(filters, clip=clip)
    if _url() != query.to_url():
        st.query_params.from_dict(query.to_url())
    st.session_state.seen = (search.catalog.publication.catalog, _url())
    return query


def clear() -> None:
    """Take all filters away; the number of results stays."""
    st.session_state.update(channels=[], sound=False)
    st.session_state.pop("days", None)


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
        c.channel_id: f"{c.title} ({c.clips})" if titles[c.title] == 1 else f"{c.title} ({c.clips}) {c.channel_id}"
        for c in channels
    }


def _url() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
