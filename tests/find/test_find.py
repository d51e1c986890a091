"""Finding clips: by words, by measures, and several rankings as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.errors import FacelibError, StoreError
from facelib.find import conditions, hybrid, likeness, measured, texts
from facelib.find.shown import shown
from facelib.index.reader import Index
from facelib.publish import publish
from facelib.store import layout
from facelib.store.objects import Store
from tests.support.collections import commit_video, list_channel
from tests.support.filled_store import run_sql

A, B = "toy_deep_sea-0123456789", "toy_harbour-0123456789"
CAPTIONS = """WEBVTT

00:00:00.000 --> 00:00:01.500
Élan vital — said the CAPTAIN

00:00:03.000 --> 00:00:04.000
nobody is in view here, the captain neither
"""
CLIPS = [f"{A}--0", f"{A}--1", f"{B}--0", f"{B}--1"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two videos of two clips; the first clip of one runs from 0 to 2 s, the other from 2 to 4 s, and has captions."""
    store = Store(tmp_path_factory.mktemp("find"))
    list_channel(store, [A, B])
    for video in (A, B):
        commit_video(store, video, clips=2)
    publish(store)
    run_sql(
        store,
        "UPDATE clips SET start_s = start_frame / 25, end_s = end_frame / 25; "
        "UPDATE verdicts SET keep = NULL WHERE clip_id LIKE '%--1'; "
        f"UPDATE uploads SET licence = 'CC BY' WHERE video_id = '{A}'; "
        "INSERT INTO iqa BY NAME "
        f"SELECT video_id, clip_id, 10.0 * start_s AS sharpness, start_s > 1 AS blurry FROM clips "
        f"WHERE video_id = '{A}'; "
        "DELETE FROM clip_texts; INSERT INTO clip_texts VALUES "
        f"('{A}', '', ' the deep sea channel x '), ('{A}', '{A}--0', ' elan vital said the captain '), "
        f"('{B}', '', ' the harbour channel x '), ('{B}', '{B}--1', ' captains of the sea ')",
    )
    return store


@pytest.fixture(scope="module")
def catalog(store: Store) -> Catalog:
    return Catalog(store)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("harbour", [f"{B}--0", f"{B}--1"]),
        ("Élan", [f"{A}--0"]),
        ("capt", [f"{A}--0", f"{B}--1"]),
        ("captain ", [f"{A}--0"]),
        ('"deep sea"', [f"{A}--0", f"{A}--1"]),
        ('"sea deep"', []),
        ("harbour captains", [f"{B}--1", f"{B}--0"]),
        ("zebra", []),
        ("%' OR 1=1 --", []),
    ],
)
def test_words_find_clips(catalog: Catalog, text: str, found: list[str]) -> None:
    assert [hit.clip_id for hit in texts.find(catalog, text, limit=9)] == found


def test_words_obey_the_filters(catalog: Catalog) -> None:
    wanted = ClipFilter(conditions=(conditions.licensed(("CC BY",)),))
    assert [hit.clip_id for hit in texts.find(catalog, "captain", limit=9, wanted=wanted)] == [f"{A}--0"]


@pytest.mark.parametrize("text", ["", "  ", "?!", '""'])
def test_a_text_without_words_is_an_error(catalog: Catalog, text: str) -> None:
    with pytest.raises(FacelibError, match="no word"):
        texts.find(catalog, text, limit=9)


@pytest.mark.parametrize(
    ("name", "low", "high", "passing"),
    [
        ("iqa.sharpness", None, 5.0, CLIPS[:1]),
        ("iqa.sharpness", 5.0, None, CLIPS[1:2]),
        ("iqa.sharpness", 0.0, 20.0, CLIPS[:2]),
        ("clips.seconds", 1.9, 2.1, CLIPS),
        ("uploads.duration_s", 10.0, 10.0, CLIPS),
    ],
)
def test_a_range_of_a_measure(
    catalog: Catalog, name: str, low: float | None, high: float | None, passing: list[str]
) -> None:
    wanted = ClipFilter(conditions=(measured.between(measured.measures(catalog)[name], low, high),))
    assert sorted(catalog.clip_ids(wanted, limit=9) or []) == passing


@pytest.mark.parametrize(
    ("condition", "passing"),
    [
        (conditions.judged(("kept",)), CLIPS[::2]),
        (conditions.judged(("unknown", "dropped")), CLIPS[1::2]),
        (conditions.licensed(("",)), CLIPS[2:]),
        (conditions.showing(("nobody",)), []),
    ],
)
def test_a_condition(catalog: Catalog, condition: Any, passing: list[str]) -> None:
    assert sorted(catalog.clip_ids(ClipFilter(conditions=(condition,)), limit=9) or []) == passing


def test_every_condition_of_every_measure_runs(catalog: Catalog) -> None:
    known = measured.measures(catalog)
    assert "iqa.blurry" in known and "iqa.piqe" not in known and "clips.x1" not in known
    for measure in known.values():
        condition = measured.between(measure, 0, 1) if measure.is_number else measured.holds(measure, True)
        assert catalog.clip_ids(ClipFilter(conditions=(condition,)), limit=9) is not None


def test_a_spread_counts_every_clip(catalog: Catalog) -> None:
    spread = measured.spread(catalog, measured.measures(catalog)["iqa.sharpness"])
    assert spread and sum(spread.counts) == 2 and (spread.low < 1, spread.high > 19) == (True, True)


def test_cards_say_what_is_known(catalog: Catalog) -> None:
    first = shown(catalog, [*CLIPS, "gone"])
    assert list(first) and set(first) == set(CLIPS)
    assert [first[clip].keep for clip in CLIPS] == [True, None, True, None]
    assert first[CLIPS[0]].clip["licence"] == "CC BY"


def test_hybrid_without_pictures_is_the_search_for_words(store: Store, catalog: Catalog) -> None:
    index = Index(store, catalog.publication)
    hits = hybrid.search(catalog, index, "harbour captains", limit=1)
    assert [(hit.clip_id, hit.words, hit.similarity) for hit in hits] == [(f"{B}--1", 2, None)]
    with pytest.raises(StoreError, match="no vector of its voice"):
        likeness.alike(catalog, index, CLIPS[0], "voice", limit=3)


def test_captions_and_titles_are_published_and_made_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)
    list_channel(store, [A])
    commit_video(store, A, clips=1)
    store.put(f"{layout.captions(A)}/{A}.en.vtt", CAPTIONS.encode())
    publish(store)
    with Catalog(store) as catalog:
        told = {row["clip_id"]: row["text"] for row in catalog.rows("SELECT * FROM clip_texts")}
    assert " x " in told[""]
    assert "élan" not in " ".join(told.values())
    commit_video(store, A, clips=2, generation=2)
    publish(store)
    with Catalog(store) as catalog:
        rows = catalog.rows("SELECT count(*) AS n FROM clip_texts WHERE clip_id = ''")
    assert rows == [{"n": 1}]
