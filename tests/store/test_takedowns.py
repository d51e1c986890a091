"""The audit record of a takedown."""

from dataclasses import replace
from pathlib import Path

from facelib.store import takedowns
from facelib.store.objects import Store
from tests.support.filled_store import GONE, KEPT, OTHER


def test_one_that_died_twice_remembers_every_video(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = takedowns.Takedown("t", "person", "p", (GONE,), ("q",), "asked to", "me", "2026-01-05")
    takedowns.begin(store, first)
    takedowns.begin(store, replace(first, videos=(GONE, KEPT), aliases=("q", "r")))
    takedowns.begin(store, replace(first, videos=(OTHER,), aliases=()))
    assert takedowns.read(store, "t") == replace(first, videos=(GONE, KEPT, OTHER), aliases=("q", "r"))
