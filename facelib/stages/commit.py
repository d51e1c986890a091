"""Commit: one record a video that says which results belong together, with the rows that publish needs."""

from typing import Any

import pyarrow as pa

from facelib.stages import pipeline
from facelib.stages.base import REJECTS
from facelib.stages.embed import Embed
from facelib.store import commits, deny, generations, quarantine, records, results, uploads
from facelib.store.commits import CommitName
from facelib.store.objects import Store
from facelib.store.plans import Shard
from facelib.store.results import Result

VECTORS = Embed.tables["vectors"]
COMMIT_REJECTS = pa.schema([pa.field("stage", pa.string()), *REJECTS])
NOT_COMPUTED = "not_computed"
PUBLISHED_TABLES = {"detect": ("shots",), "track": ("tracks", "clips")}
"""Scalar tables that go into a commit record, by stage; per-frame series stay in the results."""


def commit_video(
    store: Store, video_id: str, settings: dict[str, Any], generation: int, current: CommitName | None
) -> bool:
    """Write a video's commit record. Returns False when the current one says the same, so nothing was written."""
    if deny.is_denied(store, video_id):
        return False
    states, found = _states(store, video_id, settings)
    upload = uploads.read_upload(store, video_id)
    if not any(state.get("reason") == NOT_COMPUTED for state in states.values()):
        uploads.clear_pending(store, upload["upload_day"], video_id)
    if current and current.generation >= generation and commits.read(store, current, only=()).head["stages"] == states:
        return False
    head = {
        "stages": states,
        "upload": upload,
        "facts": {stage: result.head["facts"] for stage, result in found.items()},
        "seconds": {stage: result.head["seconds"] for stage, result in found.items()},
        "media": {stage: result.head["media"] for stage, result in found.items()},
    }
    commits.write(store, video_id=video_id, generation=generation, head=head, tables=_tables(found))
    return True


def commit_shard(store: Store, shard: Shard) -> dict[str, int]:
    """Commit every video of a shard, whatever became of its stages."""
    settings = generations.read(store, shard.generation)
    newest = commits.current(commits.all_names(store))
    written = sum(commit_video(store, v, settings, shard.generation, newest.get(v)) for v in shard.videos)
    return {"committed": written, "unchanged": len(shard.videos) - written}


def _states(
    store: Store, video_id: str, settings: dict[str, Any]
) -> tuple[dict[str, dict[str, str]], dict[str, Result]]:
    revision = uploads.revision(store, video_id)
    if revision is None:
        entry = next(iter(quarantine.active(store, video_id=video_id)), None)
        return {"download": {"reason": entry.reason if entry else NOT_COMPUTED}}, {}
    states: dict[str, dict[str, str]] = {}
    found: dict[str, Result] = {}
    for stage, name in pipeline.chain(settings, revision.digest).items():
        states[stage] = {"fingerprint": name}
        result = results.read(store, stage, video_id, name)
        if result:
            found[stage] = result
            continue
        entry = quarantine.find(store, video_id, stage, name)
        blocking = [b for b in pipeline.stage_class(stage).after if "reason" in states[b]]
        if entry:
            states[stage]["reason"] = f"quarantined: {entry.reason}"
        elif blocking:
            states[stage]["reason"] = states[blocking[0]]["reason"].replace("quarantined", f"after {blocking[0]}")
        else:
            states[stage]["reason"] = NOT_COMPUTED
    return states, found


def _tables(found: dict[str, Result]) -> dict[str, pa.Table]:
    tables: dict[str, pa.Table] = {}
    for stage, names in PUBLISHED_TABLES.items():
        for name in names:
            schema = pipeline.stage_class(stage).tables[name]
            tables[name] = found[stage].tables[name] if stage in found else schema.empty_table()
    rejects = [{"stage": stage, **row} for stage, result in found.items() for row in result.rows("rejects")]
    tables["rejects"] = records.table(rejects, COMMIT_REJECTS)
    tables["vectors"] = found["embed"].tables["vectors"] if "embed" in found else VECTORS.empty_table()
    return tables
