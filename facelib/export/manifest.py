"""What a finished export says of itself: the query, the models, the licences and the source of every file."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from facelib.export.options import ExportOptions
from facelib.export.plan import ExportPlan
from facelib.store import documents
from facelib.store.exports_log import ITEMS as ITEMS

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
SCHEMA = 1

_SOURCE = ("clip_id", "video_id", "title", "url", "channel_id", "channel_title", "uploader", "upload_day", "licence")


def item_record(row: Mapping[str, Any], stages: Mapping[str, str], files: Mapping[str, str]) -> dict[str, Any]:
    """The line of one item in :data:`ITEMS`.

    Args:
        row: its row of the plan.
        stages: fingerprint of each result behind it.
        files: sha256 by path of the files of its batch.
    """
    start = float(row["start_s"]) + row["first"] / 25
    return {
        "item_id": row["item_id"],
        "split": row["split"],
        "group": row["group"],
        "person": row.get("person"),
        **{name: row[name] for name in _SOURCE},
        "listed": dict(row.get("listed") or {}),
        "start_s": round(start, 4),
        "end_s": round(start + (row["last"] - row["first"]) / 25, 4),
        "results": dict(stages),
        "files": dict(files),
    }


def write_manifest(
    folder: Path,
    name: str,
    options: ExportOptions,
    plan: ExportPlan,
    records: Sequence[Mapping[str, Any]],
    failures: Mapping[str, str],
    common: Mapping[str, str],
) -> dict[str, Any]:
    """Write the manifest, the list of items and the list of digests, and return the manifest.

    The same export of the same collection gives the same bytes: no times, no paths of this machine.

    Args:
        folder: of the dataset.
        name: of the format.
        options: what was asked for.
        plan: what it was made of.
        records: see :func:`item_record`, in order.
        failures: why an item is not in it, by item id.
        common: sha256 by path of the files of the whole dataset.
    """
    digests = dict(common)
    for record in records:
        digests |= record["files"]
    seconds = dict.fromkeys(sorted({record["split"] for record in records}), 0.0)
    for record in records:
        seconds[record["split"]] += record["end_s"] - record["start_s"]
    splits = Counter(record["split"] for record in records)
    manifest = {
        "schema": SCHEMA,
        "format": name,
        "options": options.model_dump(mode="json"),
        "collection": plan.collection,
        "counts": {
            "items": len(records),
            "failed": len(failures),
            "files": len(digests),
            "videos": len({record["video_id"] for record in records}),
            "groups": len({record["group"] for record in records} - {""}),
            "hours": round(sum(seconds.values()) / 3600, 6),
            "splits": {
                split: {"items": splits[split], "hours": round(seconds[split] / 3600, 6)} for split in seconds if split
            },
        },
        "licences": dict(sorted(Counter(record["licence"] or "unknown" for record in records).items())),
        "failures": dict(sorted(failures.items())),
    }
    (folder / ITEMS).write_bytes(b"".join(documents.encode(record) + b"\n" for record in records))
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))
    (folder / SUMS).write_text(lines, encoding="utf-8")
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return manifest
