"""The rows of the catalogue that a commit record stands for."""

from typing import Any

from facelib.catalog.measures import MEASURES
from facelib.store.commits import CommitName
from facelib.store.records import Record

Rows = dict[str, list[dict[str, Any]]]


def vector_table(task: str, model: str, digest: str) -> str:
    """The name of the vector table of a model: vectors of different models never mix.

    >>> vector_table("identity", "dlib_resnet", "ab" * 32)
    'identity_dlib_resnet_abababababab'
    """
    return f"{task}_{model}_{digest[:12]}"


def upload_row(upload: dict[str, Any]) -> dict[str, Any]:
    """An upload as the store knows it, as a row of ``uploads``."""
    names = ("video_id", "extractor", "url", "title", "channel_id", "channel_title", "upload_day", "duration_s")
    return {name: upload.get(name) for name in (*names, "licence", "uploader", "first_seen")}


def commit_rows(name: CommitName, record: Record) -> Rows:
    """All rows of a commit record, by table; vectors come without the vector itself."""
    head, video_id = record.head, name.video_id
    clips = record.rows("clips")
    files = {item["name"]: item["key"] for items in head["media"].values() for item in items}
    rows: Rows = {table: [{"video_id": video_id, **row} for row in record.rows(table)] for table in ("shots", "tracks")}
    for table in MEASURES:
        if table in record.tables:
            rows[table] = [{"video_id": video_id, **row} for row in record.rows(table)]
    rows["rejects"] = [{"video_id": video_id, **row} for row in record.rows("rejects")]
    rows["clips"] = [{"video_id": video_id, **row, "media_key": files[f"{row['clip_id']}.mp4"]} for row in clips]
    rows["vectors"] = [
        {
            "clip_id": row["clip_id"],
            "video_id": video_id,
            "vector_table": vector_table(row["task"], row["model"], row["digest"]),
            "n_faces": row["n_faces"],
            "spread": row["spread"],
        }
        for row in record.rows("vectors")
    ]
    rows["stages"] = [
        {
            "video_id": video_id,
            "stage": stage,
            "fingerprint": state.get("fingerprint", ""),
            "reason": state.get("reason", ""),
            "seconds": head["seconds"].get(stage),
            **_made_with(head, stage),
        }
        for stage, state in head["stages"].items()
    ]
    rows["videos"] = [_video_row(name, head)]
    return rows


def _video_row(name: CommitName, head: dict[str, Any]) -> dict[str, Any]:
    probe, detect = head["facts"].get("probe", {}), head["facts"].get("detect", {})
    source = head.get("provenance", {}).get("source", {})
    columns = ("duration_s", "width", "height", "fps", "video_codec", "has_audio")
    return {
        "video_id": name.video_id,
        "generation": name.generation,
        "committed": head["committed"],
        "commit_key": name.key,
        **{column: probe.get(column) for column in columns},
        "n_frames": detect.get("n_frames"),
        "decode_errors": detect.get("decode_errors"),
        "source_digest": source.get("digest"),
        "fetched": source.get("fetched"),
    }


def _made_with(head: dict[str, Any], stage: str) -> dict[str, Any]:
    made = head.get("provenance", {}).get("stages", {}).get(stage, {})
    weights = " ".join(f"{model}={digest}" for model, digest in sorted(made.get("weights", {}).items()))
    return {"version": made.get("version"), "params": made.get("params"), "weights": weights}
