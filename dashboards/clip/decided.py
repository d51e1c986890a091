"""What people decided about the clip until now."""

import streamlit as st

from dashboards.clip.look import Look
from dashboards.clip.tables import table
from dashboards.words import minute
from facelib.collection.clip.decisions import decisions_of


def draw(look: Look) -> None:
    """A table, the newest first."""
    told = decisions_of(look.store, look.search.catalog, look.clip)
    if not told:
        st.info("Nobody has decided anything about this clip yet. 'Judge this clip' is above.", icon=":material/info:")
        return
    rows = [
        (minute(one.at), one.by, one.kind.replace("_", " "), one.words, "published" if one.published else "waits")
        for one in told
    ]
    st.html(table("Decisions, the newest first", ("When", "Who", "Kind", "What", "State"), rows))
    if not all(one.published for one in told):
        st.caption("What waits is put in force by the next publish.")
