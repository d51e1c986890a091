"""Snapshots: the collection under a name, which stays as it is."""

import streamlit as st

from dashboards import access
from dashboards.problems import plain, shown
from dashboards.tables import table
from dashboards.words import counted, length, minute
from facelib.catalog.reader import Catalog
from facelib.collection import snapshots
from facelib.store import snapshots as records
from facelib.store.objects import Store

COLUMNS = ("Name", "Made", "Clips", "Length", "Note", "Redacted")


def draw(store: Store, catalog: Catalog) -> None:
    """The view."""
    st.header("Name what is published now", anchor=False)
    counts = catalog.publication.counts
    st.caption(
        f"Publication {catalog.publication.number}: {counted(counts.get('clips', 0), 'clip')} of "
        f"{counted(counts.get('videos', 0), 'video')}. A snapshot holds all of it; an export chooses from it, and can "
        "be made again in years."
    )
    if access.may("review"):
        with st.form("snapshot", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Name", placeholder="paper-v1", width=220, key="snapshot_name")
            note = st.text_input("Note", placeholder="What it is for", width=320, key="snapshot_note")
            if st.form_submit_button("Make the snapshot", type="primary", icon=":material/bookmark_add:"):
                _create(store, name.strip(), note.strip())
    st.header("Snapshots", anchor=False)
    found = records.read_all(store)[::-1]
    if not found:
        st.info("There is no snapshot yet.", icon=":material/bookmark:")
        return
    rows = [
        [
            one.name,
            minute(one.created),
            f"{one.counts.get('clips', 0):,}",
            length(one.seconds),
            one.note or " ",
            ", ".join(redaction.at[:10] for redaction in one.redacted) or "no",
        ]
        for one in found
    ]
    st.html(table("Snapshots, the newest first", COLUMNS, rows, right=(2, 3)))


def _create(store: Store, name: str, note: str) -> None:
    access.require("review", "make a snapshot")
    with shown():
        snapshot = snapshots.create(store, name, note)
        st.success(
            f"{plain(snapshot.name)} holds {length(snapshot.seconds)} of clips.", icon=":material/bookmark_added:"
        )
