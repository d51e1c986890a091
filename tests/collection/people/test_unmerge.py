"""Undoing merges: each person has its clips again, whatever was split off, merged and run again in between."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from dashboards.people import decide, merged
from facelib.catalog.reader import Catalog
from facelib.collection.people import decisions as desk
from facelib.collection.people.now import PeopleNow
from facelib.collection.people.unmerge import unmerge
from facelib.collection.takedown.videos import check_published, going
from facelib.errors import FacelibError
from facelib.publish import publish
from facelib.store import decisions
from facelib.store.decisions import Decision
from facelib.store.objects import Store
from tests.support.collections import list_channel
from tests.support.people import commit_faces, faces

FACES = faces([0, 0, 0, 0, 1, 1, 1], seed=3)
VIDEOS = {"file_a": FACES[:4], "file_b": FACES[4:]}
BY = "anna"
Step = Sequence[str]


class Collection:
    """A published collection: ``file_a`` shows Ada in four clips, ``file_b`` shows Ben in three."""

    def __init__(self, root: Path, persons: dict[str, str] | None = None) -> None:
        self.store = Store(root)
        self.persons = dict(persons or {})
        self.events: list[Decision] = []

    def copy(self, root: Path) -> "Collection":
        """The same in another folder."""
        shutil.copytree(self.store.root, root)
        return Collection(root, self.persons)

    def run(self, tag: str, generation: int) -> None:
        """Commit all videos, with clips of other ids for each tag, and publish."""
        for video_id, vectors in VIDEOS.items():
            commit_faces(self.store, video_id, vectors, tag=tag, generation=generation)
        publish(self.store)

    def do(self, *steps: Step) -> "Collection":
        """Decide: ``split NEW OLD FIRST END`` by number of clip, ``merge OLD INTO``, ``undo OLD``; or run all again."""
        for what, *about in steps:
            with Catalog(self.store) as catalog:
                if what == "run":
                    self.run(about[0], 2)
                elif what == "split":
                    new, old, *part = about
                    clips = sorted(PeopleNow(self.store, catalog).clips(self.persons[old], 9))
                    clips = clips[slice(*map(int, part))]
                    event = desk.split(self.store, catalog, self.persons[old], clips, BY)
                    self.persons[new] = event.value["new_person"]
                elif what == "name":
                    desk.name(self.store, catalog, self.persons[about[0]], about[1], BY)
                elif what == "merge":
                    old, into = (self.persons[one] for one in about)
                    desk.merge(self.store, catalog, into, [old], BY)
                else:
                    self.events.append(unmerge(self.store, catalog, self.persons[about[0]], BY))
        return self

    def clips(self) -> dict[str, int]:
        """How many clips each person has by all that is decided."""
        with Catalog(self.store) as catalog:
            people = PeopleNow(self.store, catalog)
            return {name: len(people.clips(person_id, 20)) for name, person_id in self.persons.items()}

    def present(self) -> set[str]:
        """Ids of the clips of the publication."""
        with Catalog(self.store) as catalog:
            return {row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips")}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    made = Collection(tmp_path_factory.mktemp("made") / "store")
    list_channel(made.store, list(VIDEOS), "channel_a")
    made.run("a", 1)
    with Catalog(made.store) as catalog:
        shown = {row["video_id"]: row["person_id"] for row in catalog.rows("SELECT * FROM clip_people")}
    made.persons = {"ada": shown["file_a"], "ben": shown["file_b"]}
    return made


@pytest.fixture(scope="module")
def run_again(first: Collection, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The same after Ben went into Ada, and all clips got other ids."""
    made = first.copy(tmp_path_factory.mktemp("again") / "store").do(("merge", "ben", "ada"))
    publish(made.store)
    made.run("b", 2)
    return made


