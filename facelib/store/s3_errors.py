"""What an S3 service, or the way to it, can answer: in sentences that name the setting and hold no credential."""

import contextlib
from collections.abc import Iterator
from typing import Any

from facelib.errors import StoreError

TAKEN = frozenset({"PreconditionFailed", "412", "304"})
"""A conditional write came second; some services answer as to a conditional read."""
CONFLICT = frozenset({"ConditionalRequestConflict", "OperationAborted", "409"})
"""Two conditional writes met; whoever asks again gets to know."""
ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
NO_UPLOAD = frozenset({"NoSuchUpload"})
UNSUPPORTED = frozenset({"NotImplemented", "501"})

CREDENTIALS = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine or its service account a role"
)
RIGHTS = (
    "it takes s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and "
    "s3:ListBucketMultipartUploads"
)
_REFUSED = {
    "InvalidAccessKeyId": "does not know the access key",
    "SignatureDoesNotMatch": "does not accept the secret key",
    "ExpiredToken": "says that the credentials have expired",
    "InvalidToken": "does not accept the session token",
    "TokenRefreshRequired": "says that the credentials have expired",
}
_ELSEWHERE = frozenset(
    {"PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
)


def code_of(error: Any) -> str:
    """The code of a ``ClientError``; of an answer without a body the HTTP status."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def told(bucket: str, endpoint: str) -> Iterator[None]:
    """Put what boto3 raises into words.

    Args:
        bucket: the bucket that is asked.
        endpoint: address of the service, as it may be shown.

    Raises:
        StoreError: ``no_bucket``, ``no_credentials``, ``bad_credentials``, ``access_denied``, ``wrong_region``,
            ``store_unreachable``, or ``store_error`` for any other answer. All of them end a run and are held against
            no video, see :mod:`facelib.machine_faults`.
    """
    from botocore import exceptions
    from urllib3.exceptions import HTTPError

    try:
        yield
    except exceptions.ClientError as error:
        raise _answered(error, bucket, endpoint) from error
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
    ) as e:
        message = f"there are no credentials for the object storage at {endpoint}"
        raise StoreError(message, hint=CREDENTIALS, reason="no_credentials") from e
    except exceptions.SSLError as error:
        raise StoreError(
            f"the object storage at {endpoint} cannot be reached: it speaks no TLS, or its certificate is not trusted",
            hint="write http:// where it has no TLS; AWS_CA_BUNDLE names a file of the authority that signed for it",
            reason="store_unreachable",
        ) from error
    except (
        exceptions.ConnectionError,
        exceptions.HTTPClientError,
        exceptions.IncompleteReadError,
        exceptions.ResponseStreamingError,
        HTTPError,
    ) as e:
        raise StoreError(
            f"the object storage at {endpoint} cannot be reached: {type(e).__name__}",
            hint="check the network, and FACELIB_S3_ENDPOINT or AWS_ENDPOINT_URL",
            reason="store_unreachable",
        ) from e
    except exceptions.BotoCoreError as error:
        raise StoreError(f"object storage at {endpoint}: {error}", reason="store_error") from error


@contextlib.contextmanager
def connecting() -> Iterator[None]:
    """Put into words what is wrong with the AWS variables and files before any request is sent.

    Raises:
        StoreError: ``no_credentials``, ``wrong_region``, ``bad_endpoint``, or ``store_error`` for anything else.
    """
    from botocore import exceptions

    try:
        yield
    except (
        exceptions.ProfileNotFound,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
    ) as error:
        raise StoreError(f"object storage: {error}", hint=CREDENTIALS, reason="no_credentials") from error
    except exceptions.InvalidRegionError as error:
        hint = "set AWS_REGION to the bucket's region"
        raise StoreError(
            "AWS_REGION, or the profile's, is no name of a region", hint=hint, reason="wrong_region"
        ) from error
    except exceptions.BotoCoreError as error:
        raise StoreError(f"object storage: {error}", reason="store_error") from error
    except ValueError as error:
        # It may hold a password, so it is not shown.
        raise StoreError(
            "AWS_ENDPOINT_URL, or the profile's, is no address of an object storage",
            hint="write it as https://HOST or http://HOST:PORT, or set FACELIB_S3_ENDPOINT",
            reason="bad_endpoint",
        ) from error


def _answered(error: Any, bucket: str, endpoint: str) -> StoreError:
    code, status = code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "NoSuchBucket":
        return StoreError(
            f"there is no bucket {bucket!r} at {endpoint}",
            hint="make it, or set FACELIB_STORE to s3://BUCKET/PREFIX of one that there is",
            reason="no_bucket",
        )
    if code in _REFUSED:
        return StoreError(
            f"the object storage at {endpoint} {_REFUSED[code]}", hint=CREDENTIALS, reason="bad_credentials"
        )
    if code in _ELSEWHERE:
        hint = "set AWS_REGION to the bucket's region"
        return StoreError(f"the bucket {bucket!r} lies in another region", hint=hint, reason="wrong_region")
    if code in ("AccessDenied", "Forbidden", "403", "AllAccessDisabled", "AccountProblem"):
        return StoreError(
            f"{error.operation_name} is denied in the bucket {bucket!r} at {endpoint}",
            hint=RIGHTS,
            reason="access_denied",
        )
    if code in UNSUPPORTED:
        return unsafe(bucket, endpoint)
    if status >= 500 or code in ("SlowDown", "RequestTimeout", "ServiceUnavailable", "InternalError"):
        message = f"the object storage at {endpoint} does not answer: {code}"
        return StoreError(message, hint="try again later; it was tried several times", reason="store_unreachable")
    return StoreError(
        f"the object storage at {endpoint} refuses {error.operation_name}: {code}",
        hint="look whether FACELIB_S3_ENDPOINT or AWS_ENDPOINT_URL is the address of an S3 service, and into its log",
        reason="store_error",
    )


def unsafe(bucket: str, endpoint: str) -> StoreError:
    """A service on which two writers could overwrite each other is no store."""
    return StoreError(
        f"the object storage at {endpoint} writes over a file of the bucket {bucket!r} though it was told not to",
        hint="take a service that honours If-None-Match, see docs/object_storage.md",
        reason="no_conditional_writes",
    )
