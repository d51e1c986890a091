"""The deny list: ids that must never come back. For faces that must not, see :mod:`facelib.store.blocked_faces`."""

from facelib.clock import now
from facelib.store import documents, layout
from facelib.store.objects import Store


def add(store: Store, video_id: str, reason: str) -> None:
    """Hold a video out for good."""
    store.put(layout.deny(video_id), documents.encode({"reason": reason, "since": now().isoformat()}))


def is_denied(store: Store, video_id: str) -> bool:
    """Whether a video is held out; asked at crawl, plan, before each write, publish and rebuild."""
    return store.exists(layout.deny(video_id))


def denied(store: Store) -> frozenset[str]:
    """All ids that are held out."""
    return frozenset(name.removesuffix(".json") for name in store.names(layout.DENY) if name.endswith(".json"))
