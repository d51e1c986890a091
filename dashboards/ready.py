"""What later pages would wait for is done while the first page is looked at."""

import atexit
import gc
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from threading import Thread

import streamlit as st

from dashboards import collection
from facelib import settings
from facelib.catalog import places
from facelib.catalog.reader import Catalog, ClipFilter
from facelib.errors import FacelibError
from facelib.find.shown import shown
from facelib.store import published

MODULES = 20
"""Modules that are many."""
# At the end all is looked through after all: what is not let go then is reported as lost.
atexit.register(gc.unfreeze)


def get_ready() -> None:
    """Begin what is left to do for this process and for the newest publication."""
    _keep(len(sys.modules) // MODULES)
    _load()
    # What goes wrong here the page has told already.
    with suppress(FacelibError):
        store = settings.load().open_store()
        newest = published.newest(store)
        if newest is not None and newest.counts.get("clips", 0) >= places.LARGE:
            _find_places(store.address, newest.catalog)


@cache
def _keep(modules: int) -> None:
    """Look for garbage among what comes from now on alone; done anew when many modules were loaded since.

    Streamlit collects garbage after every page. What stays as long as the process does, the modules above all, would be
    looked through each time: most of what a page costs.
    """
    # What sessions held at the last time may have become garbage since.
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def _load() -> None:
    Thread(target=import_module, args=("lancedb",), name="import lancedb", daemon=True).start()


@st.cache_resource(max_entries=2, show_spinner=False)
def _find_places(root: str, publication: str) -> None:
    catalog = collection.open_search().catalog
    ids = collection.recent(catalog, ClipFilter(), limit=1)
    Thread(target=_look_up, args=(catalog, ids), name="find places", daemon=True).start()


def _look_up(catalog: Catalog, clip_ids: list[str]) -> None:
    """Ask for a card as often as it takes until the catalogue knows where the rows of cards lie."""
    for _ in range(places.SCANS + 1):
        shown(catalog, clip_ids)