SPLIT = ("split", "new", "ada", "0", "2")
CASES: dict[str, tuple[list[Step], list[int]]] = {
    "the larger went into what was split off": ([SPLIT, ("merge", "ada", "new"), ("undo", "ada")], [2, 3, 2]),
    "a chain, the first one undone": (
        [SPLIT, ("merge", "ada", "ben"), ("merge", "ben", "new"), ("undo", "ada")],
        [2, 0, 5],
    ),
    "a chain, undone from its start": (
        [SPLIT, ("merge", "ada", "ben"), ("merge", "ben", "new"), ("undo", "ada"), ("undo", "ben")],
        [2, 3, 2],
    ),
    "a chain, undone from its end": (
        [SPLIT, ("merge", "ada", "ben"), ("merge", "ben", "new"), ("undo", "ben"), ("undo", "ada")],
        [2, 3, 2],
    ),
    "what was split off came back, and goes again": ([SPLIT, ("merge", "new", "ada"), ("undo", "new")], [2, 3, 2]),
    "both ways, one after the other": (
        [SPLIT, ("merge", "new", "ada"), ("undo", "new"), ("merge", "ada", "new"), ("undo", "ada")],
        [2, 3, 2],
    ),
    "what was split off since stays away": (
        [("merge", "ben", "ada"), ("split", "new", "ada", "5", "6"), ("undo", "ben")],
        [4, 2, 1],
    ),
    "what was split off and came back since stays": (
        [("merge", "ben", "ada"), ("split", "new", "ada", "5", "6"), ("merge", "new", "ada"), ("undo", "ben")],
        [5, 2, 0],
    ),
    "one upon another, the last one undone": (
        [("split", "new", "ada", "0", "1"), ("merge", "new", "ben"), ("merge", "ben", "ada"), ("undo", "ben")],
        [3, 4, 0],
    ),
    "one upon another, both undone": (
        [
            *(("split", "new", "ada", "0", "1"), ("merge", "new", "ben"), ("merge", "ben", "ada")),
            *(("undo", "ben"), ("undo", "new")),
        ],
        [3, 3, 1],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_has_its_own_clips_again(first: Collection, tmp_path: Path, case: str) -> None:
    steps, expected = CASES[case]
    made = first.copy(tmp_path / "store").do(*steps)
    assert list(made.clips().values()) == expected
    publish(made.store)
    assert list(made.clips().values()) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(
            [("merge", "ben", "ada"), ("split", "new", "ada", "5", "6"), ("run", "b"), ("undo", "ben")],
            [4, 2, 1],
            id="of those that were merged",
        ),
        pytest.param([SPLIT, ("merge", "ada", "new"), ("run", "b"), ("undo", "ada")], [2, 3, 2], id="of the other one"),
    ],
)
def test_what_was_split_off_stays_away_after_a_re_run(
    first: Collection, tmp_path: Path, steps: list[Step], expected: list[int]
) -> None:
    assert list(first.copy(tmp_path / "store").do(*steps).clips().values()) == expected


@pytest.mark.parametrize(
    ("steps", "named"),
    [
        pytest.param([("undo", "ben")], 3, id="the one that was merged"),
        pytest.param([("undo", "ben"), ("merge", "ada", "ben"), ("undo", "ada")], 4, id="then the other way round"),
        pytest.param([("undo", "ben"), ("run", "c"), ("merge", "ada", "ben"), ("undo", "ada")], 4, id="and run again"),
    ],
)
def test_clips_that_a_re_run_put_in_place_of_others_go_back_at_once(
    run_again: Collection, tmp_path: Path, steps: list[Step], named: int
) -> None:
    made = run_again.copy(tmp_path / "store").do(*steps)
    assert {clip["clip_id"] for clip in made.events[-1].value["clips"]} <= made.present()
    assert len(made.events[-1].value["clips"]) == named
    assert made.clips() == {"ada": 4, "ben": 3}
    check_published(made.store, [])
    taken = {name: sorted(going(made.store, "person", person_id).videos) for name, person_id in made.persons.items()}
    assert taken == {"ada": ["file_a"], "ben": ["file_b"]}
    publish(made.store)
    assert made.clips() == {"ada": 4, "ben": 3}


