"""Persons as they are now: a decision counts at once, and publish finds the same."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.reader import Catalog
from facelib.collection.people import decisions as desk
from facelib.collection.people.now import PeopleNow
from facelib.collection.people.unmerge import merged_into, unmerge
from facelib.errors import StoreError
from facelib.publish import publish
from facelib.store.objects import Store
from tests.support.collections import list_channel
from tests.support.people import commit_faces, faces

FACES = faces([0, 0, 0, 0, 1, 1, 1, 2], seed=3)
BY = "anna"


class Made:
    """A store of two persons, of four and of three clips, and one clip that waits."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        list_channel(self.store, ["file_a"], "channel_a")
        self.clips = commit_faces(self.store, "file_a", FACES)
        publish(self.store)
        with Catalog(self.store) as catalog:
            rows = catalog.rows("SELECT clip_id, person_id FROM clip_people")
        people = {row["clip_id"]: row["person_id"] for row in rows}
        self.ada, self.ben = people[self.clips[0]], people[self.clips[4]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("made"))


@pytest.fixture
def made(template: Made, tmp_path: Path) -> Made:
    """A copy of that store, so that it is published once for all tests."""
    made = copy.copy(template)
    shutil.copytree(template.store.root, tmp_path / "store")
    made.store = Store(tmp_path / "store")
    return made


def content(people: PeopleNow) -> dict[str, Any]:
    rows = people.page(50, hidden=True)
    clips = {row["person_id"]: sorted(people.clips(row["person_id"], 50)) for row in [*rows, {"person_id": ""}]}
    return {"rows": rows, "clips": clips, "waiting": people.waiting()}


def merge(made: Made, catalog: Catalog) -> None:
    desk.name(made.store, catalog, made.ben, "Ben", BY)
    desk.merge(made.store, catalog, made.ada, [made.ben], BY)


def split_and_name(made: Made, catalog: Catalog) -> None:
    new = desk.split(made.store, catalog, made.ada, made.clips[:2], BY).value["new_person"]
    desk.name(made.store, catalog, new, "Cleo", BY)


def split_and_merge(made: Made, catalog: Catalog) -> None:
    new = desk.split(made.store, catalog, made.ada, made.clips[:1], BY).value["new_person"]
    desk.merge(made.store, catalog, made.ben, [new], BY)


def merge_and_undo(made: Made, catalog: Catalog) -> None:
    merge(made, catalog)
    unmerge(made.store, catalog, "ben", BY)


def hide(made: Made, catalog: Catalog) -> None:
    desk.hide(made.store, catalog, made.ben, BY)


@pytest.mark.parametrize(
    "decide", [merge, split_and_name, split_and_merge, merge_and_undo, hide], ids=lambda f: f.__name__
)
def test_what_is_decided_counts_at_once_as_after_publish(made: Made, decide: Callable[[Made, Catalog], None]) -> None:
    with Catalog(made.store) as catalog:
        before = content(PeopleNow(made.store, catalog))
        decide(made, catalog)
        people = PeopleNow(made.store, catalog)
        at_once = content(people)
        assert people.decided > 0
    assert at_once != before
    publish(made.store)
    with Catalog(made.store) as catalog:
        people = PeopleNow(made.store, catalog)
        assert people.decided == 0
        assert content(people) == at_once


def test_a_merged_id_still_finds_the_person(made: Made) -> None:
    with Catalog(made.store) as catalog:
        desk.merge(made.store, catalog, made.ada, [made.ben], BY)
        people = PeopleNow(made.store, catalog)
        assert people.find(made.ben)["person_id"] == made.ada
        assert (people.count(), people.find(made.ada)["clips"]) == (1, 7)
        with pytest.raises(StoreError, match="there is no person 'Zoe'"):
            people.find("Zoe")


def test_a_merge_that_is_published_is_undone(made: Made) -> None:
    with Catalog(made.store) as catalog:
        before = content(PeopleNow(made.store, catalog))
        desk.merge(made.store, catalog, made.ada, [made.ben], BY)
    publish(made.store)
    with Catalog(made.store) as catalog:
        people = PeopleNow(made.store, catalog)
        assert people.find(made.ben)["person_id"] == made.ada, "the address of the person leads to the other one"
        assert [gone.person_id for gone in merged_into(people.events, made.ada)] == [made.ben]
        event = unmerge(made.store, catalog, made.ben, BY)
        assert [clip["clip_id"] for clip in event.value["clips"]] == made.clips[4:7]
        assert content(PeopleNow(made.store, catalog)) == before
        with pytest.raises(StoreError, match="was merged into another"):
            unmerge(made.store, catalog, made.ben, BY)


def test_hidden_persons_and_names_filter_the_list(made: Made) -> None:
    with Catalog(made.store) as catalog:
        desk.name(made.store, catalog, made.ada, "Ada Lovelace", BY)
        desk.hide(made.store, catalog, made.ben, BY)
        people = PeopleNow(made.store, catalog)
        assert [row["person_id"] for row in people.page(10)] == [made.ada]
        assert [row["person_id"] for row in people.page(10, text="love")] == [made.ada]
        assert [row["person_id"] for row in people.page(10, text=made.ben, hidden=True)] == [made.ben]
        assert people.count(hidden=True) == 2
        assert set(people.faces([made.ada, made.ben], 2)) == {made.ada, made.ben}
        assert len(people.faces([made.ada], 2)[made.ada]) == 2


def test_twins_are_confirmed_or_told_apart(made: Made, tmp_path: Path) -> None:
    with Catalog(made.store) as catalog:
        twin = {"person_a": made.ada, "person_b": made.ben, "distance": 0.5}
        path = made.store.path(catalog.publication.catalog)
    add_twins(path, twin)
    with Catalog(made.store) as catalog:
        found = PeopleNow(made.store, catalog).twins(10)
        assert [(t.one["person_id"], t.other["person_id"], t.distance) for t in found] == [(made.ada, made.ben, 0.5)]
        assert PeopleNow(made.store, catalog).twins(10, of="person-000000000000") == []
        event = desk.apart(made.store, catalog, made.ada, made.ben, BY)
        assert json.loads(json.dumps(event.value)) == {"persons": [made.ada, made.ben]}
        assert PeopleNow(made.store, catalog).twins(10) == []
    publish(made.store)
    with Catalog(made.store) as catalog:
        assert catalog.rows("SELECT * FROM twins") == []


def add_twins(path: Path, row: dict[str, Any]) -> None:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO twins VALUES (?, ?, ?)", list(row.values()))
