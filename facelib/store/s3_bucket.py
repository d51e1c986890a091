"""One prefix of one bucket: its keys, its errors in words, and what is there."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from facelib.errors import StoreError
from facelib.store.options import StoreOptions
from facelib.store.s3_client import S3Client
from facelib.store.s3_errors import ABSENT, code_of, told

PAGE = 1000
"""Names that one request lists; no service gives more."""


class Bucket:
    """A prefix of a bucket.

    Args:
        name: of the bucket.
        prefix: empty, or with a slash at its end.
        options: how the service is reached.
    """

    def __init__(self, name: str, prefix: str, options: StoreOptions) -> None:
        self.name, self.prefix, self.options = name, prefix, options
        self.clients = S3Client(options)
        self._known, self._lock = False, threading.Lock()

    @contextlib.contextmanager
    def asked(self) -> Iterator[Any]:
        """A client for some requests, whose errors are told in words."""
        with self.errors():
            client = self.clients.get()
            if not self._known:
                with self._lock:
                    # A HEAD of a key has no body that could tell a missing bucket or right from a missing key.
                    client.list_objects_v2(Bucket=self.name, Prefix=self.prefix, MaxKeys=1)
                    self._known = True
            yield client

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Tell in words what goes wrong with the service or the way to it."""
        with told(self.name, self.clients.endpoint):
            yield

    def place(self, key: str) -> dict[str, str]:
        """How requests name a key of the store."""
        return {"Bucket": self.name, "Key": self.prefix + key}

    def head(self, key: str) -> dict[str, Any] | None:
        """Size, entity tag and the like of a key; None where there is none."""
        with self.asked() as client:
            try:
                found: dict[str, Any] = client.head_object(**self.place(key))
            except client.exceptions.ClientError as error:
                if code_of(error) in ABSENT:
                    return None
                raise
            return found

    def pages(self, folder: str, **more: str) -> Iterator[dict[str, Any]]:
        """The listing below a folder, at most a thousand names at a time."""
        with self.asked() as client:
            pages = client.get_paginator("list_objects_v2")
            size = {"PageSize": PAGE}
            yield from pages.paginate(
                Bucket=self.name, Prefix=self.prefix + folder, PaginationConfig=size, **more
            )  # fmt: skip

    def missing(self, key: str) -> StoreError:
        """There is no such file."""
        return StoreError(
            f"not in the store: {key}", hint=f"the store is s3://{self.name}/{self.prefix}", reason="missing"
        )
