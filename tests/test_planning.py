from pathlib import Path
from typing import Any

import pytest

from facelib.errors import StoreError
from facelib.fetching.crawl import crawl
from facelib.fetching.download import download
from facelib.ingest import ingest
from facelib.planning import Plan, changed, finish, plan, release_all
from facelib.settings import Settings
from facelib.shards import run_shards
from facelib.stages.hashes import Hashes
from facelib.stages.pipeline import active
from facelib.store import commits, deny, plans, quarantine, uploads
from facelib.store.objects import Store
from tests.support.pipelines import settings_in, write_film

pytestmark = pytest.mark.usefixtures("lite_models")
PROBE = {"min_bytes": 1000}
STAGES = {stage.name for stage in active(Settings().pipeline.model_dump(mode="json"))}


def nobody(stage: str, total: int, video_id: str, outcome: str) -> None:
    """Watches nothing."""


class Collection:
    """Three short films, downloaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.films = folder / "films"
        self.films.mkdir()
        for number in range(3):
            write_film(self.films / f"film{number}.mp4", 30, value=60 + 20 * number)
        self.settings = self.with_settings()
        self.store: Store = self.settings.open_store()
        crawl(self.store, self.settings, [str(self.films)])
        download(self.store, self.settings)

    def with_settings(self, **pipeline: Any) -> Settings:
        return settings_in(self.folder, probe=PROBE, **pipeline)

    def plan(self, settings: Settings | None = None, **options: Any) -> Plan:
        return plan(self.store, settings or self.settings, uploads.days(self.store), **options)

    def work(self, settings: Settings | None = None) -> Plan:
        made = self.plan(settings)
        run_shards(settings or self.settings, made.shards, watch=nobody, say=print)
        finish(self.store, made.plan_id)
        return made

    def computed(self) -> dict[str, int]:
        done: dict[str, int] = {}
        for manifest in plans.manifests(self.store):
            done[manifest.stage] = done.get(manifest.stage, 0) + manifest.done
        return done


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path)


def videos(made: Plan) -> int:
    return sum(len(shard.videos) for shard in made.shards)


def test_what_is_done_is_not_planned_again(collection: Collection) -> None:
    assert videos(collection.work()) == 3
    assert collection.plan().shards == ()
    assert len(commits.all_names(collection.store)) == 3
    assert uploads.pending_days(collection.store) == []


def test_what_is_settled_is_planned_from_names_alone(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    collection.work()
    for name in commits.all_names(collection.store):
        collection.store.path(name.key).write_bytes(b"not to be read")
    assert collection.plan().shards == ()
    monkeypatch.setattr(Hashes, "version", Hashes.version + 1)
    with pytest.raises(StoreError, match="not a readable record"):
        collection.plan()


def test_a_new_version_makes_its_own_stage_stale(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    collection.work()
    before = collection.computed()
    monkeypatch.setattr(Hashes, "version", Hashes.version + 1)
    assert videos(collection.work()) == 3
    after = collection.computed()
    assert {stage: after[stage] - before[stage] for stage in after if after[stage] != before[stage]} == {"hashes": 3}


def test_a_video_is_in_one_plan_at_a_time(collection: Collection) -> None:
    first = collection.plan()
    assert (videos(first), first.held) == (3, 0)
    second = collection.plan()
    assert (videos(second), second.held) == (0, 3)
    assert second.held_by == (first.plan_id,) and second.to_dict()["holders"] == [first.plan_id]
    told: list[str] = []
    assert ingest(collection.settings, [], say=told.append)["shards"] == 0
    assert told == second.held_lines() and f"facelib finish --plan {first.plan_id}" in told[0]
    assert finish(collection.store, first.plan_id) == 3
    # A plan that had nothing to do left no trace.
    assert finish(collection.store, "daily-20260105T000000.000000Z") == 0
    with pytest.raises(StoreError, match="no plan 'nosuch'"):
        finish(collection.store, "nosuch")
    assert videos(collection.plan()) == 3
    assert release_all(collection.store) == 3


def test_planning_again_in_the_same_name_gets_the_same_videos(collection: Collection) -> None:
    assert videos(collection.plan(name="run-7")) == 3
    again = collection.plan(name="run-7")
    assert videos(again) == 3
    assert collection.plan().held_by == (again.plan_id,)


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        pytest.param({"embed": {"best": 3}}, {"embed"}, id="last stage"),
        pytest.param({"landmarks": {"step": 2}}, {"landmarks", "syncnet"}, id="and what reads it"),
        pytest.param({"track": {"crf": 20}}, STAGES - {"probe", "detect"}, id="and all that read it"),
        pytest.param({"detect": {"step": 4}}, STAGES - {"probe"}, id="early stage"),
    ],
)
def test_a_changed_parameter_makes_exactly_what_depends_on_it_stale(
    collection: Collection, change: dict[str, Any], stale: set[str]
) -> None:
    collection.work()
    changed = collection.with_settings(**change)
    assert videos(collection.work(changed)) == 3
    assert collection.computed() == {stage: 6 if stage in stale else 3 for stage in STAGES}
    assert {name.generation for name in commits.current(commits.all_names(collection.store)).values()} == {2}


def test_a_new_stage_version_is_stale(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    from facelib.stages.embed import Embed

    collection.work()
    monkeypatch.setattr(Embed, "version", Embed.version + 1)
    collection.work()
    assert collection.computed() == {stage: 6 if stage == "embed" else 3 for stage in STAGES}


def test_an_old_plan_that_ends_late_does_not_win(collection: Collection) -> None:
    old = collection.plan(lane="backfill")
    release_all(collection.store)
    newer = collection.with_settings(embed={"best": 3})
    collection.work(newer)
    release_all(collection.store)
    run_shards(collection.settings, old.shards, watch=nobody, say=print)
    current = commits.current(commits.all_names(collection.store))
    assert {name.generation for name in current.values()} == {2}


def test_going_back_to_old_settings_computes_nothing_and_is_current(collection: Collection) -> None:
    collection.work()
    collection.work(collection.with_settings(embed={"best": 3}))
    before = collection.computed()
    collection.work()
    assert collection.computed() == before
    assert {n.generation for n in commits.current(commits.all_names(collection.store)).values()} == {3}


def test_shards_are_sized_by_predicted_minutes(collection: Collection) -> None:
    collection.settings.plan.shard_minutes = 0.001
    made = collection.plan()
    assert [len(shard.videos) for shard in made.shards] == [1, 1, 1]
    assert {shard.lane for shard in collection.plan(lane="backfill").shards} <= {"backfill"}


def test_a_denied_video_is_not_planned(collection: Collection) -> None:
    deny.add(collection.store, uploads.videos(collection.store)[0], "asked to")
    assert videos(collection.plan()) == 2


def test_a_released_video_is_planned_again(collection: Collection) -> None:
    (collection.films / "film0.mp4").unlink()
    collection.work()
    assert collection.plan().shards == ()
    (entry,) = quarantine.active(collection.store)
    quarantine.release(collection.store, entry, by="test")
    assert videos(collection.plan()) == 1


@pytest.mark.parametrize(
    ("change", "stage", "told"),
    [
        pytest.param({}, "embed", [], id="the same"),
        pytest.param({"embed": {"best": 3}}, "embed", ["embed.best: 5 in the plan, 3 now"], id="changed"),
        pytest.param({"embed": {"best": 3}}, "track", [], id="another stage"),
    ],
)
def test_settings_that_changed_since_the_plan_are_named(
    collection: Collection, change: dict[str, Any], stage: str, told: list[str]
) -> None:
    (shard,) = collection.plan().shards
    assert changed(collection.store, collection.with_settings(**change), shard, stage) == told
