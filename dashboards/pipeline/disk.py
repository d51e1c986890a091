"""What the store takes on disk, by kind."""

import streamlit as st

from dashboards import access
from dashboards.problems import plain
from dashboards.tables import bar, table
from dashboards.words import ago, counted
from facelib import settings
from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.collection.state import disk_use
from facelib.maintenance.report import readable
from facelib.store.objects import Store


def draw(store: Store, catalog: Catalog) -> None:
    """The view."""
    st.header("Disk use", anchor=False)
    for state, about, told in store.look():
        box = {"bad": st.error, "note": st.warning}.get(state, st.caption)
        box(plain(f"{about}: {told}"))
    folder = settings.load().work_dir
    known = disk_use.kept(store, folder)
    if known is None:
        st.info("Nobody counted yet what the store holds.", icon=":material/hard_drive:")
    else:
        total = sum(use.size_bytes for use in known.kinds)
        files = sum(use.files for use in known.kinds)
        st.write(f"**{readable(total)}** in {counted(files, 'file')}, counted {ago(known.counted, now())}.")
        rows = [
            [use.kind, bar(use.size_bytes / total if total else 0.0, readable(use.size_bytes)), f"{use.files:,}"]
            for use in known.kinds
        ]
        st.html(table("Disk use by kind", ("Kind", "Size", "Files"), rows, right=(1, 2)))
        st.caption("`facelib maintenance --dry-run` says what could be let go.")
    if st.button("Count now", icon=":material/calculate:", help="Looks at every file; minutes for a large store."):
        access.require("review", "count the files of the store")
        with st.status("Counting files …") as status:
            found = disk_use.count(store, lambda files: status.update(label=f"Counting: {counted(files, 'file')} …"))
            disk_use.keep(store, folder, found)
        st.rerun()
