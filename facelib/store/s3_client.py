"""The connection to an S3 service: address, credentials, retries, time limits; and the same for LanceDB."""

import os
import threading
from typing import Any
from urllib.parse import SplitResult, urlsplit

from facelib.errors import StoreError
from facelib.store.backend import without_credentials
from facelib.store.options import StoreOptions
from facelib.store.s3_errors import connecting

CONNECT_S, READ_S = 10, 60
"""How long a connection and each block of an answer may take, s."""
CONNECTIONS = 32
EXPIRING = frozenset({"iam-role", "container-role", "assume-role-with-web-identity"})
"""Ways to credentials that are renewed by themselves, and that LanceDB can go too."""


class S3Client:
    """Clients of one service, made once for each process: a client must not be shared with a fork.

    Args:
        options: the endpoint and how often a request is tried.

    Raises:
        StoreError: the endpoint is no address; reason ``bad_endpoint``.
    """

    def __init__(self, options: StoreOptions) -> None:
        self._options, self._lock = options, threading.Lock()
        self._made: dict[tuple[int, str], Any] = {}
        for endpoint in (options.endpoint, options.public_endpoint):
            parts = urlsplit(endpoint)
            if endpoint and not _is_address(parts):
                raise StoreError(
                    f"no address of an object storage: {parts.hostname or without_credentials(endpoint)}",
                    hint="write FACELIB_S3_ENDPOINT as https://HOST or http://HOST:PORT, without a name or password",
                    reason="bad_endpoint",
                )

    def get(self) -> Any:
        """The boto3 client of this process."""
        return self._client(self._options.endpoint)

    def for_browsers(self) -> Any:
        """One whose signed addresses a browser can reach."""
        return self._client(self._options.public_endpoint or self._options.endpoint)

    @property
    def endpoint(self) -> str:
        """The address of the service, as it may be shown."""
        parts = urlsplit(str(self.get().meta.endpoint_url))
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

    def _client(self, endpoint: str) -> Any:
        with self._lock:
            name = (os.getpid(), endpoint)
            if name not in self._made:
                self._made[name] = self._make(endpoint)
            return self._made[name]

    def _make(self, endpoint: str) -> Any:
        boto3()
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            max_pool_connections=CONNECTIONS,
            retries={"mode": "standard", "total_max_attempts": self._options.attempts},
            signature_version="s3v4",
            # Checksums that nobody asked for are refused by several services that speak S3.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        with connecting():
            session = _session()
            return session.client("s3", region_name=_region(session), endpoint_url=endpoint or None, config=config)

    def for_lancedb(self) -> dict[str, str]:
        """The same service and credentials as LanceDB's ``storage_options``.

        Credentials that expire are left out where LanceDB renews them itself; others that expire are those of now.
        """
        session, url = _session(), str(self.get().meta.endpoint_url)
        options = {"aws_region": _region(session)}
        if not (urlsplit(url).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")):
            options |= {"aws_endpoint": url, "allow_http": str(url.startswith("http://")).lower()}
        credentials = session.get_credentials()
        if credentials is not None and credentials.method not in EXPIRING:
            now = credentials.get_frozen_credentials()
            options |= {"aws_access_key_id": now.access_key, "aws_secret_access_key": now.secret_key}
            options |= {"aws_session_token": now.token} if now.token else {}
        return options


def _is_address(parts: SplitResult) -> bool:
    try:
        parts.port  # noqa: B018 - it is read here
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username


def _session() -> Any:
    return boto3().session.Session()


def _region(session: Any) -> str:
    return os.environ.get("AWS_REGION") or session.region_name or "us-east-1"


def boto3() -> Any:
    """The package. Raises StoreError where it is not installed; reason ``needs_extra``."""
    try:
        import boto3 as package
    except ModuleNotFoundError as error:
        raise StoreError(
            "object storage needs the package boto3", hint="pip install 'facelib[s3]'", reason="needs_extra"
        ) from error
    return package
