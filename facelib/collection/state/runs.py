"""Runs of the pipeline as their plans and manifests tell: what was to be done, what was, and what failed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from facelib.clock import parse_stamp
from facelib.errors import StoreError
from facelib.store import layout, plans
from facelib.store.objects import Store
from facelib.store.plans import Manifest, Shard

LOOKED_AT = 200
"""Shards that are read to find the run of a failure, the newest first."""


@dataclass(frozen=True)
class Run:
    """One plan.

    Args:
        plan_id: names it.
        started: when it was planned, UTC, ISO 8601.
        lane: daily or backfill.
        holder: in whose name its videos are held: the id of an Airflow run, or of the plan itself.
        shards: how many it has.
        begun: shards of which a stage has left a manifest.
    """

    plan_id: str
    started: str
    lane: str
    holder: str
    shards: int
    begun: int

    @property
    def by_airflow(self) -> bool:
        """Whether a run of Airflow planned it."""
        return self.holder != self.plan_id


@dataclass(frozen=True)
class StageDone:
    """What a stage did in some shards: numbers of videos, time in seconds; ``not_computed`` says why it could not."""

    stage: str
    done: int
    skipped: int
    quarantined: int
    blocked: int
    seconds: float
    not_computed: str
    reasons: dict[str, int]


def plan_ids(store: Store) -> list[str]:
    """All plans, the newest first."""
    return sorted(store.names(layout.PLANS), key=lambda name: name.rpartition("-")[2], reverse=True)


def runs(store: Store, some: Sequence[str]) -> list[Run]:
    """Some plans, in the order given; one whose first shard cannot be read is left out."""
    return [run for run in store.at_once(lambda plan_id: _run(store, plan_id), some) if run]


def _run(store: Store, plan_id: str) -> Run | None:
    folder = f"{layout.PLANS}/{plan_id}"
    names = store.names(folder)
    keys = [name for name in names if name.endswith(".json")]
    first = _shard(store, f"{folder}/{keys[0]}") if keys else None
    if first is None:
        return None
    started = parse_stamp(plan_id.rpartition("-")[2]).isoformat()
    return Run(plan_id, started, first.lane, first.holder, len(keys), len(names) - len(keys))


def shard_keys(store: Store, plan_id: str) -> list[str]:
    """The shards of a plan, by number."""
    folder = f"{layout.PLANS}/{plan_id}"
    return [f"{folder}/{name}" for name in store.names(folder) if name.endswith(".json")]


def shards(store: Store, keys: Sequence[str]) -> list[tuple[Shard, list[Manifest]]]:
    """Some shards, each with the last manifest of each stage."""
    found = store.at_once(lambda key: (_shard(store, key), plans.manifests_of(store, key)), keys)
    return [(shard, _last(manifests)) for shard, manifests in found if shard]


def by_stage(manifests: Iterable[Manifest]) -> list[StageDone]:
    """Manifests in sum, by stage in the order in which they come.

    Example:
        >>> done = by_stage([Manifest("probe", "a", done=2, seconds=1.0), Manifest("probe", "b", done=1, seconds=0.5)])
        >>> [(stage.stage, stage.done, stage.seconds) for stage in done]
        [('probe', 3, 1.5)]
    """
    found: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        found.setdefault(manifest.stage, []).append(manifest)
    return [_sum(stage, some) for stage, some in found.items()]


def runs_of(store: Store, video_ids: Iterable[str]) -> dict[str, Run]:
    """The last run that had each of some videos, among the newest :data:`LOOKED_AT` shards."""
    wanted, found, looked = set(video_ids), dict[str, Run](), 0
    for plan_id in plan_ids(store):
        if not wanted or looked >= LOOKED_AT:
            break
        keys = shard_keys(store, plan_id)[: LOOKED_AT - looked]
        looked += len(keys)
        held = [shard for shard in store.at_once(lambda key: _shard(store, key), keys) if shard]
        here = wanted & {video_id for shard in held for video_id in shard.videos}
        run = _run(store, plan_id) if here else None
        if run:
            found |= dict.fromkeys(here, run)
            wanted -= here
    return found


def _last(manifests: Iterable[Manifest]) -> list[Manifest]:
    return list({manifest.stage: manifest for manifest in manifests}.values())


def _sum(stage: str, some: Sequence[Manifest]) -> StageDone:
    reasons: dict[str, int] = {}
    for manifest in some:
        for reason, number in manifest.quarantine_reasons.items():
            reasons[reason] = reasons.get(reason, 0) + number
    return StageDone(
        stage,
        done=sum(one.done for one in some),
        skipped=sum(one.skipped for one in some),
        quarantined=sum(one.quarantined for one in some),
        blocked=sum(one.blocked for one in some),
        seconds=sum(one.seconds for one in some),
        not_computed=next((one.not_computed for one in some if one.not_computed), ""),
        reasons=dict(sorted(reasons.items())),
    )


def _shard(store: Store, key: str) -> Shard | None:
    """A shard; None where maintenance has removed it since it was listed."""
    try:
        return plans.read_shard(store, key)
    except StoreError as error:
        if error.reason in ("no_shard", "missing"):
            return None
        raise
