"""Which stages and models made the collection, and how much of it is out of date."""

import streamlit as st

from dashboards.tables import Html, bar, table
from dashboards.words import counted
from facelib import settings
from facelib.catalog.reader import Catalog
from facelib.collection.state.model_versions import Made, UpToDate, made, up_to_date
from facelib.store.objects import Store

NOT_TOLD = "not told"
"""Of results that an earlier version of facelib made, which wrote no version down."""


@st.cache_data(max_entries=4, show_spinner="Looking at versions …")
def _versions(key: str, _catalog: Catalog) -> tuple[list[Made], UpToDate]:
    return made(_catalog), up_to_date(_catalog, settings.load())


def draw(store: Store, catalog: Catalog) -> None:
    """The view."""
    conf = settings.load()
    key = f"{store.address} {catalog.publication.catalog} {conf.pipeline.model_dump_json()}"
    found, state = _versions(key, catalog)
    st.header("Up to date?", anchor=False)
    if not state.videos:
        st.info("No video was processed yet.", icon=":material/model_training:")
        return
    rest = "" if state.settled == state.videos else " A plan, or the DAG *feature_backfill*, makes the others anew."
    st.write(
        f"**{state.settled:,} of {counted(state.videos, 'video')}** have every result that the settings in force ask "
        f"for.{rest}"
    )
    stale = [[stage, _stale(n, state.videos)] for stage, n in state.stale.items()]
    columns = ("Stage", "Videos whose result was made otherwise")
    st.html(table("Stale results by stage", columns, stale, right=(1,)))
    st.header("What made the results", anchor=False)
    rows = [
        [one.stage, f"version {one.version}", one.models or "none", f"{one.videos:,}"]
        if one.version
        else [one.stage, NOT_TOLD, one.models or NOT_TOLD, f"{one.videos:,}"]
        for one in found
    ]
    st.html(table("Versions and weights", ("Stage", "Version", "Weights, sha256", "Videos"), rows, right=(3,)))
    vectors = [
        [v.task, v.model, v.digest[:8], f"{v.dimensions}, {v.metric}", f"{v.rows:,}"]
        for v in catalog.publication.vectors
    ]
    if vectors:
        heads = ("Task", "Model", "sha256", "Dimensions, metric", "Clips")
        st.html(table("Vector tables", heads, vectors, right=(4,)))
    generations = [[f"generation {number}", f"{n:,}"] for number, n in state.generations.items()]
    st.html(table("Settings that videos were processed under", ("Settings", "Videos"), generations, right=(1,)))


def _stale(number: int, videos: int) -> Html:
    return bar(number / videos, f"{number:,} of {videos:,}")
