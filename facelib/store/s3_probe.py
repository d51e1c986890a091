"""What a bucket promises: tried out, not believed."""

from typing import Any

from facelib.store.backend import Look
from facelib.store.s3_errors import TAKEN, code_of, unsafe
from facelib.store.s3_writes import ConditionalWrites

PROBE = ".probe"
"""The key whose second write has to fail; it is no file of the store."""


def check_conditional_writes(client: Any, bucket: str, key: str, endpoint: str) -> None:
    """Refuse a service that writes over a key though it was told not to.

    Args:
        client: a boto3 client of S3.
        bucket: the bucket.
        key: one that nothing else has; it stays, so that one request is enough the next time.
        endpoint: address of the service, as it may be shown.

    Raises:
        StoreError: it does; reason ``no_conditional_writes``.
    """
    writes = ConditionalWrites(client, bucket)
    if writes.bytes(key, b"") and writes.bytes(key, b""):
        raise unsafe(bucket, endpoint)


def check_conditional_parts(client: Any, bucket: str, key: str, endpoint: str) -> None:
    """The same of a file that is written in parts; the key has to be there."""
    place = {"Bucket": bucket, "Key": key}
    place["UploadId"] = client.create_multipart_upload(**place)["UploadId"]
    try:
        part = client.upload_part(**place, PartNumber=1, Body=b"probe")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        client.complete_multipart_upload(**place, MultipartUpload=parts, IfNoneMatch="*")
    except client.exceptions.ClientError as error:
        if code_of(error) not in TAKEN:
            raise
        client.abort_multipart_upload(**place)
        return
    raise unsafe(bucket, endpoint)


def versions(client: Any, bucket: str) -> list[Look]:
    """Whether the bucket keeps what is deleted, which a takedown cannot reach."""
    try:
        status = client.get_bucket_versioning(Bucket=bucket).get("Status", "Disabled")
    except client.exceptions.ClientError as error:
        return [("note", "bucket versions", f"whether the bucket keeps old versions cannot be seen: {code_of(error)}")]
    if status == "Disabled":
        return [("good", "bucket versions", "the bucket keeps no old versions of what is deleted")]
    told = f"versions of the bucket are {status.lower()}: what a takedown deletes stays as an old version"
    return [("bad", "bucket versions", f"{told}; let old versions expire, see docs/object_storage.md")]


def unfinished(client: Any, bucket: str, prefix: str) -> list[dict[str, Any]]:
    """Files that were begun in parts and not completed: key, upload id, and when."""
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    return [upload for page in pages for upload in page.get("Uploads", ())]
