"""Source videos that a browser can be given: kept in the store, or still where they were read from."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from facelib.errors import StoreError
from facelib.store import deny, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision

TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
}
"""Content type by suffix, in small letters, of what a browser can play if it knows the codecs."""
FOLDER = "source"
"""First part of the path of a source file at the media server, before the id of its video."""


def playable(store: Store, video_id: str) -> Path | None:
    """The source file of a video on this machine; None where it is not kept, or is another file or kind by now.

    A video that was taken down has none from the moment on at which it is denied.
    """
    try:
        found = _kept(store, video_id)
        path = found.local(store).resolve() if found else None
        # A link may lead to anything, and a file that is read in place may be another one since.
        same = path and path.suffix.lower() in TYPES and path.stat().st_size == (found.size_bytes if found else 0)
        return path if same else None
    except (StoreError, OSError, RuntimeError, ValueError, TypeError):
        return None


def address(store: Store, video_id: str, server: Callable[[], str]) -> str:
    """The address at which a page gets the source file of a video; empty where there is none.

    Args:
        store: that has the video. One in a bucket signs the address; it has none for a file that is not in the bucket,
            which people at other machines could not reach.
        video_id: the video.
        server: gives the base address of a media server, for a store in a folder.
    """
    found = _kept(store, video_id)
    if found is None:
        return ""
    if store.address.startswith("s3://"):
        signed = store.signed_url(found.key, TYPES[PurePosixPath(found.key).suffix.lower()]) if found.key else None
        return signed or ""
    return f"{server().rstrip('/')}/{FOLDER}/{quote(video_id)}" if playable(store, video_id) else ""


def _kept(store: Store, video_id: str) -> Revision | None:
    found = None if deny.is_denied(store, video_id) else uploads.revision(store, video_id)
    kind = PurePosixPath(found.key or found.path).suffix.lower() if found else ""
    return found if found and kind in TYPES and found.exists(store) else None
