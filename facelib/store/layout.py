"""Where everything lies below the store's root. No other file spells a key."""

from datetime import datetime

from facelib.clock import stamp

GENERATIONS = "generations"
CHANNELS = "channels"
VIDEOS = "videos"
DAYS = "days"
PENDING = "pending"
RAW = "raw"
RESULTS = "results"
MEDIA = "media"
MARKERS = "markers"
QUARANTINE = "quarantine"
COMMITS = "log/commits"
PACKS = "packs/commits"
CRAWLS = "log/crawls"
DOWNLOADS = "log/downloads"
DECISIONS = "log/decisions"
PEOPLE = "log/people"
DENY = "deny"
BLOCKED_FACES = "deny/faces"
LEASES = "leases"
SNAPSHOTS = "snapshots"
TAKEDOWNS = "takedowns"
EXPORTS = "log/exports"
SOURCE_CHECKS = "log/source_checks"
PLANS = "plans"
PUBLISHED = "published"
RULES = "rules"
CATALOG = "derived/catalog"
INDEX = "derived/index"


def generation(number: int) -> str:
    """The pipeline settings in force from one point in time on."""
    return f"{GENERATIONS}/{number:06d}.json"


def crawl(day: str, moment: datetime, channel_id: str) -> str:
    """One listing of one channel."""
    return f"{CRAWLS}/{day}/{stamp(moment)}_{channel_id}.json"


def channel_listing(channel_id: str, moment: datetime) -> str:
    """A pointer to the newest listings of a channel."""
    return f"{CHANNELS}/{channel_id}/{stamp(moment)}.json"


def upload(video_id: str) -> str:
    """The first sighting of an upload."""
    return f"{VIDEOS}/{video_id}/upload.json"


def resolved(video_id: str) -> str:
    """The upload's day, decided once and for all, and what was learned at download."""
    return f"{VIDEOS}/{video_id}/resolved.json"


def revision(video_id: str, number: int) -> str:
    """A revision of the source: digest, size, where its bytes are."""
    return f"{VIDEOS}/{video_id}/revision-{number:03d}.json"


def day(upload_day: str, video_id: str) -> str:
    """An entry of the list of uploads by day."""
    return f"{DAYS}/{upload_day}/{video_id}"


def attempts(video_id: str) -> str:
    """The folder of an upload's downloads, successful or not."""
    return f"{VIDEOS}/{video_id}/attempts"


def attempt(video_id: str, moment: datetime) -> str:
    """One try to download an upload, successful or not."""
    return f"{attempts(video_id)}/{stamp(moment)}.json"


def download_entry(day_: str, moment: datetime, video_id: str) -> str:
    """The entry of one try in the log of all; empty, its name says it all."""
    return f"{DOWNLOADS}/{day_}/{stamp(moment)}_{video_id}"


def downloaded_video(key: str) -> str:
    """The id of the video that an entry of :func:`download_entry` is about."""
    return key.rsplit("/", 1)[-1].split("_", 1)[1]


def information(video_id: str) -> str:
    """What the site says of an upload, complete."""
    return f"{VIDEOS}/{video_id}/info.json"


def captions(video_id: str) -> str:
    """The folder of an upload's caption files."""
    return f"{VIDEOS}/{video_id}/captions"


def pending(upload_day: str, video_id: str) -> str:
    """A downloaded upload that waits for its commit; bookkeeping, cleared by it."""
    return f"{PENDING}/{upload_day}/{video_id}"


def raw(video_id: str, revision_digest: str, suffix: str) -> str:
    """The downloaded bytes."""
    return f"{RAW}/{video_id}/{revision_digest[:16]}{suffix}"


def result(stage: str, video_id: str, fingerprint: str) -> str:
    """A stage's result for a video."""
    return f"{RESULTS}/{stage}/{video_id}/{fingerprint}.parquet"


def media(video_id: str, fingerprint: str, name: str) -> str:
    """A media file or array that belongs to a result."""
    return f"{MEDIA}/{video_id}/{fingerprint}/{name}"


def markers(stage: str, video_id: str, fingerprint: str) -> str:
    """The folder of start markers of one computation."""
    return f"{MARKERS}/{stage}/{video_id}/{fingerprint}"


