"""A person who was taken down stays out where a template of the face was kept, and only there."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.cli.explain import _lines
from facelib.collection import blocked_faces
from facelib.collection.clip.explain import explain
from facelib.collection.takedown.proof import leftovers
from facelib.collection.takedown.takedown import takedown
from facelib.curate.settings import TakedownSettings
from facelib.errors import StoreError
from facelib.export.options import ExportOptions
from facelib.export.selection import select
from facelib.publish import publish, rebuild
from facelib.store import blocked_faces as templates
from facelib.store import decisions, deny, source_checks, takedowns
from facelib.store.decisions import Decision
from facelib.store.objects import Store
from tests.support.collections import list_channel
from tests.support.people import commit_faces, faces

pytestmark = pytest.mark.timeout(120)
FACES = faces([0] * 7 + [1] * 4, seed=3)
ADA, BEN = FACES[:7], FACES[7:]
FIRST, LATER, OTHER, TWIN = (f"toy_{name}-0123456789" for name in ("first", "later", "other", "twin"))


def person_of(store: Store, video_id: str) -> str:
    with Catalog(store) as catalog:
        rows = catalog.rows("SELECT DISTINCT person_id FROM clip_people WHERE video_id = ?", [video_id])
    (row,) = rows
    return str(row["person_id"])


def shown(store: Store) -> set[str]:
    """The videos that search and export find."""
    publish(store)
    with Catalog(store) as catalog:
        found = {row["video_id"] for row in select(catalog, ExportOptions())}
        ids = catalog.clip_ids(ClipFilter(), limit=99) or []
    assert {clip_id.split(".")[0] for clip_id in ids} == found
    return found


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``FIRST`` shows Ada, ``OTHER`` shows Ben."""
    store = Store(tmp_path_factory.mktemp("there"))
    list_channel(store, [FIRST, OTHER])
    commit_faces(store, FIRST, ADA[:4])
    commit_faces(store, OTHER, BEN)
    publish(store)
    return store.root


