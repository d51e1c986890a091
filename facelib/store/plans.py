"""Plans and their shards, and the manifests that stages leave behind."""

from dataclasses import asdict, dataclass, field
from typing import Any

from facelib.clock import now
from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.objects import Store


@dataclass(frozen=True)
class Shard:
    """A batch of videos for one pod.

    Args:
        key: where it lies in the store; also how a command line names it.
        plan_id: the plan it belongs to.
        holder: in whose name its videos are leased.
        lane: ``daily`` or ``backfill``.
        generation: the settings generation that its stages work with.
        videos: ids of the videos.
        predicted_minutes: of the slowest stage.
        lease_minutes: how long a video stays leased once a stage has begun it.
    """

    key: str
    plan_id: str
    holder: str
    lane: str
    generation: int
    videos: tuple[str, ...]
    predicted_minutes: float
    lease_minutes: float


@dataclass
class Manifest:
    """What one stage did on one shard. Times are seconds. ``not_computed`` says why it could not begin, if so.

    ``attempt`` is the name of who ran it, such as a pod; empty where nobody asked for one. ``video_seconds`` has the
    time of each video that was computed: it differs from run to run, and so is no part of a result.
    """

    stage: str
    shard: str
    done: int = 0
    skipped: int = 0
    quarantined: int = 0
    blocked: int = 0
    seconds: float = 0.0
    media_seconds: float = 0.0
    rejects: dict[str, int] = field(default_factory=dict)
    quarantine_reasons: dict[str, int] = field(default_factory=dict)
    not_computed: str = ""
    attempt: str = ""
    video_seconds: dict[str, float] = field(default_factory=dict)


def write_shard(store: Store, shard: Shard) -> None:
    """Write a shard."""
    store.put(shard.key, documents.encode(asdict(shard)))


def read_shard(store: Store, key: str) -> Shard:
    """A shard by its key. Raises StoreError when there is none."""
    if not store.exists(key):
        raise StoreError(
            f"there is no shard {key}", hint="'facelib plan' prints the shards that it made", reason="no_shard"
        )
    document: dict[str, Any] = documents.decode(store.read(key))
    return Shard(**{**document, "videos": tuple(document["videos"])})


def shards(store: Store, plan_id: str) -> list[Shard]:
    """The shards of a plan."""
    folder = f"{layout.PLANS}/{plan_id}"
    return [read_shard(store, f"{folder}/{name}") for name in store.names(folder) if name.endswith(".json")]


def write_manifest(store: Store, manifest: Manifest) -> None:
    """Write what a stage did; every run of it leaves its own."""
    key = layout.manifest(manifest.shard, manifest.stage, now(), manifest.attempt)
    store.put(key, documents.encode(asdict(manifest)))


def manifest_of(store: Store, shard: str, stage: str, attempt: str) -> Manifest | None:
    """The last manifest that one attempt left; None where it ended before it wrote one."""
    folder, ending = layout.manifests(shard), layout.attempt_ending(attempt)
    names = [name for name in store.names(folder) if name.startswith(f"{stage}-") and name.endswith(ending)]
    return Manifest(**documents.decode(store.read(f"{folder}/{names[-1]}"))) if names else None


def manifests(store: Store) -> list[Manifest]:
    """All manifests of all plans."""
    return [
        manifest
        for plan_id in store.names(layout.PLANS)
        for name in store.names(f"{layout.PLANS}/{plan_id}")
        if not name.endswith(".json")
        for manifest in manifests_of(store, f"{layout.PLANS}/{plan_id}/{name}.json")
    ]


def manifests_of(store: Store, shard: str) -> list[Manifest]:
    """The manifests of a shard, oldest first of each stage."""
    folder = layout.manifests(shard)
    return [Manifest(**documents.decode(store.read(f"{folder}/{name}"))) for name in store.names(folder)]
