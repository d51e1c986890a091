"""What people decide about persons, and clips and channels that are held against one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.reader import Catalog
from facelib.collection.people import decisions as desk
from facelib.collection.people.check import PersonCheck
from facelib.errors import FacelibError
from facelib.store import decisions
from facelib.store.objects import Store
from tests.support.collections import list_channel
from tests.support.people import Taken, commit_faces, faces

LABELS = [0, 0, 0, 0, 1, 1, 1, 2]
FACES = faces(LABELS, seed=3)


class Published:
    """A published collection: ``file_a`` shows Ada (four clips), Ben (three) and somebody; ``file_b`` a clip of Ada."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "store")
        list_channel(self.store, ["file_a"], "channel_a")
        list_channel(self.store, ["file_b"], "channel_b")
        self.clips = commit_faces(self.store, "file_a", FACES[:-1])
        self.other = commit_faces(self.store, "file_b", FACES[[0, 7]])
        self.taken = Taken(self.store, folder / "taken")
        self.taken.step()
        people = self.taken.people()
        self.ada, self.ben = people[self.clips[0]], people[self.clips[4]]
        for person, name in ((self.ada, "Ada"), (self.ben, "Ben")):
            decisions.append(self.store, decisions.Decision("name", "anna", {"person": person, "name": name}))
        self.taken.step()
        self.taken.publish()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return Published(tmp_path_factory.mktemp("people"))


@pytest.fixture
def catalog(made: Published) -> Any:
    with Catalog(made.store) as catalog:
        yield catalog


def test_persons_are_found_by_id_and_by_name(made: Published, catalog: Catalog) -> None:
    assert desk.find_person(catalog, made.ada)["name"] == "Ada"
    assert desk.find_person(catalog, " ada ")["person_id"] == made.ada
    assert desk.find_person(catalog, "Ada")["clips"] == 5


def test_decisions_become_events(made: Published, catalog: Catalog, tmp_path: Path) -> None:
    store = Store(tmp_path)
    hidden = desk.hide(store, catalog, "Ben", "ben")
    merged = desk.merge(store, catalog, "Ada", ["Ben"], "ben")
    parted = desk.split(store, catalog, "Ada", made.clips[:2], "ben")
    named = desk.name(store, catalog, made.ben, " Ada L. ", "ben")
    assert list(decisions.read_all(store)) == [hidden, merged, parted, named]
    assert named.value["person"] == made.ada, "an id that was merged away stands for the person it went into"
    assert merged.value == {"into": made.ada, "persons": [made.ben]}
    assert [clip["clip_id"] for clip in parted.value["clips"]] == made.clips[:2]
    assert parted.value["clips"][1] | {} == {
        "clip_id": made.clips[1],
        "video_id": "file_a",
        "start_s": 2.0,
        "end_s": 4.0,
        "box": [100.0, 100.0, 200.0, 200.0],
    }
    assert named.value["name"] == "Ada L."


Act = Callable[[Store, Catalog, Published], object]
MISTAKES: dict[str, tuple[Act, str]] = {
    "unknown person": (lambda s, c, m: desk.hide(s, c, "nobody", "x"), "no_person"),
    "no name is nobody's": (lambda s, c, m: desk.hide(s, c, "", "x"), "no_person"),
    "merged with itself": (lambda s, c, m: desk.merge(s, c, "Ada", [m.ada], "x"), "same_person"),
    "merged with nobody": (lambda s, c, m: desk.merge(s, c, "Ada", [], "x"), "same_person"),
    "merged with an unknown one": (lambda s, c, m: desk.merge(s, c, "Ada", ["p"], "x"), "no_person"),
    "clip of another person": (lambda s, c, m: desk.split(s, c, "Ada", [m.clips[4]], "x"), "not_of_person"),
    "unknown clip": (lambda s, c, m: desk.split(s, c, "Ada", ["c"], "x"), "not_of_person"),
    "no clips": (lambda s, c, m: desk.split(s, c, "Ada", [], "x"), "no_clips"),
    "all clips": (lambda s, c, m: desk.split(s, c, "Ben", m.clips[4:7], "x"), "all_clips"),
    "name of another": (lambda s, c, m: desk.name(s, c, "Ben", "ADA", "x"), "name_taken"),
    "name of two lines": (lambda s, c, m: desk.name(s, c, "Ben", "a\nb", "x"), "bad_name"),
    "long name": (lambda s, c, m: desk.name(s, c, "Ben", "b" * 201, "x"), "bad_name"),
    "name that is an id": (lambda s, c, m: desk.name(s, c, "Ben", m.ada, "x"), "bad_name"),
    "unknown channel": (lambda s, c, m: check(m, c).channel("c", check(m, c).reference("Ada")), "no_channel"),
    "clip without a vector": (lambda s, c, m: check(m, c).clips(["c"], "Ada"), "no_vector"),
    "only the clips in question": (lambda s, c, m: check(m, c).clips(m.clips[4:7], "Ben"), "no_vector"),
}


def check(made: Published, catalog: Catalog) -> PersonCheck:
    return PersonCheck(made.store, catalog)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_changes_nothing(made: Published, catalog: Catalog, tmp_path: Path, mistake: str) -> None:
    act, reason = MISTAKES[mistake]
    with pytest.raises(FacelibError) as caught:
        act(Store(tmp_path), catalog, made)
    assert caught.value.reason == reason and caught.value.message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("Eve", "eve", True),
        ("Eve  Ada", "Eve Ada", True),
        ("Zoe\u0301", "Zo\u00e9", True),
        ("Eve", "Eva", False),
        ("Eve", "Ada", False),
        ("", "Ada", False),
    ],
)
def test_names_given_since_the_last_publish_count(
    made: Published, catalog: Catalog, tmp_path: Path, first: str, second: str, taken: bool
) -> None:
    store = Store(tmp_path)
    desk.name(store, catalog, made.ada, first, "x")
    if taken:
        with pytest.raises(FacelibError) as caught:
            desk.name(store, catalog, made.ben, second, "x")
        assert caught.value.reason == "name_taken" and made.ada in caught.value.message
    else:
        desk.name(store, catalog, made.ben, second, "x")


def test_the_name_of_a_person_that_is_merged_since_is_the_others_too(
    made: Published, catalog: Catalog, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    desk.name(store, catalog, made.ben, "Eve", "x")
    desk.merge(store, catalog, made.ada, [made.ben], "x")
    desk.name(store, catalog, made.ada, "Eve", "x")
    assert desk.name(store, catalog, made.ben, "Eve", "x").value["name"] == "Eve"


def test_a_clip_is_held_against_a_person(made: Published, catalog: Catalog) -> None:
    reference, found = check(made, catalog).clips([made.clips[4], made.clips[1]], "Ada")
    assert [(v.clip_id, v.same_person) for v in found] == [(made.clips[1], True), (made.clips[4], False)]
    assert (reference.name, reference.same_person, reference.metric) == ("Ada", 0.55, "cosine")


@pytest.mark.parametrize(
    ("person", "channel", "clips", "same"),
    [("Ada", "channel_a", 7, 4), ("Ada", "channel_b", 2, 1), ("Ben", "channel_a", 7, 3), ("Ben", "channel_b", 2, 0)],
)
def test_a_channel_is_held_against_a_person(
    made: Published, catalog: Catalog, person: str, channel: str, clips: int, same: int
) -> None:
    found = check(made, catalog).channel(channel, check(made, catalog).reference(person))
    assert (found.clips, found.same_person, found.without_vector) == (clips, same, 0)
    assert (found.seconds, found.same_person_seconds) == (2.0 * clips, 2.0 * same)
