"""Why a clip exists and why it was kept: from the channel that showed its upload to the rules that it passed."""

from dataclasses import asdict, dataclass
from typing import Any

from facelib.catalog import schema
from facelib.catalog.measures import MEASURES
from facelib.catalog.reader import Catalog
from facelib.collection.clip.hidden import hidden
from facelib.collection.clip.report import clip_report
from facelib.collection.rules import applied, columns, read
from facelib.curate.rule_sql import FAILED, PASSED, UNKNOWN, Query, check, judgements
from facelib.curate.rules import RuleSet
from facelib.errors import StoreError
from facelib.store import documents, download_log, layout, records, uploads
from facelib.store.objects import Store

NEAR_S = 5.0
"""Rejects are told that begin so long before the clip's track, or before its end and after it, s."""

STATES = {PASSED: "passed", FAILED: "failed", UNKNOWN: "unknown"}
_BY_CLIP = frozenset({"clips", "vectors", "verdicts", "failed_rules", "decisions"})
"""Tables with a column clip_id that are told elsewhere."""


@dataclass(frozen=True)
class Story:
    """All that led to a clip and its verdict.

    Args:
        clip: columns of the clip.
        upload: what the source tells of it, and its day.
        sightings: the channels that showed it, with first and last time, UTC.
        download: time, format and size of the download that counts, with number and sha256 of the source file.
        stages: for each its state, version, digests of parameters and weights, seconds.
        track: the track that it was cut from, and ``passed``: each measure beside its threshold.
        rejects: what was dropped near it.
        measures: what was measured of it: ``table``, ``column``, ``value``, ``meaning``.
        remarks: what has no value, and why.
        vectors: how many faces each of its vectors is of.
        links: rows of other tables that name it, such as duplicates and persons, by table.
        decisions: what people decided of it.
        hidden: what keeps it out of search and export, see :func:`facelib.collection.clip.hidden.hidden`; empty where
            nothing does.
        verdict: keep, the rule set, and ``rules``: each with what was found and wanted; empty before the first publish.
    """

    clip: dict[str, Any]
    upload: dict[str, Any]
    sightings: list[dict[str, Any]]
    download: dict[str, Any]
    stages: list[dict[str, Any]]
    track: dict[str, Any]
    rejects: list[dict[str, Any]]
    measures: list[dict[str, Any]]
    remarks: list[str]
    vectors: list[dict[str, Any]]
    links: dict[str, list[dict[str, Any]]]
    decisions: list[dict[str, Any]]
    hidden: dict[str, Any]
    verdict: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def explain(store: Store, catalog: Catalog, clip_id: str) -> Story:
    """The story of a clip.

    Raises:
        StoreError: there is no such clip in the published collection.
        SettingsError: the rule set of its verdict names a column that this version does not have.
    """
    report = clip_report(catalog, clip_id)
    clip, video_id = report.clip, report.clip["video_id"]
    stages = _stages(store, catalog, video_id)
    return Story(
        clip={name: clip[name] for name in schema.TABLES["clips"]},
        upload=catalog.rows("SELECT * FROM uploads WHERE video_id = ?", [video_id])[0],
        sightings=catalog.rows(
            "SELECT channel_id, channels.title, channels.url, first_listed, sightings.last_listed "
            "FROM sightings LEFT JOIN channels USING (channel_id) WHERE video_id = ? ORDER BY first_listed, channel_id",
            [video_id],
        ),
        download=_download(store, video_id),
        stages=stages,
        track=_track(catalog, clip, stages),
        rejects=_rejects(catalog, clip),
        measures=[asdict(measure) for measure in report.measures if measure.value not in (None, "")],
        remarks=report.remarks(),
        vectors=catalog.rows(
            "SELECT vector_table, n_faces, spread FROM vectors WHERE clip_id = ? ORDER BY 1", [clip_id]
        ),
        links=_links(catalog, clip_id),
        decisions=catalog.rows(
            "SELECT kind, decided_by, decided_at, value FROM decisions WHERE clip_id = ? ORDER BY decided_at", [clip_id]
        ),
        hidden=hidden(catalog, video_id),
        verdict=_verdict(store, catalog, clip_id),
    )


def _download(store: Store, video_id: str) -> dict[str, Any]:
    revision = uploads.revision(store, video_id)
    if revision is None:
        return {}
    got = [t for t in download_log.attempts(store, video_id) if t.state == download_log.DOWNLOADED]
    attempt = asdict(got[-1]) if got else {}
    told = ("ended", "seconds", "host", "format_id", "codec", "height", "width", "wanted_height", "notes")
    return {
        "revision": revision.number,
        "digest": revision.digest,
        "size_bytes": revision.size_bytes,
        "recorded": revision.fetched,
        "place": revision.key or revision.path,
        "still_there": revision.exists(store),
        **{name: attempt[name] for name in told if attempt.get(name) not in (None, "", ())},
    }


