"""Write-once files in a bucket of an S3 service.

A file is written by one request on the condition that its key is not there (``If-None-Match: *``). Nothing else keeps
writers apart, so a service that does not honour the condition is refused before anything is written. Requests are tried
again with growing pauses, and a download that breaks off goes on where it was.
"""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from facelib.errors import StoreError
from facelib.store import s3_reads
from facelib.store.backend import Look, free_space, without_credentials
from facelib.store.local_cache import LocalCache
from facelib.store.options import RemoteFolder, StoreOptions
from facelib.store.s3_bucket import Bucket
from facelib.store.s3_probe import PROBE, check_conditional_parts, check_conditional_writes, unfinished, versions
from facelib.store.s3_writes import SINGLE_BYTES, ConditionalWrites, type_of

BATCH = 1000
"""Keys that one request deletes."""

_OPENED = 16
"""Stores that one process keeps open."""

_URL = re.compile(r"s3://([a-z0-9][a-z0-9.\-]{1,61}[a-z0-9])(?:/(.*))?")


def opened(url: str, options: StoreOptions) -> "S3Objects":
    """The files below a URL; the same object for each who asks in one process, because a connection takes a while."""
    return _opened(url, options, os.getpid())


class S3Objects:
    """Files by key below a prefix of a bucket.

    Args:
        url: ``s3://BUCKET`` or ``s3://BUCKET/PREFIX``.
        options: how the service is reached, and where local copies lie.

    Raises:
        StoreError: the URL names no bucket (``bad_root``) or the endpoint is no address (``bad_endpoint``). The bucket
            is looked for at the first use, see :func:`facelib.store.s3_errors.told`.
    """

    def __init__(self, url: str, options: StoreOptions) -> None:
        match = _URL.fullmatch(url)
        path = PurePosixPath(match[2] or "") if match else PurePosixPath()
        if match is None or ".." in path.parts or path.is_absolute():
            hint = "write FACELIB_STORE as s3://BUCKET or s3://BUCKET/PREFIX"
            raise StoreError(f"not the address of a store: {without_credentials(url)}", hint=hint, reason="bad_root")
        prefix = "".join(f"{part}/" for part in path.parts)
        self.address = f"s3://{match[1]}/{prefix}".rstrip("/")
        self.cache = LocalCache(options.cache, f"{options.endpoint} {self.address}", int(options.cache_gb * 1e9))
        self._bucket, self._options = Bucket(match[1], prefix, options), options
        self._checked: set[str] = set()
        self._signed: dict[tuple[str, int], str] = {}

    def put(self, key: str, data: bytes) -> bool:
        """Write once, by one conditional request."""
        with self._writes() as writes:
            return writes.bytes(self._bucket.prefix + key, data)

    def put_file(self, key: str, source: Path, *, move: bool) -> bool:
        """Write a file once; one that is moved stays as the local copy."""
        try:
            large = source.stat().st_size > SINGLE_BYTES
            if large and self.exists(key):
                return False
            with self._writes(large=large) as writes:
                written = writes.file(self._bucket.prefix + key, source)
            head = self._bucket.head(key) if written and move else None
            if head:
                self.cache.add(key, head["ETag"], source)
            return written
        finally:
            if move:
                source.unlink(missing_ok=True)

    def replace(self, key: str, data: bytes) -> None:
        """Put other bytes in place, by one request without a condition."""
        with self._bucket.asked() as client:
            client.put_object(**self._bucket.place(key), Body=data, ContentType=type_of(key))
        self.cache.drop(key)

    def copy(self, key: str, other: str) -> None:
        """A copy that the service makes itself; of large files in parts."""
        with self._bucket.asked() as client:
            client.copy(self._bucket.place(key), **self._bucket.place(other))

    def read(self, key: str) -> bytes:
        """The bytes of a file."""
        return s3_reads.read(self._bucket, key)

    def exists(self, key: str) -> bool:
        """Whether a file has the key."""
        return self._bucket.head(key) is not None

    def size(self, key: str) -> int:
        """In bytes; -1 where there is none."""
        head = self._bucket.head(key)
        return int(head["ContentLength"]) if head else -1

    def identity(self, key: str) -> str:
        """The entity tag: that of a copy is the same, but for large or encrypted files."""
        return str(self._head(key)["ETag"])

    def names(self, folder: str) -> list[str]:
        """Sorted names in a folder, listed page by page."""
        below = f"{folder}/" if folder else ""
        start = len(self._bucket.prefix + below)
        found: set[str] = set()
        for page in self._bucket.pages(below, Delimiter="/"):
            found |= {item["Prefix"][start:-1] for item in page.get("CommonPrefixes", ())}
            found |= {item["Key"][start:] for item in page.get("Contents", ())}
        return sorted(found - {"", PROBE})

    def walk(self, folder: str) -> Iterator[str]:
        """In the order of the keys."""
        start = len(self._bucket.prefix)
        for page in self._bucket.pages(f"{folder}/"):
            yield from (item["Key"][start:] for item in page.get("Contents", ()))

    def remove(self, key: str) -> None:
        """Delete a file, if there is one, and its local copy."""
        with self._bucket.asked() as client:
            client.delete_object(**self._bucket.place(key))
        self.cache.drop(key)

    def remove_tree(self, folder: str) -> None:
        """Delete a folder, a thousand files a request."""
        keys = list(self.walk(folder))
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            objects = [{"Key": self._bucket.prefix + key} for key in batch]
            with self._bucket.asked() as client:
                answer = client.delete_objects(
                    Bucket=self._bucket.name, Delete={"Objects": objects, "Quiet": True}
                )  # fmt: skip
            for failed in answer.get("Errors", ())[:1]:
                raise StoreError(f"cannot delete {failed['Key']}: {failed['Code']}", reason="access_denied")
            for key in batch:
                self.cache.drop(key)

    def remove_stale(self, seconds: float) -> int:
        """Give up files that were begun in parts and not completed for so long."""
        removed, now = 0, datetime.now(UTC)
        with self._bucket.asked() as client:
            for upload in unfinished(client, self._bucket.name, self._bucket.prefix):
                if (now - upload["Initiated"]).total_seconds() > seconds:
                    place = {"Bucket": self._bucket.name, "Key": upload["Key"], "UploadId": upload["UploadId"]}
                    client.abort_multipart_upload(**place)
                    removed += 1
        return removed

    def local(self, key: str) -> Path:
        """The local copy, fetched where there is none of these bytes."""
        while True:
            head = self._bucket.head(key)
            if head is None:
                self.cache.drop(key)
                raise self._bucket.missing(key)
            tag = str(head["ETag"])
            found = self.cache.find(key, tag)
            if found is not None:
                return found
            with self.cache.temporary() as temporary:
                if s3_reads.fetch(self._bucket, key, tag, temporary):
                    return self.cache.add(key, tag, temporary)

    @contextlib.contextmanager
    def making(self, key: str) -> Iterator[Path]:
        """A place on this machine; what is there at the end is written to the bucket."""
        with self.cache.temporary(PurePosixPath(key).suffix) as temporary:
            yield temporary
            if temporary.exists():
                self.remove(key)
                self.put_file(key, temporary, move=True)

    def location(self, key: str) -> str:
        """The file's URL, which names it and opens nothing by itself."""
        return f"s3://{self._bucket.name}/{self._bucket.prefix}{key}"

    def vectors(self, folder: str) -> RemoteFolder:
        """The folder's URL, with what LanceDB needs to open it."""
        with self._bucket.asked():
            return RemoteFolder(self.location(folder), self._bucket.clients.for_lancedb())

    def signed_url(self, key: str, content_type: str) -> str | None:
        """An address that gives the file to whoever has it, for a limited time.

        Within half of that time it stays the same, so that a player that is drawn again does not begin anew.
        """
        seconds = self._options.url_minutes * 60
        now = int(time.time() / (seconds / 2))
        if (key, now) not in self._signed:
            self._signed = {kept: url for kept, url in self._signed.items() if kept[1] == now}
            asked = {**self._bucket.place(key), "ResponseContentType": content_type}
            with self._bucket.errors():
                self._signed[key, now] = self._bucket.clients.for_browsers().generate_presigned_url(
                    "get_object", Params=asked, ExpiresIn=int(seconds)
                )
        return self._signed[key, now]

    def holds(self, path: Path) -> bool:
        """Whether a path lies among the local copies."""
        return path.resolve().is_relative_to(self.cache.folder.resolve())

    def look(self) -> list[Look]:
        """Whether the bucket answers, what it promises, and the space for local copies."""
        found = [free_space(self.cache.folder, f"{self.cache.folder}, the folder of local copies")]
        try:
            with self._writes(large=True), self._bucket.asked() as client:
                begun = unfinished(client, self._bucket.name, self._bucket.prefix)
                found += versions(client, self._bucket.name)
        except StoreError as error:
            return [*found, ("bad", "object storage", str(error))]
        about = f"{len(begun)} files in parts of writers that are at work or died"
        found.append(("note" if begun else "good", "store", about))
        return [
            *found,
            ("good", "object storage", f"{self.address} at {self._bucket.clients.endpoint} writes only once"),
        ]

    @contextlib.contextmanager
    def _writes(self, *, large: bool = False) -> Iterator[ConditionalWrites]:
        """A way to write, once it is known that the service honours the condition; asked once a process."""
        place = (self._bucket.name, self._bucket.prefix + PROBE, self._bucket.clients.endpoint)
        with self._bucket.asked() as client:
            if "single" not in self._checked:
                check_conditional_writes(client, *place)
                self._checked.add("single")
            if large and "parts" not in self._checked:
                check_conditional_parts(client, *place)
                self._checked.add("parts")
            yield ConditionalWrites(client, self._bucket.name)

    def _head(self, key: str) -> dict[str, Any]:
        head = self._bucket.head(key)
        if head is None:
            raise self._bucket.missing(key)
        return head


@lru_cache(maxsize=_OPENED)
def _opened(url: str, options: StoreOptions, process: int) -> S3Objects:
    return S3Objects(url, options)