@pytest.fixture(scope="module")
def blocked(there: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after Ada was taken down, with a template of her face."""
    root = tmp_path_factory.mktemp("blocked") / "store"
    take_down(copied(there, root), keep_template=True)
    return root


@pytest.fixture
def store(there: Path, tmp_path: Path) -> Store:
    return copied(there, tmp_path / "store")


@pytest.fixture
def after(blocked: Path, tmp_path: Path) -> Store:
    return copied(blocked, tmp_path / "store")


@pytest.fixture
def record(after: Store) -> takedowns.Takedown:
    (record,) = takedowns.read_all(after)
    return record


def copied(root: Path, to: Path) -> Store:
    shutil.copytree(root, to)
    return Store(to)


def take_down(store: Store, **block: Any) -> takedowns.Takedown:
    settings = TakedownSettings(**block) if block else None
    return takedown(store, "person", person_of(store, FIRST), "asked to", block=settings).takedown


def comes(store: Store, video_id: str, vectors: Any) -> None:
    list_channel(store, [video_id])
    commit_faces(store, video_id, vectors)


def test_nothing_is_kept_by_default(store: Store) -> None:
    assert not TakedownSettings().keep_template
    take_down(store)
    comes(store, LATER, ADA[4:])
    assert shown(store) == {OTHER, LATER}
    assert templates.read_all(store) == [] and blocked_faces.hidden(store) == []


def test_a_new_video_of_a_blocked_person_is_hidden(after: Store, record: takedowns.Takedown) -> None:
    store = after
    comes(store, LATER, ADA[4:])
    assert shown(store) == {OTHER}
    (row,) = blocked_faces.hidden(store)
    assert (row["video_id"], row["takedown_id"]) == (LATER, record.takedown_id)
    assert 0 < row["distance"] < 0.55 and row["clip_id"].startswith(LATER)
    with Catalog(store) as catalog:
        story = explain(store, catalog, f"{LATER}.001.a")
        assert not explain(store, catalog, f"{OTHER}.001.a").hidden
    assert story.hidden["reason"] == "blocked_person"
    assert {name: story.hidden[name] for name in ("clip_id", "distance", "takedown_id")}.items() <= row.items()
    said = "\n".join(_lines(story))
    assert f"the face of {row['clip_id']} is like that of a person who was taken down" in said
    assert record.takedown_id in said
    rebuild(store)
    assert shown(store) == {OTHER} and len(list(decisions.read_all(store))) == 1
    assert list(leftovers(store, record)) == [] and not deny.is_denied(store, "faces")


def test_the_template_names_nobody(store: Store) -> None:
    person = person_of(store, FIRST)
    record = take_down(store, keep_template=True)
    (template,) = templates.read_all(store)
    text = json.dumps(vars(template))
    assert not any(name in text for name in (person, FIRST, "toy_"))
    assert template.takedown_id == record.takedown_id and len(template.vector) == ADA.shape[1]


def test_a_video_that_was_there_already_is_hidden_too(store: Store) -> None:
    """Such as one of a possible twin, or whose clips wait."""
    comes(store, TWIN, ADA[4:])
    publish(store)
    with_twin = person_of(store, FIRST)
    places = [
        {"clip_id": f"{TWIN}.{n:03d}.a", "video_id": TWIN, "start_s": 0, "end_s": 1, "box": [0, 0, 1, 1]}
        for n in range(3)
    ]
    split = {"person": with_twin, "new_person": "person-000000000000", "clips": places}
    decisions.append(store, Decision("split", "anna", split))
    publish(store)
    take_down(store, keep_template=True)
    assert shown(store) == {OTHER}
    assert [row["video_id"] for row in blocked_faces.hidden(store)] == [TWIN]


def test_what_somebody_lets_in_stays_in(after: Store) -> None:
    store = after
    comes(store, LATER, ADA[4:])
    assert shown(store) == {OTHER}
    blocked_faces.allow(store, LATER, "anna")
    assert shown(store) == {OTHER, LATER}
    commit_faces(store, LATER, ADA[4:], tag="again", generation=2)
    assert shown(store) == {OTHER, LATER}
    rebuild(store)
    assert shown(store) == {OTHER, LATER} and blocked_faces.hidden(store) == []


def test_a_template_can_be_removed(after: Store, record: takedowns.Takedown) -> None:
    store = after
    comes(store, LATER, ADA[4:6])
    assert shown(store) == {OTHER}
    assert blocked_faces.unblock(store, record.takedown_id, "anna") == [LATER]
    comes(store, TWIN, ADA[6:])
    assert shown(store) == {OTHER, LATER, TWIN}
    assert templates.read_all(store) == []


def test_a_distance_of_ones_own(store: Store) -> None:
    take_down(store, keep_template=True, block_distance=0.001)
    comes(store, LATER, ADA[4:])
    assert shown(store) == {OTHER, LATER}


def test_a_clip_that_was_split_off_does_not_speak_for_the_person(store: Store) -> None:
    places = [{"clip_id": f"{FIRST}.000.a", "video_id": FIRST, "start_s": 0, "end_s": 2, "box": [0, 0, 1, 1]}]
    split = {"person": person_of(store, FIRST), "new_person": "person-000000000000", "clips": places}
    decisions.append(store, Decision("split", "anna", split))
    take_down(store, keep_template=True)
    (template,) = templates.read_all(store)
    mean = ADA[1:4].mean(axis=0)
    assert template.vector == pytest.approx((mean / (mean**2).sum() ** 0.5).tolist(), abs=1e-5)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda s: blocked_faces.unblock(s, "20260105t101112-0a1b2c3d", "x"), "no_template"),
        (lambda s: blocked_faces.unblock(s, "", "x"), "no_template"),
        (lambda s: blocked_faces.allow(s, OTHER, "x"), "not_blocked"),
        (lambda s: blocked_faces.allow(s, "", "x"), "not_blocked"),
    ],
)
def test_mistakes_change_nothing(after: Store, act: Any, reason: str) -> None:
    with pytest.raises(StoreError) as caught:
        act(after)
    assert caught.value.reason == reason
    assert len(templates.read_all(after)) == 1 and not source_checks.hidden(decisions.read_all(after))


def test_without_a_vector_nothing_is_taken_down(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from facelib.collection.takedown import face_template

    monkeypatch.setattr(face_template, "same_person", lambda model: 0.0)
    with pytest.raises(StoreError) as caught:
        take_down(store, keep_template=True)
    assert caught.value.reason == "no_vector" and not deny.denied(store)
    assert take_down(store).ended
