"""What a store takes on disk, by kind. Counting looks at every file, so the answer is kept for a while."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from facelib.clock import now
from facelib.store import layout
from facelib.store.objects import Store

KINDS = {
    layout.RAW: "downloads",
    layout.MEDIA: "clips and arrays",
    layout.RESULTS: "results of stages",
    layout.COMMITS: "commit records",
    layout.PACKS: "packed commit records",
    layout.CATALOG: "catalogues",
    layout.INDEX: "vector tables",
    layout.SNAPSHOTS: "snapshots",
    layout.VIDEOS: "what is known of uploads",
    layout.PLANS: "plans and manifests",
}
"""What lies below each of these folders; all else is ``other records``."""
OTHER = "other records"
STEP = 2_000
"""Files between two calls of ``progress``."""


@dataclass(frozen=True)
class Use:
    """Files of one kind and their size, bytes. Bytes that two files share count twice."""

    kind: str
    files: int
    size_bytes: int


@dataclass(frozen=True)
class DiskUse:
    """What was counted, the largest first, and when: UTC, ISO 8601."""

    counted: str
    kinds: tuple[Use, ...]


def count(store: Store, progress: Callable[[int], None] = lambda files: None) -> DiskUse:
    """Look at every file.

    Args:
        store: the store.
        progress: called now and then with the files counted so far.
    """
    found = {kind: [0, 0] for kind in (*KINDS.values(), OTHER)}
    done = 0
    for top in store.names():
        for key in store.walk(top):
            kind = next((name for folder, name in KINDS.items() if key.startswith(f"{folder}/")), OTHER)
            size = store.size(key)
            if size < 0:  # gone since it was listed
                continue
            found[kind][0] += 1
            found[kind][1] += size
            done += 1
            if done % STEP == 0:
                progress(done)
    uses = [Use(kind, *numbers) for kind, numbers in found.items() if numbers[0]]
    return DiskUse(now().isoformat(), tuple(sorted(uses, key=lambda use: (-use.size_bytes, use.kind))))


def kept(store: Store, folder: Path) -> DiskUse | None:
    """What was counted last on this machine; None before the first time."""
    try:
        document = json.loads(_path(store, folder).read_text("utf-8"))
        return DiskUse(document["counted"], tuple(Use(**use) for use in document["kinds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(store: Store, folder: Path, use: DiskUse) -> None:
    """Keep what was counted, in the scratch folder of this machine."""
    path = _path(store, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(asdict(use)), "utf-8")
    temporary.replace(path)


def _path(store: Store, folder: Path) -> Path:
    return folder / f"disk_use-{hashlib.sha256(store.address.encode()).hexdigest()[:16]}.json"