def _stages(store: Store, catalog: Catalog, video_id: str) -> list[dict[str, Any]]:
    """The stages in the order of their run, with what the heads of their results tell where they are still there."""
    rows = catalog.rows("SELECT stage, fingerprint, reason, seconds FROM stages WHERE video_id = ?", [video_id])
    found = []
    for row in rows:
        head: dict[str, Any] = {}
        key = layout.result(row["stage"], video_id, row["fingerprint"])
        if not row["reason"] and store.exists(key):
            head = records.decode(store.read(key), name=key, only=()).head
        unknown = dict.fromkeys(head.get("models", []), "unknown")
        found.append(
            {
                **row,
                "version": head.get("version"),
                "params": head.get("params", {}),
                "params_digest": documents.digest(head["params"]) if "params" in head else None,
                "weights": head.get("weights", unknown),
                "media_seconds": head.get("media_seconds"),
                "inputs": list(head.get("inputs", {})),
                "result_there": bool(head),
            }
        )
    return _in_order(found)


def _in_order(stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each after those that it reads; by name among equals."""
    left, done = sorted(stages, key=lambda stage: str(stage["stage"])), list[dict[str, Any]]()
    while left:
        waiting = {stage["stage"] for stage in left}
        ready = [stage for stage in left if not waiting & set(stage["inputs"])] or left
        done += ready
        left = [stage for stage in left if stage not in ready]
    return done


def _track(catalog: Catalog, clip: dict[str, Any], stages: list[dict[str, Any]]) -> dict[str, Any]:
    """The clip's track, and its measures against the thresholds that stage track had."""
    rows = catalog.rows(
        "SELECT * FROM tracks WHERE video_id = ? AND start_frame = ? AND number = ?",
        [clip["video_id"], clip["track_start"], clip["track_number"]],
    )
    if not rows:
        return {}
    track = rows[0]
    limits: dict[str, Any] = next((stage["params"] for stage in stages if stage["stage"] == "track"), {})
    seconds = (track["end_frame"] - track["start_frame"]) / 25
    length = (clip["end_frame"] - clip["start_frame"]) / 25
    measured = [
        ("face side of the track", track["face_side"], "above", limits.get("min_face_side"), "px"),
        ("length of the track", seconds, "at least", limits.get("min_seconds"), "s"),
        ("faces found", track["detections"], "above", limits.get("min_detections"), "detections"),
        ("length of the clip", length, "at least", limits.get("min_seconds"), "s"),
    ]
    names = ("what", "measured", "wanted", "threshold", "unit")
    passed = [dict(zip(names, row, strict=True)) for row in measured if row[3]]
    return {**track, "passed": passed}


def _rejects(catalog: Catalog, clip: dict[str, Any]) -> list[dict[str, Any]]:
    around = round(NEAR_S * 25)
    return catalog.rows(
        "SELECT stage, kind, start_frame, number, reason, measured, threshold, unit FROM rejects "
        "WHERE video_id = ? AND start_frame BETWEEN ? AND ? ORDER BY start_frame, stage, number LIMIT 50",
        [clip["video_id"], min(clip["track_start"], clip["start_frame"]) - around, clip["end_frame"] + around],
    )


def _links(catalog: Catalog, clip_id: str) -> dict[str, list[dict[str, Any]]]:
    """What the tables of curation say of the clip, whichever of its columns names it."""
    found = {}
    for table, described in schema.TABLES.items():
        names = [name for name in described if name.endswith("clip_id") or name == "other_id"]
        if "clip_id" in names and table not in _BY_CLIP and table not in MEASURES and table not in _INNER:
            condition = " OR ".join(f'"{name}" = $1' for name in names)
            rows = catalog.rows(f"SELECT * FROM {table} WHERE {condition} ORDER BY ALL LIMIT 20", [clip_id])  # noqa: S608
            if rows:
                found[table] = rows
    return found


_INNER = frozenset({"compared", "hashes", "sound_words"})
"""Tables that publish works with, and that tell a reader nothing."""


def _verdict(store: Store, catalog: Catalog, clip_id: str) -> dict[str, Any]:
    rows = catalog.rows("SELECT * FROM verdicts WHERE clip_id = ?", [clip_id])
    if not rows:
        return {}
    told, number = rows[0], rows[0]["rule_set_number"]
    try:
        rules = read(store, number)
    except StoreError:
        return {**told, "rules": [], "applied": ""}
    return {**told, "applied": applied(store, number), "rules": judged(catalog, rules, clip_id)}


def judged(catalog: Catalog, rules: RuleSet, clip_id: str) -> list[dict[str, Any]]:
    """Each rule of a set on a clip, in order: ``rule``, ``column``, ``found``, ``wanted``, ``unit``, ``state`` in a
    word, and ``note``.

    Raises:
        SettingsError: a rule names a column that there is not, or a value of another kind.
    """
    check(rules, columns())
    query = Query()
    among = f"clips.clip_id = {query.bind(clip_id)}"
    chosen = judgements(query, rules, columns(), among=among)
    found = catalog.rows(
        f"SELECT rule, column_name AS column, found, wanted, unit, state FROM ({chosen}) ORDER BY place",  # noqa: S608
        query.parameters,
    )
    notes = {rule.name: rule.note for rule in rules.rules}
    return [{**row, "state": STATES[row["state"]], "note": notes[row["rule"]]} for row in found]
