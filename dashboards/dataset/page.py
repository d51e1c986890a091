"""Dataset: choose clips, see what they are, name a snapshot, export them."""

from pathlib import Path

import streamlit as st

from dashboards import collection, tables
from dashboards.dataset import contents, exports, form, snapshots
from dashboards.problems import shown
from facelib import settings

STYLE = Path(__file__).with_name("style.css")
SELECTION, EXPORTS, SNAPSHOTS = VIEWS = ("Selection", "Exports", "Snapshots")
"""As they stand on the page and in the URL."""


def draw() -> None:
    """The page."""
    st.html(tables.STYLE)
    st.html(STYLE)
    if "next_view" in st.session_state:
        st.session_state["view"] = st.session_state.pop("next_view")
    st.title("Dataset", anchor=False)
    store = settings.load().open_store()
    catalog = collection.open_search().catalog
    view = st.segmented_control(
        "View",
        VIEWS,
        default=SELECTION,
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    if view == EXPORTS:
        exports.draw(store)
    elif view == SNAPSHOTS:
        snapshots.draw(store, catalog)
    else:
        left, right = st.columns([3, 5], gap="large")
        with left:
            choice = form.draw(store, catalog)
        with right, shown():
            contents.draw(store, catalog, choice)