def quarantine(video_id: str, stage: str, fingerprint: str) -> str:
    """The folder of quarantine entries of one computation."""
    return f"{QUARANTINE}/{video_id}/{stage}/{fingerprint}"


def commit(day_: str, moment: datetime, generation_: int, video_id: str, settled: str = "") -> str:
    """One commit record. Its name tells which of two is the current one, and under which pipeline it is settled."""
    mark = f"g{generation_:06d}" + (f"-{settled}" if settled else "")
    return f"{COMMITS}/{day_}/{stamp(moment)}_{mark}_{video_id}.parquet"


def pack(day_: str, first: datetime, last: datetime, digest: str) -> str:
    """Commit records of one day in one file: those between two times; the digest is of their keys."""
    return f"{PACKS}/{day_}/{stamp(first)}_{stamp(last)}_{digest[:8]}.parquet"


def decision(day_: str, moment: datetime, event_id: str) -> str:
    """One decision event."""
    return f"{DECISIONS}/{day_}/{stamp(moment)}_{event_id}.json"


def people(day_: str, moment: datetime, digest: str) -> str:
    """Which person some clips show, as one publish found out; the digest is of the content."""
    return f"{PEOPLE}/{day_}/{stamp(moment)}_{digest[:16]}.parquet"


def deny(video_id: str) -> str:
    """An entry of the deny list."""
    return f"{DENY}/{video_id}.json"


def blocked_face(takedown_id: str, digest: str) -> str:
    """The face template of a person that was taken down, of one model."""
    return f"{BLOCKED_FACES}/{takedown_id}_{digest[:16]}.json"


def lease(name: str) -> str:
    """The folder of leases on one name."""
    return f"{LEASES}/{name}"


def shard(plan_id: str, number: int) -> str:
    """One shard of a plan."""
    return f"{PLANS}/{plan_id}/shard-{number:05d}.json"


def manifest(shard_key: str, stage: str, moment: datetime, attempt: str = "") -> str:
    """What one stage did on one shard; ``attempt`` is the name of who ran it, such as a pod."""
    return f"{manifests(shard_key)}/{stage}-{stamp(moment)}{attempt_ending(attempt)}"


def attempt_ending(attempt: str) -> str:
    """How the names of the manifests of one attempt end."""
    return f"-{attempt}.json" if attempt else ".json"


def manifests(shard_key: str) -> str:
    """Folder of what the stages did on one shard."""
    return shard_key.removesuffix(".json")


def published(number: int) -> str:
    """One publication: the versions that belong together."""
    return f"{PUBLISHED}/{number:09d}.json"


def rules(number: int) -> str:
    """The rule set in force from one point in time on."""
    return f"{RULES}/{number:06d}.toml"


def catalog(name: str) -> str:
    """One DuckDB file."""
    return f"{CATALOG}/{name}.duckdb"


def index(name: str) -> str:
    """One LanceDB folder."""
    return f"{INDEX}/{name}"


def snapshot(name: str, number: int) -> str:
    """What a snapshot names; the highest number counts, those after the first were written by takedowns."""
    return f"{SNAPSHOTS}/{name}/{number:03d}.json"


def snapshot_catalog(name: str, number: int) -> str:
    """A snapshot's own copy of the catalogue."""
    return f"{SNAPSHOTS}/{name}/{number:03d}.duckdb"


def takedown_begun(takedown_id: str) -> str:
    """What a takedown is to remove."""
    return f"{TAKEDOWNS}/{takedown_id}.begun.json"


def takedown(takedown_id: str) -> str:
    """The audit record of a takedown that is complete."""
    return f"{TAKEDOWNS}/{takedown_id}.json"


def export_entry(day_: str, moment: datetime, digest: str) -> str:
    """One export; the digest is of its folder."""
    return f"{EXPORTS}/{day_}/{stamp(moment)}_{digest[:16]}.json"


def source_check(day_: str, moment: datetime, digest: str) -> str:
    """What some looks at the sources of uploads found; the digest is of the content."""
    return f"{SOURCE_CHECKS}/{day_}/{stamp(moment)}_{digest[:16]}.json"
