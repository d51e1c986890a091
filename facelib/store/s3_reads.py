"""Reads whole files of a bucket; what breaks off goes on where it was."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facelib.store.s3_bucket import Bucket
from facelib.store.s3_errors import ABSENT, TAKEN, code_of

CHUNK = 1 << 20
LONGEST_WAIT_S = 10.0


def read(bucket: Bucket, key: str) -> bytes:
    """The bytes of a file. Raises StoreError when there is none."""
    while True:
        target = io.BytesIO()
        if _receive(bucket, key, target.write, ""):
            return target.getvalue()


def fetch(bucket: Bucket, key: str, tag: str, target: Path) -> bool:
    """Write a file with this entity tag to a path; False when it has another tag by now."""
    with target.open("wb") as file:
        return _receive(bucket, key, file.write, tag)


def _receive(bucket: Bucket, key: str, write: Callable[[bytes], Any], tag: str) -> bool:
    """Hand a file's bytes on; False when it became another one, so that what was handed on is void."""
    from botocore.exceptions import HTTPClientError, IncompleteReadError, ResponseStreamingError

    done, failures = 0, 0
    while True:
        with bucket.asked() as client:
            wanted = {"Range": f"bytes={done}-"} if done else {}
            try:
                answer = client.get_object(**bucket.place(key), **wanted, **({"IfMatch": tag} if tag else {}))
            except client.exceptions.ClientError as error:
                if code_of(error) in ABSENT:
                    raise bucket.missing(key) from error
                if code_of(error) in TAKEN:
                    return False
                raise
            tag = tag or answer["ETag"]
            try:
                for block in answer["Body"].iter_chunks(CHUNK):
                    write(block)
                    done, failures = done + len(block), 0
                return True
            except (HTTPClientError, IncompleteReadError, ResponseStreamingError):
                failures += 1
                if failures >= bucket.options.attempts:
                    raise
        time.sleep(min(0.1 * 2**failures, LONGEST_WAIT_S))
