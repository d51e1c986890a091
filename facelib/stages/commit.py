"""Commit: one record a video that says which results belong together, with the rows that publish needs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from facelib.stages import pipeline
from facelib.stages.base import REJECTS
from facelib.stages.vectors import VECTORS
from facelib.store import commits, deny, documents, generations, plans, quarantine, records, results, uploads
from facelib.store.commits import CommitName
from facelib.store.objects import Store
from facelib.store.plans import Manifest, Shard
from facelib.store.results import Result
from facelib.store.uploads import Revision

COMMIT_REJECTS = pa.schema([pa.field("stage", pa.string()), *REJECTS])
NOT_COMPUTED = "not_computed"
PUBLISHED_TABLES = {stage.name: stage.published for stage in pipeline.PIPELINE if stage.published}
"""Scalar tables that go into a commit record, by stage; per-frame series stay in the results."""


def commit_video(
    store: Store,
    video_id: str,
    settings: dict[str, Any],
    generation: int,
    current: CommitName | None,
    manifests: Sequence[Manifest] = (),
) -> bool:
    """Write a video's commit record. Returns False when the current one says the same, so nothing was written.

    Args:
        store: where results are and commits go.
        video_id: the video.
        settings: a settings generation.
        generation: its number.
        current: the video's current commit.
        manifests: of the stages that were run before: how long each took, and why one could not begin.
    """
    if deny.is_denied(store, video_id):
        return False
    states, found = _states(store, video_id, settings, {m.stage: m.not_computed for m in manifests})
    upload = uploads.read_upload(store, video_id)
    if not any(state.get("reason", "").startswith(NOT_COMPUTED) for state in states.values()):
        uploads.clear_pending(store, upload["upload_day"], video_id)
    last = commits.read(store, current, only=()).head if current else {"stages": {}, "seconds": {}}
    if current and current.generation >= generation and last["stages"] == states:
        return False
    known = {stage: last["seconds"].get(stage) for stage, state in states.items() if last["stages"].get(stage) == state}
    now = {m.stage: m.video_seconds[video_id] for m in manifests if video_id in m.video_seconds}
    head = {
        "stages": states,
        "upload": upload,
        "facts": {stage: result.head["facts"] for stage, result in found.items()},
        "seconds": {stage: (known | now).get(stage) for stage in found},
        "media": {stage: result.head["media"] for stage, result in found.items()},
        "provenance": _provenance(uploads.revision(store, video_id), found),
    }
    settled = "" if any("reason" in state for state in states.values()) else pipeline.digest(settings)
    written = commits.write(
        store, video_id=video_id, generation=generation, head=head, tables=_tables(found), settled=settled
    )
    if deny.is_denied(store, video_id):  # it came onto the list after a takedown's last look
        store.remove(written.key)
        return False
    return True


def commit_shard(store: Store, shard: Shard) -> dict[str, int]:
    """Commit every video of a shard, whatever became of its stages."""
    settings = generations.read(store, shard.generation)
    newest = commits.current_of(store, frozenset(shard.videos))
    ran = plans.manifests_of(store, shard.key)
    written = sum(commit_video(store, v, settings, shard.generation, newest.get(v), ran) for v in shard.videos)
    return {"committed": written, "unchanged": len(shard.videos) - written}


def _states(
    store: Store, video_id: str, settings: dict[str, Any], why_not: Mapping[str, str]
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
        kind = pipeline.stage_class(stage)
        blocking = [b for b in kind.reads(pipeline.params_of(settings, stage)) if "reason" in states[b]]
        if entry:
            states[stage]["reason"] = f"quarantined: {entry.reason}"
        elif blocking:
            states[stage]["reason"] = states[blocking[0]]["reason"].replace("quarantined", f"after {blocking[0]}")
        else:
            states[stage]["reason"] = ": ".join(filter(None, [NOT_COMPUTED, why_not.get(stage, "")]))
    return states, found


def _provenance(revision: Revision | None, found: dict[str, Result]) -> dict[str, Any]:
    """From which bytes, by what versions, parameters and weights; a result that does not note them has unknown ones."""
    source = {name: getattr(revision, name) for name in ("digest", "size_bytes", "fetched")} if revision else {}
    stages = {}
    for stage, result in found.items():
        head = result.head
        stages[stage] = {
            "version": head.get("version"),
            "params": documents.digest(head.get("params", {})),
            "weights": head.get("weights", dict.fromkeys(head.get("models", []), "unknown")),
        }
    return {"source": source, "stages": stages}


def _tables(found: dict[str, Result]) -> dict[str, pa.Table]:
    tables: dict[str, pa.Table] = {}
    for stage, names in PUBLISHED_TABLES.items():
        for name in names:
            schema = pipeline.stage_class(stage).tables[name]
            tables[name] = found[stage].tables[name] if stage in found else schema.empty_table()
    rejects = [{"stage": stage, **row} for stage, result in found.items() for row in result.rows("rejects")]
    tables["rejects"] = records.table(rejects, COMMIT_REJECTS)
    vectors = [result.tables["vectors"] for result in found.values() if "vectors" in result.tables]
    tables["vectors"] = pa.concat_tables([VECTORS.empty_table(), *vectors])
    return tables
