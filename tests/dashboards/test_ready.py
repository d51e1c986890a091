"""What is done while the first page is looked at."""

import gc
import threading
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from dashboards import collection, ready
from facelib import settings
from facelib.catalog import places
from facelib.find.shown import shown
from tests.dashboards import published


def test_later_pages_find_all_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_STORE", published.make(tmp_path / "store").address)
    monkeypatch.setattr(places, "LARGE", 1)
    settings.load.cache_clear()
    read: list[str] = []
    reading = places.Places._read

    def remember(self: places.Places, table: str, key: str) -> Any:
        read.append(table)
        return reading(self, table, key)

    monkeypatch.setattr(places.Places, "_read", remember)
    ready._keep.cache_clear()
    gc.unfreeze()
    try:
        ready.get_ready()
        for thread in threading.enumerate():
            if thread.name in ("import lancedb", "find places"):
                thread.join(60)
        assert gc.get_freeze_count() > 0
        done = sorted(read)
        assert {"clips", "uploads", "clip_people"} <= set(done)
        catalog = collection.open_search().catalog
        assert shown(catalog, [row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips")])
        assert sorted(read) == done
    finally:
        gc.unfreeze()
        settings.load.cache_clear()
        st.cache_resource.clear()
        st.cache_data.clear()
