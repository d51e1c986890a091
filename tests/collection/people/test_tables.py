"""Persons in the catalogue: ids that last, decisions that outlast re-runs, and a rebuild that gives the same."""

from pathlib import Path

import numpy as np
import pytest

from facelib.catalog.reader import Catalog
from facelib.clock import parse_stamp
from facelib.collection.people.unmerge import unmerge
from facelib.curate.people import PeopleSettings
from facelib.store import decisions, deny
from facelib.store import people as log
from facelib.store.decisions import Decision
from facelib.store.mentions import Mentions
from facelib.store.objects import Store
from tests.support.people import Taken, commit_faces, faces

LABELS = [0, 0, 0, 0, 1, 1, 1, 2]
FACES = faces(LABELS, seed=3)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def taken(store: Store, tmp_path: Path) -> Taken:
    return Taken(store, tmp_path / "taken")


def decide(store: Store, kind: str, by: str = "anna", **value: object) -> None:
    decisions.append(store, Decision(kind, by, value))


def rebuilt(taken: Taken) -> Taken:
    again = Taken(taken.store, taken.folder.with_name("rebuilt"), taken.settings)
    again.step()
    return again


def test_clips_find_their_persons_and_a_single_one_waits(store: Store, taken: Taken) -> None:
    ids = commit_faces(store, "file_a", FACES)
    assert taken.step() == {"new": 8, "assigned": 7, "people": 2, "twins": 0}
    found = taken.people()
    assert len({found[c] for c in ids[:4]}) == len({found[c] for c in ids[4:7]}) == 1
    assert found[ids[0]] != found[ids[4]] and found[ids[7]] == ""
    person = taken.rows(f"SELECT * FROM people WHERE person_id = '{found[ids[0]]}'")[0]
    assert person[1:] == ("", False, 4, 8.0, 1, 1, "2026-01-05", "2026-01-05")


def test_an_empty_collection_and_one_clip(store: Store, taken: Taken) -> None:
    assert taken.step() == {"new": 0, "assigned": 0, "people": 0, "twins": 0}
    commit_faces(store, "file_a", FACES[:1])
    assert taken.step() == {"new": 1, "assigned": 0, "people": 0, "twins": 0}


def test_a_model_whose_distance_is_not_known_needs_one_in_the_settings(store: Store, tmp_path: Path) -> None:
    commit_faces(store, "file_a", FACES, model="toy")
    assert Taken(store, tmp_path / "a").step()["new"] == 0
    assert Taken(store, tmp_path / "b", PeopleSettings(distance=0.55)).step()["people"] == 2


def test_ids_last_day_after_day_and_a_rebuild_gives_the_same(store: Store, taken: Taken) -> None:
    before: dict[str, str] = {}
    for day in range(4):
        commit_faces(store, f"file_{day}", faces(LABELS, seed=3)[day::4])
        taken.step()
        now = taken.people()
        assert all(now[clip] == person for clip, person in before.items() if person)
        before = now
    assert len(set(before.values()) - {""}) == 2
    once = taken.content()
    assert taken.step()["new"] == 0
    assert taken.content() == once
    records = list(log.keys(store))
    assert rebuilt(taken).content() == once
    assert list(log.keys(store)) == records


def test_a_record_without_its_publication_is_taken_in_by_the_next(store: Store, taken: Taken) -> None:
    commit_faces(store, "file_a", FACES)
    lost = Taken(store, taken.folder.with_name("lost"))
    lost.step()
    taken.step()
    assert taken.content() == lost.content()
    assert len(list(log.keys(store))) == 1


def test_a_re_run_keeps_the_persons(store: Store, taken: Taken) -> None:
    old = commit_faces(store, "file_a", FACES)
    taken.step()
    before = taken.people()
    new = commit_faces(store, "file_a", FACES, tag="b", generation=2, late=5)
    taken.step()
    after = taken.people()
    assert [after[clip] for clip in new] == [before[clip] for clip in old]
    assert set(after) == set(new)
    measured = taken.rows("SELECT clip_id FROM clip_people WHERE distance IS NOT NULL ORDER BY 1")
    assert [clip for (clip,) in measured] == [clip for clip in new if after[clip]]
    assert rebuilt(taken).content() == taken.content()


def test_merge_name_and_hide(store: Store, taken: Taken) -> None:
    ids = commit_faces(store, "file_a", FACES)
    taken.step()
    a, b = taken.people()[ids[0]], taken.people()[ids[4]]
    decide(store, "name", person=b, name="Ada")
    decide(store, "merge", into=a, persons=[b])
    decide(store, "hide", by="ben", person=a, hidden=True)
    taken.step()
    assert taken.rows("SELECT person_id, name, hidden, clips FROM people") == [(a, "Ada", True, 7)]
    assert taken.rows("SELECT decided_by, count(*) FROM clip_people GROUP BY 1 ORDER BY 1") == [
        ("anna", 3),
        ("cluster", 5),
    ]
    ids += commit_faces(store, "file_b", FACES[4:5])
    taken.step()
    assert taken.people()[ids[-1]] == a
    assert rebuilt(taken).content() == taken.content()
    taken.publish()
    with Catalog(store) as catalog:
        unmerge(store, catalog, b, "ben")
    taken.step()
    assert taken.rows("SELECT person_id, name, clips FROM people ORDER BY clips") == [(b, "Ada", 3), (a, "", 5)]
    again = commit_faces(store, "file_a", FACES, tag="b", generation=2)
    taken.step()
    assert [taken.people()[clip] for clip in (*again[:7], ids[-1])] == [a] * 4 + [b] * 3 + [a]
    assert rebuilt(taken).content() == taken.content()


