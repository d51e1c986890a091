"""Conditional writes to a bucket: of any number of writers of one key exactly one wins, and each gets to know.

An answer may get lost on its way, and the request that is sent again then finds the key taken, by itself. Every write
therefore leaves a mark of its own with the file, which tells whose it is.
"""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from facelib.store.s3_errors import ABSENT, CONFLICT, NO_UPLOAD, TAKEN, code_of

SINGLE_BYTES = 64 << 20
"""Larger files are written in parts of this size, or larger ones for files that would have too many."""
MOST_PARTS = 9_000
AT_ONCE = 4
"""Parts of one file that are sent at a time."""
WAITS_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Between tries while another write of the same key is under way, s."""
MARK = "writer"
TYPES = {
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".wav": "audio/wav",
    ".json": "application/json",
    ".toml": "application/toml",
}


class ConditionalWrites:
    """Writes keys of one bucket that are not there.

    Args:
        client: a boto3 client of S3.
        bucket: the bucket.
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def bytes(self, key: str, data: bytes) -> bool:
        """Write some bytes; False when the key is taken."""
        return self._settled(lambda mark: self._single(key, data, mark), key)

    def file(self, key: str, source: Path) -> bool:
        """Write a file; False when the key is taken."""
        if source.stat().st_size > SINGLE_BYTES:
            return self._settled(lambda mark: self._parts(key, source, mark), key)
        with source.open("rb") as body:
            return self._settled(lambda mark: self._single(key, body, mark), key)

    def _settled(self, write: Callable[[str], None], key: str) -> bool:
        from botocore.exceptions import ClientError

        mark = uuid.uuid4().hex
        for wait in (*WAITS_S, None):
            try:
                write(mark)
                return True
            except ClientError as error:
                code = code_of(error)
                if code in TAKEN | NO_UPLOAD:
                    # Without a second try nobody but another writer can have been first.
                    again = wait != WAITS_S[0] or error.response["ResponseMetadata"].get("RetryAttempts", 1)
                    if again and self._is_mine(key, mark):
                        return True
                    if code in TAKEN:
                        return False
                if code not in CONFLICT or wait is None:
                    raise
            time.sleep(wait)
        raise AssertionError("unreachable")

    def _is_mine(self, key: str, mark: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            found = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) in ABSENT:
                return False
            raise
        return bool(found["Metadata"].get(MARK) == mark)

    def _single(self, key: str, body: Any, mark: str) -> None:
        if not isinstance(body, bytes):
            body.seek(0)
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*", Metadata={MARK: mark}, ContentType=type_of(key)
        )

    def _parts(self, key: str, source: Path, mark: str) -> None:
        """In parts, of which nobody sees anything before the last is there."""
        place = {"Bucket": self._bucket, "Key": key}
        begun = self._client.create_multipart_upload(**place, Metadata={MARK: mark}, ContentType=type_of(key))
        place["UploadId"] = begun["UploadId"]
        size = source.stat().st_size
        step = max(SINGLE_BYTES, -(-size // MOST_PARTS))

        def send(number: int) -> dict[str, Any]:
            with source.open("rb") as file:
                file.seek((number - 1) * step)
                sent = self._client.upload_part(**place, PartNumber=number, Body=file.read(step))
            return {"PartNumber": number, "ETag": sent["ETag"]}

        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                parts = list(pool.map(send, range(1, -(-size // step) + 1)))
            self._client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
        except BaseException:
            self._abort(place)
            raise

    def _abort(self, place: dict[str, str]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.abort_multipart_upload(**place)
        except (BotoCoreError, ClientError):
            return  # what stays behind is found by `remove_stale`, and told by 'facelib doctor'


def type_of(key: str) -> str:
    """The content type of a key, for browsers that get a file from the bucket itself."""
    return next((kind for suffix, kind in TYPES.items() if key.endswith(suffix)), "application/octet-stream")
