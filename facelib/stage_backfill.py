"""One stage for the videos of some clips: plan it, with the stages that read it, and run it without Airflow."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.clock import now, stamp
from facelib.errors import ModelError, SettingsError
from facelib.export.selection import matching_videos
from facelib.planning import UNKNOWN_SECONDS, Plan, batches, finish
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.stages.commit import NOT_COMPUTED, commit_shard
from facelib.stages.runner import StageRun
from facelib.store import commits, deny, generations, layout, leases, plans, quarantine, uploads
from facelib.store.commits import CommitName
from facelib.store.objects import Store
from facelib.store.plans import Shard


@dataclass(frozen=True)
class StagePlan:
    """The shards in which one stage is to be computed.

    Args:
        plan: its shards.
        stages: the stage, then those that read its result, in the order in which they run.
        days: UTC upload days of the videos in the shards.
        matched: videos of which at least one clip passes the condition.
        behind: of these, videos that lack more than these stages: `clip_pipeline`, or ``facelib ingest``, has them.
    """

    plan: Plan
    stages: tuple[str, ...]
    days: tuple[str, ...]
    matched: int
    behind: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        about = {"stages": list(self.stages), "days": list(self.days), "matched": self.matched, "behind": self.behind}
        return self.plan.to_dict() | about


def plan_stage(
    store: Store,
    settings: Settings,
    stage: str,
    *,
    where: str = "TRUE",
    model: str = "",
    lane: str = "backfill",
    name: str = "",
    most_shards: int = 0,
) -> StagePlan:
    """Lease the videos of which a clip passes a condition and that lack one stage, and put them into shards.

    A video is taken when the stage, or one that reads it, is missing, stale or released from quarantine, and everything
    else is as the settings want it. So a commit after these stages never loses what another stage has measured.

    Args:
        store: a store with a publication.
        settings: the pipeline settings in force and the size of a shard.
        stage: a stage that reads clips.
        where: SQL condition on the catalogue's tables, as an export takes it.
        model: of that stage; empty for the one in force. Another one makes a settings generation of its own.
        lane: travels in every shard.
        name: in whose name videos are leased; the plan's own id by default.
        most_shards: shards get longer rather than more than this; 0 for any number.

    Raises:
        SettingsError: there is no such stage, it reads the source, or has no such model; or the condition is wrong.
        StoreError: nothing was published yet.
    """
    document = document_with(settings, stage, model)
    stages = affected(document, stage)
    with Catalog(store) as catalog:
        videos = matching_videos(catalog, where)
    generation = generations.current(store, document)
    plan_id = f"{lane}-{stamp(now())}"
    holder = name or plan_id
    taken: list[tuple[str, float]] = []
    days: set[str] = set()
    held = behind = 0
    for video_id, lacks in _candidates(store, videos, document, generation, frozenset(stages)):
        if not lacks:
            behind += 1
        elif leases.take(store, f"video/{video_id}", holder, minutes=settings.plan.lease_minutes):
            upload = uploads.read_upload(store, video_id)
            days.add(upload["upload_day"])
            taken.append((video_id, _minutes(upload, document, stages)))
        else:
            held += 1
    limit = max(settings.plan.shard_minutes, sum(minutes for _, minutes in taken) / most_shards if most_shards else 0)
    first = Shard("", plan_id, holder, lane, generation, (), 0.0, settings.plan.lease_minutes)
    shards = tuple(
        dataclasses.replace(first, key=layout.shard(plan_id, number), videos=batch, predicted_minutes=minutes)
        for number, (batch, minutes) in enumerate(batches(taken, limit))
    )
    for shard in shards:
        plans.write_shard(store, shard)
    return StagePlan(Plan(plan_id, shards, held), stages, tuple(sorted(days)), len(videos), behind)


def run_stage(
    store: Store,
    settings: Settings,
    made: StagePlan,
    *,
    progress: Callable[[str, str, str], None] = lambda stage, video_id, outcome: None,
    say: Callable[[str], None] = lambda text: None,
) -> int:
    """Run and commit what :func:`plan_stage` has planned, in this process; returns how many videos were committed.

    A stage whose weights are absent is left out and says so.
    """
    committed = 0
    try:
        for shard in made.plan.shards:
            for stage in made.stages:
                try:
                    StageRun(
                        store, shard, stage, work_dir=settings.work_dir, **settings.stage_options(),
                        progress=lambda video_id, outcome, stage=stage: progress(stage, video_id, outcome),  # type: ignore[misc]
                    ).run()  # fmt: skip
                except (ModelError, SettingsError) as error:
                    say(f"{stage} is not computed: {error}")
            committed += commit_shard(store, shard)["committed"]
    finally:
        finish(store, made.plan.plan_id)
    return committed


def document_with(settings: Settings, stage: str, model: str) -> dict[str, Any]:
    """The pipeline settings in force, with another model of one stage where one is named.

    Raises:
        SettingsError: there is no such stage, or it reads the source, is off, or has no such model.
    """
    kind = pipeline.stage_class(stage)
    if kind.reads_source:
        hint = f"a new {stage} makes new clips: change the settings, then backfill channel_ingest"
        raise SettingsError(f"{stage} reads the source, not clips", hint=hint, reason="no_feature")
    if model:
        field = kind.params_type.model_fields.get("model")
        if field is None:
            message = f"the stage {stage} has no choice of a model"
            raise SettingsError(message, hint="leave the model out", reason="no_choice")
        chosen = {**settings.pipeline.model_dump(mode="json", exclude_unset=True)}
        chosen[stage] = {**chosen.get(stage, {}), "model": model}
        try:
            kind.params_type.model_validate(chosen[stage])
        except ValueError as error:
            models = ", ".join(models_of(stage))
            message = f"the stage {stage} has no model {model!r}; there are {models}"
            raise SettingsError(message, reason="no_model") from error
        whole = settings.pipeline.model_validate({**settings.pipeline.model_dump(mode="json"), **chosen})
        settings = settings.model_copy(update={"pipeline": whole})
    document = settings.pipeline_document()
    pipeline.check(document)
    if stage not in {one.name for one in pipeline.active(document)}:
        raise SettingsError(f"the stage {stage} is off", hint=f"name a model for {stage}", reason="stage_off")
    return document


def models_of(stage: str) -> list[str]:
    """The models that a stage has a choice of, by their names in the settings; empty for one without a choice."""
    schema = pipeline.stage_class(stage).params_type.model_json_schema()["properties"].get("model", {})
    found = [name for part in (schema, *schema.get("anyOf", [])) for name in (*part.get("enum", []), part.get("const"))]
    return [name for name in found if name not in (None, "none")]


def affected(document: dict[str, Any], stage: str) -> tuple[str, ...]:
    """A stage and those that read its result, directly or not, in the order of the pipeline.

    >>> affected({}, "landmarks")
    ('landmarks', 'syncnet')
    """
    names = [stage]
    for one in pipeline.active(document):
        if set(names) & set(one.reads(pipeline.params_of(document, one.name))):
            names.append(one.name)
    return tuple(dict.fromkeys(names))


def _candidates(
    store: Store, videos: list[str], document: dict[str, Any], generation: int, stages: frozenset[str]
) -> Iterator[tuple[str, bool]]:
    """The videos that lack something: id, and whether that is nothing but these stages."""
    denied, newest = deny.denied(store), commits.current_of(store, frozenset(videos))
    settled = pipeline.digest(document)
    for video_id in videos:
        current = newest.get(video_id)
        if video_id in denied or current is None or current.generation > generation or current.settled == settled:
            continue
        lacking = _lacking(store, current, document)
        if lacking:
            yield video_id, lacking <= stages


def _lacking(store: Store, current: CommitName, document: dict[str, Any]) -> set[str]:
    """Stages whose result is missing, stale, or released from quarantine."""
    revision = uploads.revision(store, current.video_id)
    if revision is None:
        return set()
    states = commits.read(store, current, only=()).head["stages"]
    return {
        stage
        for stage, wanted in pipeline.chain(document, revision.digest).items()
        if _lacks(store, current.video_id, stage, wanted, states.get(stage, {}))
    }


def _lacks(store: Store, video_id: str, stage: str, wanted: str, state: dict[str, str]) -> bool:
    if state.get("fingerprint") != wanted:
        return True
    reason = state.get("reason", "")
    if reason.startswith("quarantined"):
        return quarantine.find(store, video_id, stage, wanted) is None
    return reason.startswith(NOT_COMPUTED)


def _minutes(upload: dict[str, Any], document: dict[str, Any], stages: tuple[str, ...]) -> float:
    cost = max(pipeline.stage_class(s).predicted(pipeline.params_of(document, s)) for s in stages)
    return float(upload.get("duration_s") or UNKNOWN_SECONDS) * cost / 60