def test_a_split_outlasts_a_re_run(store: Store, taken: Taken) -> None:
    ids = commit_faces(store, "file_a", FACES)
    taken.step()
    person = taken.people()[ids[0]]
    clips = [
        {"clip_id": ids[n], "video_id": "file_a", "start_s": 2.0 * n, "end_s": 2.0 * n + 2, "box": [100, 100, 200, 200]}
        for n in (0, 1)
    ]
    decide(store, "split", person=person, new_person="person-new", clips=clips)
    taken.step()
    assert [taken.people()[c] for c in ids[:4]] == ["person-new", "person-new", person, person]
    assert taken.rows("SELECT count(*) FROM twins") == [(0,)]
    new = commit_faces(store, "file_a", FACES, tag="b", generation=2)
    taken.step()
    assert [taken.people()[c] for c in new[:4]] == ["person-new", "person-new", person, person]
    assert taken.rows(f"SELECT decided_by FROM clip_people WHERE clip_id = '{new[0]}'") == [("anna",)]
    assert rebuilt(taken).content() == taken.content()


def test_of_two_splits_at_one_place_the_later_one_outlasts_a_re_run(store: Store, taken: Taken) -> None:
    def split(clip_id: str, new_person: str) -> None:
        place = {"video_id": "file_a", "start_s": 0.0, "end_s": 2.0, "box": [100, 100, 200, 200]}
        person = taken.people()[clip_id]
        decide(store, "split", person=person, new_person=new_person, clips=[{"clip_id": clip_id, **place}])

    # By name the first clip comes last.
    first = commit_faces(store, "file_a", FACES, tag="z")
    taken.step()
    split(first[0], "person-one")
    taken.step()
    second = commit_faces(store, "file_a", FACES, tag="b", generation=2)
    taken.step()
    assert taken.people()[second[0]] == "person-one"
    split(second[0], "person-two")
    taken.step()
    third = commit_faces(store, "file_a", FACES, tag="c", generation=3)
    taken.step()
    assert taken.people()[third[0]] == "person-two"
    assert rebuilt(taken).content() == taken.content()


def test_of_two_clips_that_are_gone_the_one_told_of_last_hands_on_its_person(store: Store, taken: Taken) -> None:
    commit_faces(store, "file_a", FACES)
    taken.step()
    place = {"video_id": "file_a", "distance": None, "decided_by": "cluster", "neighbours": 3, "start_s": 0.0}
    place |= {"end_s": 2.0, "x1": 100.0, "y1": 100.0, "x2": 200.0, "y2": 200.0}
    for clip_id, person_id in (("gone-z", "person-one"), ("gone-b", "person-two")):
        log.write(store, {}, [{"clip_id": clip_id, "person_id": person_id, **place}])
    new = commit_faces(store, "file_a", FACES, tag="c", generation=2)
    taken.step()
    assert taken.people()[new[0]] == "person-two"


def test_two_persons_that_meet_are_told_as_twins_until_they_are_merged(store: Store, taken: Taken) -> None:
    one, other = np.zeros(8, np.float32), np.zeros(8, np.float32)
    one[0] = other[1] = 1
    ids = commit_faces(store, "file_a", np.stack([one] * 3 + [other] * 3))
    taken.step()
    a, b = taken.people()[ids[0]], taken.people()[ids[3]]
    between = commit_faces(store, "file_b", np.stack([0.75 * one + 0.66 * other]).astype(np.float32))
    taken.step()
    assert taken.people()[between[0]] == a
    (told,) = taken.rows("SELECT * FROM twins")
    assert told[:2] == tuple(sorted((a, b))) and told[2] == pytest.approx(1 - 0.66, abs=0.01)
    decide(store, "merge", into=b, persons=[a])
    taken.step()
    assert taken.rows("SELECT * FROM twins") == []
    assert set(taken.people().values()) == {b}
    assert rebuilt(taken).content() == taken.content()


def test_a_denied_video_leaves_tables_and_records(store: Store, taken: Taken) -> None:
    commit_faces(store, "file_a-0123456789", FACES)
    kept = commit_faces(store, "file_b-0123456789", FACES)
    taken.step()
    before = taken.people()
    deny.add(store, "file_a-0123456789", "asked")
    assert log.forget(store, Mentions(["file_a-0123456789"])) == 1
    assert not any(b"file_a-0123456789" in store.read(key) for key in store.walk("log/people"))
    taken.step()
    assert taken.people() == {clip: before[clip] for clip in kept}
    again = rebuilt(taken).content()
    columns = slice(0, 6)
    assert [r[columns] for r in again["clip_people"]] == [r[columns] for r in taken.content()["clip_people"]]
    assert again["people"] == taken.content()["people"]


def test_a_clock_that_is_behind_does_not_put_a_record_before_the_last(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = log.write(store, {}, [])
    monkeypatch.setattr(log, "now", lambda: parse_stamp("20200101T000000.000000Z"))
    assert log.write(store, {}, []) > first
