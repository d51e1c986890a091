"""Results of stages: one record file each, plus the media files that it lists."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from facelib.digests import digest_file
from facelib.store import layout, records
from facelib.store.objects import Store


@dataclass(frozen=True)
class MediaFile:
    """A media file of a result: its name, key in the store, size and sha256."""

    name: str
    key: str
    size_bytes: int
    digest: str


class LocalMedia(Mapping[str, Path]):
    """Local paths of media files by name; each is fetched when it is asked for, and no other is."""

    def __init__(self, store: Store, files: Iterable[MediaFile]) -> None:
        self._store, self._keys = store, {file.name: file.key for file in files}

    def __getitem__(self, name: str) -> Path:
        return self._store.local(self._keys[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


@dataclass(frozen=True)
class Result:
    """A stage's result for a video, as it lies in the store."""

    stage: str
    video_id: str
    fingerprint: str
    head: dict[str, Any]
    tables: dict[str, pa.Table]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A table as a list of plain rows."""
        rows: list[dict[str, Any]] = self.tables[table].to_pylist()
        return rows

    @property
    def media(self) -> list[MediaFile]:
        """The media files that belong to it."""
        return [MediaFile(**item) for item in self.head["media"]]


def write(
    store: Store,
    *,
    stage: str,
    video_id: str,
    fingerprint: str,
    head: dict[str, Any],
    tables: dict[str, pa.Table],
    media: dict[str, Path],
) -> Result:
    """Write media first and the record last: what has a record is complete.

    The files named in ``media`` are moved into the store. When another writer was first, that writer's files stand.
    """
    listed = []
    for name, path in sorted(media.items()):
        key = layout.media(video_id, fingerprint, name)
        item = {"name": name, "key": key, "size_bytes": path.stat().st_size, "digest": digest_file(path)}
        if not store.put_file(key, path, move=True):
            item["size_bytes"] = store.size(key)
            item["digest"] = digest_file(store.local(key))
        listed.append(item)
    head = {**head, "stage": stage, "video_id": video_id, "fingerprint": fingerprint, "media": listed}
    store.put(layout.result(stage, video_id, fingerprint), records.encode(records.Record(head, tables)))
    return _load(store, stage, video_id, fingerprint)


def read(store: Store, stage: str, video_id: str, fingerprint: str) -> Result | None:
    """A result, or None when it was never computed. Raises StoreError when its file is damaged."""
    found = store.exists(layout.result(stage, video_id, fingerprint))
    return _load(store, stage, video_id, fingerprint) if found else None


def verify(store: Store, result: Result, *, deep: bool = False) -> list[str]:
    """What is wrong with a result's media: missing, other size or, with ``deep``, other bytes. Empty when sound."""
    problems = []
    for file in result.media:
        size = store.size(file.key)
        if size < 0:
            problems.append(f"missing: {file.key}")
        elif size != file.size_bytes:
            problems.append(f"{size} bytes instead of {file.size_bytes}: {file.key}")
        elif deep and digest_file(store.local(file.key)) != file.digest:
            problems.append(f"damaged: {file.key}")
    return problems


def discard(store: Store, stage: str, video_id: str, fingerprint: str) -> None:
    """Remove a result that no longer verifies, or is computed again on request."""
    store.remove(layout.result(stage, video_id, fingerprint))
    store.remove_tree(f"{layout.MEDIA}/{video_id}/{fingerprint}")


def _load(store: Store, stage: str, video_id: str, fingerprint: str) -> Result:
    key = layout.result(stage, video_id, fingerprint)
    record = records.decode(store.read(key), name=key)
    return Result(stage, video_id, fingerprint, record.head, record.tables)
