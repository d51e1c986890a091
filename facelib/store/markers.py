"""Start markers: how a crash that leaves no exception is noticed.

A marker is written before a video's stage and cleared when the work ends in any orderly way: with a result, with an
exception, or because the process was told to stop. What is left over was killed without warning.
"""

import os
import socket

from facelib.clock import now, stamp
from facelib.store import documents, layout
from facelib.store.objects import Store

CRASHES = 2


class Marker:
    """The start marker of one computation of one (stage, video, fingerprint)."""

    def __init__(self, store: Store, stage: str, video_id: str, fingerprint: str) -> None:
        self._store = store
        self._folder = layout.markers(stage, video_id, fingerprint)
        self._key = ""

    def left_over(self) -> int:
        """How many starts of this computation ended without a word."""
        return len(self._store.names(self._folder))

    def begin(self) -> None:
        """Write the marker."""
        moment = stamp(now())
        self._key = f"{self._folder}/{moment}-{os.getpid()}.json"
        self._store.put(self._key, documents.encode({"host": socket.gethostname(), "started": moment}))

    def end(self) -> None:
        """Clear the own marker after an orderly end that did not finish the work: told to stop."""
        self._store.remove(self._key)

    def clear(self) -> None:
        """Clear all markers of this computation: it has a result or a quarantine entry."""
        self._store.remove_tree(self._folder)
