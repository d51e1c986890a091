"""How a store on object storage is reached, and where copies of its files lie on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class StoreOptions:
    """What a store needs to know beside its root; a folder needs none of it.

    Credentials are no part of it: they come from where every AWS client looks for them, in each process anew.

    Args:
        endpoint: address of the S3 service; empty for the one that the AWS variables name, or Amazon's.
        public_endpoint: the same service as browsers reach it; empty where that is the same address.
        cache: folder of local copies.
        cache_gb: about how large it may grow, GB.
        url_minutes: how long a signed address of a media file works, min.
        attempts: times that a request is tried before the store is said to be unreachable.
    """

    endpoint: str = ""
    public_endpoint: str = ""
    cache: Path = Path("data/scratch/cache")
    cache_gb: float = 20.0
    url_minutes: float = 60.0
    attempts: int = 8


@dataclass(frozen=True)
class RemoteFolder:
    """A folder of vector tables on object storage: its address, and how LanceDB opens it."""

    uri: str
    options: Mapping[str, str] = field(repr=False, default_factory=dict)


VectorFolder = Path | RemoteFolder
"""Where vector tables lie."""
