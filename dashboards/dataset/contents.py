"""What a selection holds: size, hours, people, licences and distributions; and how to export it."""

import textwrap

import streamlit as st

from dashboards import vega
from dashboards.dataset import start
from dashboards.problems import plain
from dashboards.tables import bar, table
from dashboards.words import length
from facelib.catalog.reader import Catalog
from facelib.errors import SettingsError
from facelib.export.choice import Choice, columns, unit
from facelib.export.overview import BINS, Overview, Spread, overview, spreads
from facelib.store.objects import Store

MOST = 12
"""Licences that are shown."""
ALWAYS = ("length", "clips.face_side")
"""Columns whose distribution is always shown."""


@st.cache_data(max_entries=32, show_spinner="Counting clips …")
def _overview(key: str, _catalog: Catalog, where: str) -> Overview:
    return overview(_catalog, where)


@st.cache_data(max_entries=32, show_spinner="Counting clips …")
def _spreads(key: str, _catalog: Catalog, where: str, names: tuple[str, ...]) -> list[Spread]:
    return spreads(_catalog, where, names)


def draw(store: Store, catalog: Catalog, choice: Choice) -> None:
    """The right side of the page."""
    where = choice.sql()
    key = f"{store.address} {catalog.publication.catalog}"
    try:
        found = _overview(key, catalog, where)
    except SettingsError as error:
        if error.reason != "bad_where" or not choice.where.strip():
            raise
        said = error.message.rpartition("cannot be read: ")[2]
        st.warning(plain(f"'More conditions, SQL' cannot be read: {said}"), icon=":material/edit:")
        st.caption(f"{plain(error.hint[:1].upper() + error.hint[1:])}.")
        return
    st.header("What is in it", anchor=False)
    with st.container(horizontal=True):
        for name, value in (
            ("Clips", f"{found.clips:,}"),
            ("Length", length(found.seconds)),
            ("Persons", f"{found.persons:,}"),
            ("Videos", f"{found.videos:,}"),
            ("Channels", f"{found.channels:,}"),
        ):
            st.metric(name, value, width=150)
    if not found.clips:
        st.info(
            "No clip passes. Take a part of the selection away, or widen a range.", icon=":material/filter_alt_off:"
        )
        with st.expander("The condition"):
            st.code(where, language="sql", wrap_lines=True)
        return
    rows = [
        [one.name or "none told", bar(one.seconds / found.seconds, length(one.seconds)), f"{one.clips:,}"]
        for one in found.licences[:MOST]
    ]
    st.html(table("Licences, as the sources tell them", ("Licence", "Length", "Clips"), rows, right=(1, 2)))
    start.draw(store, where, found)
    st.header("Distributions", anchor=False)
    names = tuple(dict.fromkeys([*choice.ranges, *st.session_state.get("measure", []), *ALWAYS]))
    grid = st.container(key="spreads")
    for spread in _spreads(key, catalog, where, names):
        with grid:
            _draw_spread(spread, found.clips)


def _draw_spread(spread: Spread, clips: int) -> None:
    meaning = columns()[spread.column][1]
    step = (spread.high - spread.low) / BINS or 1.0
    values = [
        {"from": spread.low + n * step, "to": spread.low + (n + 1) * step, "clips": count}
        for n, count in enumerate(spread.counts)
    ]
    chart = {
        "data": {"values": values},
        "height": 150,
        "mark": {"type": "bar", "color": "#14a394"},
        "encoding": {
            "x": vega.number("from", bin="binned", title=textwrap.wrap(meaning, 34)),
            "x2": {"field": "to"},
            "y": vega.number("clips", title="clips", axis={"tickMinStep": 1, "format": ",d"}),
            "tooltip": [vega.number("from"), vega.number("to"), vega.number("clips")],
        },
    }
    missing = f"; {spread.missing:,} of {clips:,} clips have no value" if spread.missing else ""
    alt_text = f"Distribution of {spread.column} ({meaning}): from {spread.low:g} to {spread.high:g}"
    with st.container(gap="xsmall"):
        st.vega_lite_chart(spec=chart, key=f"spread-{spread.column}", alt=alt_text)
        st.caption(f"{spread.column}: {spread.low:.4g} to {spread.high:.4g} {unit(spread.column)}".rstrip() + missing)
