"""People are told apart where that is asked for, by face vectors alone, which are read for the chosen clips only."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from facelib.catalog.reader import Catalog
from facelib.errors import StoreError
from facelib.export.manifest import item_record
from facelib.export.options import ExportOptions
from facelib.export.plan import ExportPlan, make_plan
from facelib.index.reader import Index
from facelib.store import uploads
from facelib.store.objects import Store
from facelib.store.published import VectorTable
from tests.support.export_items import Collection

NEAR = {"dlib_resnet": 0.6}


def planned(collected: Collection, people: bool, near: dict[str, float] | None = None, **options: Any) -> ExportPlan:
    return make_plan(collected.store, ExportOptions(**options), 1, NEAR if near is None else near, None, people)


def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that gets the id of each clip whose vector is asked for from now on."""
    asked: list[str] = []
    plain = Index.vectors_of

    def noting(self: Index, table: VectorTable, clips: Sequence[str]) -> Any:
        asked.extend(clips)
        return plain(self, table, clips)

    monkeypatch.setattr(Index, "vectors_of", noting)
    return asked


@pytest.mark.parametrize(
    ("people", "options", "labels", "groups"),
    [
        (True, {}, ["p00000", "p00000", "p00001", "p00002", "p00003"], 0),
        (False, {}, [None] * 5, 0),
        (False, {"splits": "50/50"}, ["p00000", "p00000", "p00001", "p00002", "p00003"], 4),
        (True, {"split_by": "video"}, [None] * 5, 4),
    ],
)
def test_people_and_groups(
    collected: Collection, people: bool, options: dict[str, Any], labels: list[str | None], groups: int
) -> None:
    rows = planned(collected, people, **options).rows
    assert [row["person"] for row in rows] == labels
    assert len({row["group"] for row in rows} - {""}) == groups


@pytest.mark.parametrize(
    ("people", "options", "expected"),
    [(False, {}, 0), (True, {"limit": 2}, 2), (True, {"unit": "segment", "rule": "dense"}, None)],
)
def test_only_the_vectors_that_are_needed_are_read(
    collected: Collection,
    monkeypatch: pytest.MonkeyPatch,
    people: bool,
    options: dict[str, Any],
    expected: int | None,
) -> None:
    asked = read(monkeypatch)
    rows = planned(collected, people, **options).rows
    assert len(asked) == len(set(asked)) == (len({row["clip_id"] for row in rows}) if expected is None else expected)


def test_without_vectors_nobody_is_named_and_no_split_is_made(
    collected: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(self: Index, task: str, model: str | None = None) -> VectorTable:
        raise StoreError("there are face vectors of several models", reason="several_models")

    # Of another model nobody said which distance is one person's.
    assert {row["person"] for row in planned(collected, True, {}).rows} == {None}
    with pytest.raises(StoreError, match="told apart"):
        planned(collected, True, {}, splits="50/50")
    monkeypatch.setattr(Index, "table", none)
    assert {row["person"] for row in planned(collected, True).rows} == {None}
    with pytest.raises(StoreError, match="told apart"):
        planned(collected, False, splits="50/50")


@pytest.mark.parametrize("per_query", [1, 2, 100])
def test_vectors_of_clips(collected: Collection, monkeypatch: pytest.MonkeyPatch, per_query: int) -> None:
    monkeypatch.setattr("facelib.index.reader.CLIPS_PER_QUERY", per_query)
    with Catalog(collected.store) as catalog:
        index = Index(collected.store, catalog.publication)
    table = index.table("identity")
    whole = index.vectors(table)
    wanted = [*sorted(whole, reverse=True), "it's none"]
    known, vectors = index.vectors_of(table, wanted)
    assert known == wanted[:-1]
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors, np.array([whole[clip] for clip in known], np.float32))
    assert index.vectors_of(table, [])[1].shape == (0, table.dimensions)


def test_what_a_list_says_of_an_upload_goes_with_its_items(
    collected: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_upload, listed, gone = uploads.read_upload, *sorted(collected.films)[:2]

    def known(store: Store, video_id: str) -> dict[str, Any]:
        if video_id == gone:
            raise StoreError("it is not there")
        return read_upload(store, video_id) | ({"extra": {"mood": "calm"}} if video_id == listed else {})

    monkeypatch.setattr(uploads, "read_upload", known)
    records = [item_record(row, {}, {}) for row in planned(collected, False).rows]
    assert {record["video_id"] for record in records} == set(collected.films)
    assert all(record["listed"] == ({"mood": "calm"} if record["video_id"] == listed else {}) for record in records)