def test_a_takedown_of_a_person_waits_while_moved_clips_have_other_ids(run_again: Collection, tmp_path: Path) -> None:
    made = run_again.copy(tmp_path / "store")
    place = {"clip_id": "file_b.000.a", "video_id": "file_b", "start_s": 0.0, "end_s": 2.0, "box": [100, 100, 200, 200]}
    value: dict[str, Any] = {"person": made.persons["ada"], "new_person": made.persons["ben"], "clips": [place]}
    decisions.append(made.store, Decision("split", BY, value))
    with pytest.raises(FacelibError) as caught:
        check_published(made.store, [])
    assert (caught.value.reason, "facelib publish" in caught.value.hint) == ("unpublished_decisions", True)
    check_published(made.store, ["file_b"])
    publish(made.store)
    check_published(made.store, [])


MISTAKES: dict[str, tuple[list[Step], str, str]] = {
    "the other one has the name now": (
        [("name", "ben", "Ben"), ("merge", "ben", "ada"), ("name", "ada", "Ben")],
        "name_taken",
        "ada",
    ),
    "a third one has the name now": (
        [SPLIT, ("name", "ben", "Ben"), ("name", "ada", "Ada"), ("merge", "ben", "ada"), ("name", "new", "ben")],
        "name_taken",
        "new",
    ),
    "nothing was merged": ([], "no_person", ""),
    "all its clips were split off since": (
        [("merge", "ben", "ada"), ("split", "new", "ada", "4", "7")],
        "no_person",
        "",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_merge_that_cannot_be_undone_says_why(first: Collection, tmp_path: Path, mistake: str) -> None:
    steps, reason, rename = MISTAKES[mistake]
    made = first.copy(tmp_path / "store").do(*steps)
    before = list(decisions.read_all(made.store))
    with pytest.raises(FacelibError) as caught:
        made.do(("undo", "ben"))
    assert caught.value.reason == reason and caught.value.hint
    assert list(decisions.read_all(made.store)) == before
    if rename:
        assert f"facelib people name {made.persons[rename]} NAME" in caught.value.hint
        made.do(("name", rename, "Eve"), ("undo", "ben"))
        with Catalog(made.store) as catalog:
            found = PeopleNow(made.store, catalog).find("Ben")
            assert (found["person_id"], found["clips"]) == (made.persons["ben"], 3)


def test_of_several_merged_at_once_each_can_be_undone(first: Collection, tmp_path: Path) -> None:
    made = first.copy(tmp_path / "store").do(SPLIT)
    ada, ben, new = made.persons.values()

    def offered() -> set[str]:
        with Catalog(made.store) as catalog:
            return {one.person_id for one in merged.last(PeopleNow(made.store, catalog))}

    with Catalog(made.store) as catalog:
        event = desk.merge(made.store, catalog, ada, [ben, new], BY)
    st.session_state[decide.LAST_MERGE] = event.value["persons"]
    try:
        assert offered() == {ben, new}
        made.do(("undo", "ben"))
        assert offered() == {new}
        made.do(("undo", "new"))
        assert offered() == set()
    finally:
        del st.session_state[decide.LAST_MERGE]


def test_a_takedown_leaves_what_was_moved_on_after_a_re_run(first: Collection, tmp_path: Path) -> None:
    """Of two videos, split off and run again, one goes on to somebody else."""
    parts = [("split", "new", "ada", "0", "2"), ("split", "also", "ben", "0", "1"), ("merge", "also", "new")]
    made = first.copy(tmp_path / "store").do(*parts, ("run", "b"), ("split", "other", "new", "2", "3"), ("run", "c"))
    assert made.clips() == {"ada": 2, "ben": 2, "new": 2, "also": 0, "other": 1}
    taken = {name: sorted(going(made.store, "person", made.persons[name]).videos) for name in ("new", "other")}
    assert taken == {"new": ["file_a"], "other": ["file_b"]}
