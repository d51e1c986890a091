"""Plan: what is missing or stale for a day, leased and put into shards."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from facelib.clock import now, stamp
from facelib.errors import StoreError
from facelib.fetching.download import STAGE as DOWNLOAD
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.stages.commit import NOT_COMPUTED
from facelib.store import commits, deny, generations, layout, leases, plans, quarantine, results, uploads
from facelib.store.commits import CommitName
from facelib.store.objects import Store
from facelib.store.plans import Shard

UNKNOWN_SECONDS = 300.0
"""Predicted length of an upload whose source does not tell its duration."""


@dataclass(frozen=True)
class Plan:
    """The shards of a plan; none when there is nothing to do.

    Args:
        plan_id: names it; :func:`finish` takes it.
        shards: its shards.
        held: videos with work left that other plans hold.
        held_by: ids of those plans.
    """

    plan_id: str
    shards: tuple[Shard, ...]
    held: int = 0
    held_by: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "plan_id": self.plan_id,
            "shards": [shard.key for shard in self.shards],
            "videos": sum(len(shard.videos) for shard in self.shards),
            "held_by_others": self.held,
            "holders": list(self.held_by),
        }


def plan(
    store: Store,
    settings: Settings,
    days: Iterable[str],
    *,
    lane: str = "daily",
    name: str = "",
    verify: bool = False,
) -> Plan:
    """Lease the videos of some days that have work left, and put them into shards.

    Args:
        store: where uploads, results and commits are.
        settings: the pipeline settings in force and the size of a shard.
        days: UTC upload days.
        lane: ``daily`` or ``backfill``; travels in every shard.
        name: in whose name videos are leased, such as the id of an Airflow run; planning again under the same name
            after a crash gets the same videos again. The plan's own id by default.
        verify: also look whether the results of what is done are still there and sound; reads every result.

    Returns:
        The plan. A video that another plan holds is counted in ``held`` and left out.
    """
    document = settings.pipeline_document()
    generation = generations.current(store, document)
    plan_id = f"{lane}-{stamp(now())}"
    holder = name or plan_id
    videos: list[tuple[str, float]] = []
    held: list[str] = []
    newest = commits.current(commits.all_names(store))
    cost = max(s.predicted(pipeline.params_of(document, s.name)) for s in pipeline.active(document))
    for day in days:
        for video_id in uploads.videos_of(store, day):
            current = newest.get(video_id)
            damaged = verify and current is not None and _damaged(store, current)
            if not damaged and not _has_work(store, video_id, document, generation, current):
                continue
            if leases.take(store, f"video/{video_id}", holder, minutes=settings.plan.lease_minutes):
                videos.append((video_id, _minutes(store, video_id, cost)))
            else:
                held.append(leases.held(store, f"video/{video_id}") or "")
    shards = []
    for number, (batch, minutes) in enumerate(_batches(videos, settings.plan.shard_minutes)):
        key = layout.shard(plan_id, number)
        shards.append(Shard(key, plan_id, holder, lane, generation, batch, minutes, settings.plan.lease_minutes))
        plans.write_shard(store, shards[-1])
    return Plan(plan_id, tuple(shards), len(held), _plans_of(store, set(held) - {""}) if held else ())


def changed(store: Store, settings: Settings, shard: Shard, stage: str) -> list[str]:
    """Settings of a stage that a shard's plan has otherwise than the settings in force; the plan's are used.

    Returns:
        A sentence's part for each, such as ``embed.best: 5 in the plan, 3 now``.
    """
    planned = pipeline.params_of(generations.read(store, shard.generation), stage).model_dump(mode="json")
    current = pipeline.params_of(settings.pipeline_document(), stage).model_dump(mode="json")
    return [
        f"{stage}.{name}: {value} in the plan, {current[name]} now"
        for name, value in planned.items()
        if value != current[name]
    ]


def finish(store: Store, plan_id: str) -> int:
    """Give back the leases of a plan; returns how many."""
    return sum(
        leases.release(store, f"video/{video_id}", shard.holder)
        for shard in plans.shards(store, plan_id)
        for video_id in shard.videos
    )


def release_all(store: Store) -> int:
    """Give back every lease on videos, for a store on which nothing else is at work; returns how many."""
    return sum(leases.release(store, f"video/{video_id}") for video_id in store.names(f"{layout.LEASES}/video"))


def _plans_of(store: Store, holders: set[str]) -> tuple[str, ...]:
    """The plans in whose name videos are leased, newest first; a holder without a plan stands for itself."""
    found: dict[str, str] = {}
    for plan_id in sorted(store.names(layout.PLANS), key=lambda name: name.rpartition("-")[2], reverse=True):
        if holders <= set(found):
            break
        holder = next((shard.holder for shard in plans.shards(store, plan_id)), None)
        if holder in holders:
            found.setdefault(holder, plan_id)
    return tuple(found.get(holder, holder) for holder in sorted(holders))


def _has_work(
    store: Store, video_id: str, settings: dict[str, Any], generation: int, current: CommitName | None
) -> bool:
    if deny.is_denied(store, video_id):
        return False
    if current is not None and current.generation > generation:
        return False
    states = commits.read(store, current, only=()).head["stages"] if current else {}
    revision = uploads.revision(store, video_id)
    if revision is None:
        return current is None and any(e.stage == DOWNLOAD for e in quarantine.active(store, video_id=video_id))
    wanted = pipeline.chain(settings, revision.digest)
    if any(states.get(stage, {}).get("fingerprint") != name for stage, name in wanted.items()):
        return True
    reasons = {stage: states[stage].get("reason", "") for stage in wanted}
    if any(reason.startswith(NOT_COMPUTED) for reason in reasons.values()):
        return True
    return any(
        reason.startswith("quarantined") and quarantine.find(store, video_id, stage, wanted[stage]) is None
        for stage, reason in reasons.items()
    )


def _damaged(store: Store, current: CommitName) -> bool:
    for stage, state in commits.read(store, current, only=()).head["stages"].items():
        if "reason" in state:
            continue
        try:
            result = results.read(store, stage, current.video_id, state["fingerprint"])
        except StoreError:
            return True
        if result is None or results.verify(store, result):
            return True
    return False


def _minutes(store: Store, video_id: str, cost: float) -> float:
    seconds = uploads.read_upload(store, video_id).get("duration_s") or UNKNOWN_SECONDS
    return float(seconds) * cost / 60


def _batches(videos: list[tuple[str, float]], limit: float) -> Iterator[tuple[tuple[str, ...], float]]:
    """Videos with their predicted minutes, in order, in batches of at least the limit; the rest is the last batch."""
    batch: list[str] = []
    minutes = 0.0
    for video_id, predicted in videos:
        batch.append(video_id)
        minutes += predicted
        if minutes >= limit:
            yield tuple(batch), round(minutes, 3)
            batch, minutes = [], 0.0
    if batch:
        yield tuple(batch), round(minutes, 3)
