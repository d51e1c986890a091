"""Pipeline: channels, runs, the funnel with its cost, quarantine, disk and models."""

import streamlit as st

from dashboards import collection
from dashboards.pipeline import channels, disk, failures, funnel, models, runs
from dashboards.tables import STYLE
from dashboards.words import counted, minute
from facelib import settings
from facelib.catalog.reader import Catalog

VIEWS = {
    "Funnel": funnel.draw,
    "Channels": channels.draw,
    "Runs": runs.draw,
    "Quarantine": failures.draw,
    "Models": models.draw,
    "Disk": disk.draw,
}
"""By the name that stands on the page and in the URL."""


def draw() -> None:
    """The page."""
    st.html(STYLE)
    st.title("Pipeline", anchor=False)
    store = settings.load().open_store()
    catalog = collection.open_search().catalog
    _draw_state(catalog)
    view = st.segmented_control(
        "View",
        list(VIEWS),
        default="Funnel",
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    VIEWS[view or "Funnel"](store, catalog)


def _draw_state(catalog: Catalog) -> None:
    publication = catalog.publication
    failed = publication.counts.get("quarantine", 0)
    st.caption(
        f"Publication {publication.number} of {minute(publication.published)} · "
        f"{counted(publication.counts.get('videos', 0), 'video')} processed · {failed:,} in quarantine"
    )
