"""One stage for the videos of some clips, at the level of its plan and on the real pipeline."""

from pathlib import Path
from typing import Any

import pytest

from facelib import stage_backfill
from facelib.errors import SettingsError
from facelib.publish import publish
from facelib.settings import Settings
from facelib.stage_backfill import affected, document_with, plan_stage
from facelib.stages import pipeline
from facelib.stages.landmarks import Landmarks
from facelib.store import commits, deny, generations, leases, quarantine, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision
from tests.support.collections import commit_video, list_channel
from tests.support.pipelines import settings_in

VIDEOS = ["a", "b", "c"]
CLIPS = {"a": 2, "b": 1, "c": 1}


@pytest.fixture
def settings(tmp_path: Path, lite_models: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def store(settings: Settings) -> Store:
    """Three videos of which everything is done under the settings, published."""
    store = settings.open_store()
    list_channel(store, VIDEOS)
    for video_id in VIDEOS:
        uploads.resolve(store, video_id, {"upload_day": "2026-01-05"})
        uploads.add_revision(store, Revision(1, video_id * 64, 1, f"raw/{video_id}", "", "2026-01-05"), video_id)
        commit(store, settings, video_id)
    publish(store)
    return store


def commit(store: Store, settings: Settings, video_id: str, **reasons: str) -> None:
    """Commit a video with every stage done but those that a reason is given for."""
    document = settings.pipeline_document()
    states = {stage: {"fingerprint": name} for stage, name in pipeline.chain(document, video_id * 64).items()}
    for stage, reason in reasons.items():
        states[stage]["reason"] = reason
    number = generations.current(store, document)
    commit_video(store, video_id, clips=CLIPS[video_id], generation=number, stages=states)


def planned(made: stage_backfill.StagePlan) -> list[str]:
    return [video_id for shard in made.plan.shards for video_id in shard.videos]


@pytest.mark.parametrize(
    ("stage", "stages"),
    [
        ("landmarks", ("landmarks", "syncnet")),
        ("speech", ("speech", "voice")),
        ("iqa", ("iqa",)),
        ("embed", ("embed",)),
    ],
)
def test_a_stage_brings_those_that_read_it(settings: Settings, stage: str, stages: tuple[str, ...]) -> None:
    pipeline_ = {"voice": {"model": "resemblyzer"}}
    document = {**settings.pipeline_document(), **pipeline_}
    assert affected(document, stage) == stages


def test_where_nothing_is_missing_nothing_is_planned(store: Store, settings: Settings) -> None:
    made = plan_stage(store, settings, "iqa")
    assert (planned(made), made.matched, made.behind) == ([], 3, 0)


@pytest.mark.parametrize(
    ("where", "videos"),
    [("TRUE", VIDEOS), ("clips.video_id <> 'b'", ["a", "c"]), ("FALSE", []), ("uploads.upload_day > '2026-02-01'", [])],
)
def test_a_new_version_of_a_model_is_computed_for_the_videos_of_clips_that_pass(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch, where: str, videos: list[str]
) -> None:
    monkeypatch.setattr(Landmarks, "version", Landmarks.version + 1)
    made = plan_stage(store, settings, "landmarks", where=where)
    assert planned(made) == videos
    assert made.stages == ("landmarks", "syncnet")
    assert (made.matched, made.behind) == (len(videos), 0)
    assert made.days == (("2026-01-05",) if videos else ())
    assert all(shard.lane == "backfill" for shard in made.plan.shards)


def test_a_video_that_lacks_more_is_left_to_its_day(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(store, settings, "a", iqa="not_computed: no_weights: x")
    commit(store, settings, "b", iqa="quarantined: exception", embed="not_computed")
    made = plan_stage(store, settings, "iqa")
    assert planned(made) == ["a"]
    assert made.behind == 1


def test_quarantine_waits_for_a_person(store: Store, settings: Settings) -> None:
    name = pipeline.chain(settings.pipeline_document(), "a" * 64)["iqa"]
    entry = quarantine.enter(store, "a", "iqa", name, error="E", reason="exception", message="x")
    commit(store, settings, "a", iqa="quarantined: exception")
    assert planned(plan_stage(store, settings, "iqa")) == []
    quarantine.release(store, entry, by="anna")
    assert planned(plan_stage(store, settings, "iqa")) == ["a"]


def test_denied_and_leased_videos_are_left_out(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Landmarks, "version", Landmarks.version + 1)
    deny.add(store, "a", "x")
    leases.take(store, "video/b", "another", minutes=10.0)
    made = plan_stage(store, settings, "landmarks")
    assert (planned(made), made.plan.held) == (["c"], 1)
    assert planned(plan_stage(store, settings, "landmarks", name=made.plan.shards[0].holder)) == ["c"]


def test_more_videos_make_longer_shards_rather_than_more(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Landmarks, "version", Landmarks.version + 1)
    short = settings.model_copy(update={"plan": settings.plan.model_copy(update={"shard_minutes": 1e-6})})
    one = plan_stage(store, short, "landmarks", most_shards=1, name="x")
    assert len(one.plan.shards) == 1
    assert len(plan_stage(store, short, "landmarks", name="x").plan.shards) == 3


def test_another_model_is_a_generation_of_its_own(store: Store, settings: Settings) -> None:
    before = generations.current(store, settings.pipeline_document())
    made = plan_stage(store, settings, "hubert", model="mfcc" if _model(settings, "hubert") != "mfcc" else "hubert")
    assert planned(made) == VIDEOS
    assert {shard.generation for shard in made.plan.shards} == {before + 1}
    assert planned(plan_stage(store, settings, "hubert", model=_model(settings, "hubert"))) == []


@pytest.mark.parametrize(
    ("stage", "options", "reason"),
    [
        ("nothing", {}, "no_stage"),
        ("detect", {}, "no_feature"),
        ("track", {}, "no_feature"),
        ("embed", {"model": "hubert"}, "no_model"),
        ("iqa", {"model": "hyperiqa"}, "no_choice"),
        ("speaker", {}, "stage_off"),
        ("syncnet", {"model": "none"}, "stage_off"),
        ("landmarks", {"model": "none"}, "stage_off"),
        ("iqa", {"where": "no such column"}, "bad_where"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_generation(
    store: Store, settings: Settings, stage: str, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        plan_stage(store, settings, stage, **options)
    assert caught.value.reason == reason
    assert len(store.names("generations")) == 1


def test_models_by_name() -> None:
    assert "arcface" in stage_backfill.models_of("embed")
    assert "none" not in stage_backfill.models_of("speaker")
    assert stage_backfill.models_of("iqa") == []


def test_settings_of_other_stages_stay(settings: Settings) -> None:
    before, after = settings.pipeline_document(), document_with(settings, "embed", "arcface")
    assert {stage for stage in after if after[stage] != before.get(stage)} <= {"embed", "weights"}


def _model(settings: Settings, stage: str) -> str:
    return str(settings.pipeline_document()[stage]["model"])


def test_the_log_still_says_what_it_said(store: Store, settings: Settings) -> None:
    names = commits.all_names(store)
    plan_stage(store, settings, "iqa")
    assert commits.all_names(store) == names
