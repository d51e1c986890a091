"""Plan: what is missing or stale for a day, leased and put into shards."""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from facelib.clock import now, stamp
from facelib.errors import StoreError
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.store import generations, layout, leases, plans, uploads
from facelib.store.objects import Store
from facelib.store.plans import Shard
from facelib.work_left import Candidate, candidates, has_work

UNKNOWN_SECONDS = 300.0
"""Predicted length of an upload whose source does not tell its duration."""
_PLAN_ID = re.compile(r"[a-z]+-\d{8}T\d{6}\.\d{6}Z")
PARALLEL = 16
"""Videos that are looked into at once: a lease waits for the disk, or for the object store."""

S = TypeVar("S")
T = TypeVar("T")


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

    def held_lines(self) -> list[str]:
        """A sentence for each plan that holds videos with work left, with the way on."""
        return [
            f"videos with work left are held by {holder}; if nothing works on it: facelib finish --plan {holder}"
            for holder in self.held_by
        ]

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
    cost = max(s.predicted(pipeline.params_of(document, s.name)) for s in pipeline.active(document))

    def claim(candidate: Candidate) -> tuple[str, float] | str | None:
        video_id = candidate.video_id
        if not has_work(store, candidate, document, generation, verify=verify):
            return None
        if leases.take(store, f"video/{video_id}", holder, minutes=settings.plan.lease_minutes):
            return video_id, _minutes(store, video_id, cost)
        return leases.held(store, f"video/{video_id}") or ""

    for claimed in _in_parallel(claim, candidates(store, days, document, generation, every=verify)):
        if isinstance(claimed, str):
            held.append(claimed)
        elif claimed:
            videos.append(claimed)
    shards = []
    for number, (batch, minutes) in enumerate(batches(videos, settings.plan.shard_minutes)):
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
    """Give back the leases of a plan; returns how many.

    Raises:
        StoreError: there is no such plan; reason ``no_plan``. One that had nothing to do left no shard, and is known by
            the form of its id alone.
    """
    if not plans.shards(store, plan_id) and not _PLAN_ID.fullmatch(plan_id):
        raise StoreError(f"there is no plan {plan_id!r}", hint="'facelib plan' prints its id", reason="no_plan")
    leased = [(video_id, shard.holder) for shard in plans.shards(store, plan_id) for video_id in shard.videos]
    return sum(_in_parallel(lambda one: leases.release(store, f"video/{one[0]}", one[1]), leased))


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


def _minutes(store: Store, video_id: str, cost: float) -> float:
    seconds = uploads.read_upload(store, video_id).get("duration_s") or UNKNOWN_SECONDS
    return float(seconds) * cost / 60


def _in_parallel(work: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
    """Results in the order of the items. Each waits for the store, not for this machine; memory does not grow."""
    source = iter(items)
    with ThreadPoolExecutor(PARALLEL) as pool:
        while some := list(islice(source, PARALLEL * 32)):
            yield from pool.map(work, some)


def batches(videos: Iterable[tuple[str, float]], limit: float) -> Iterator[tuple[tuple[str, ...], float]]:
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
