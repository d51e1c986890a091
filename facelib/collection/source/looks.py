"""Looks at the sources of uploads, several at a time, and gives up for this time a host that does not answer."""

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from facelib.clock import now
from facelib.collection.source.folders import SourceFolders
from facelib.errors import FacelibError
from facelib.settings import Settings
from facelib.sources.base import Upload
from facelib.sources.failures import HostBusy
from facelib.sources.hosts import PACER, server_of
from facelib.sources.still_there import GONE, Look, look
from facelib.sources.turns import HostTurns, Turn, in_threads
from facelib.store import documents, layout, source_checks, uploads
from facelib.store.objects import Store
from facelib.store.source_checks import Seen

BATCH = 200
"""Looks in one entry of the log; at most so many are lost when a check is killed."""
NO_ANSWER = frozenset({"network", "bad_certificate"})
"""Reasons that say something of the host, not of the upload."""
SOURCE_UNAVAILABLE = "source_unavailable"
MOST_PUT_OFF = 20
"""So many times the limit are read, and put off, at most."""
RETRIES = 1
"""Most further tries of a look, which the next check repeats anyway."""


class Looks:
    """Looks at uploads in order of their turn.

    Args:
        store: whose uploads.
        settings: how hosts are asked: which, how often, with which account.
        host_failures: looks in a row without an answer until the other uploads of a host are put off.
        say: called with a line for each host that is put off, and each folder that is not there.

    Attributes:
        looked: ids of the uploads that were looked at.
        postponed: how many uploads are left to the next check because their host wants a pause.
        unreachable: by host that did not answer, how many are.
    """

    def __init__(self, store: Store, settings: Settings, host_failures: int, say: Callable[[str], None]) -> None:
        self.looked: list[str] = []
        self.postponed = 0
        self.unreachable: dict[str, int] = {}
        self._store = store
        self._download = settings.download.model_copy(update={"retries": min(RETRIES, settings.download.retries)})
        self._most = host_failures
        self._say = say
        self._folders = SourceFolders(store)
        self._told: set[str] = set()
        self._down: set[str] = set()
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()

    def run(self, due: Sequence[str], limit: int) -> Iterator[Seen]:
        """Look at the first of some uploads, and write down what was seen.

        Those of a host that is put off do not count, so that it does not hold up all others for ever.

        Args:
            due: ids.
            limit: how many at most; 0 looks at all.
        """
        waiting, away, put_off = iter(due), set[str](), 0
        while chosen := list(islice(waiting, limit - len(self.looked) if limit else None)):
            server = {v: server_of(uploads.read_upload(self._store, v)["url"]) for v in chosen}
            turns = HostTurns([(v, server[v]) for v in chosen if server[v] not in away], PACER, self._download)
            yield from self._batches(turns, len(chosen))
            missed = [server[v] for v in chosen if server[v] in away] + [server[v] for v in turns.postponed]
            self._count(missed)
            away.update(missed)
            put_off += len(missed)
            if put_off > MOST_PUT_OFF * limit:
                break

    def _batches(self, turns: HostTurns, uploads_: int) -> Iterator[Seen]:
        batch: list[Seen] = []
        try:
            for one in in_threads(turns, lambda turn: self._one(turns, turn), min(self._download.workers, uploads_)):
                batch.append(one)
                self.looked.append(one.video_id)
                if len(batch) == BATCH:
                    source_checks.record(self._store, batch)
                    done, batch = batch, []
                    yield from done
                    self._say(f"{len(self.looked)} uploads are looked at")
        finally:
            source_checks.record(self._store, batch)
        yield from batch

    def _count(self, missed: list[str]) -> None:
        """Count uploads by the server for which they are put off."""
        for server in missed:
            if server in self._down:
                self.unreachable[server] = self.unreachable.get(server, 0) + 1
            else:
                self.postponed += 1

    def _one(self, turns: HostTurns, turn: Turn) -> Seen:
        document = uploads.read_upload(self._store, turn.video_id)
        try:
            found = self._look(turn, document)
        except FacelibError as error:
            if isinstance(error, HostBusy):
                PACER.pause(turn.server, self._download.host_pause_s, error.retry_after_s)
            missing = self._missing(document) if error.reason == "local_io" else ""
            reason = SOURCE_UNAVAILABLE if missing else error.reason
            if turn.server and reason in NO_ANSWER:
                self._no_answer(turns, turn.server)
            return Seen(turn.video_id, reason, now().isoformat(), now=missing or error.message, answered=False)
        self._answered(turn.server)
        missing = self._missing(document) if found.case == GONE else ""
        if missing:
            return Seen(turn.video_id, SOURCE_UNAVAILABLE, now().isoformat(), now=missing, answered=False)
        return Seen(turn.video_id, found.case, now().isoformat(), found.before, found.now)

    def _look(self, turn: Turn, document: dict[str, Any]) -> Look:
        revision = uploads.revision(self._store, turn.video_id)
        key = layout.information(turn.video_id)
        # A host that has just failed is asked once, so that finding out that it is down costs few time-outs.
        failing = turn.server in self._failures
        return look(
            Upload.from_dict(document),
            self._download.model_copy(update={"retries": 0}) if failing else self._download,
            channel_url=document.get("channel_url", ""),
            known=documents.decode(self._store.read(key)) if self._store.exists(key) else None,
            size_bytes=revision.size_bytes if revision else None,
        )

    def _missing(self, document: dict[str, Any]) -> str:
        """Why nothing can be said of a file, told once for each folder; empty for what lies elsewhere."""
        if document.get("extractor") != "file":
            return ""
        why = self._folders.unavailable(document["url"], document.get("channel_url", ""))
        with self._lock:
            if why and why not in self._told:
                self._told.add(why)
                self._say(f"{SOURCE_UNAVAILABLE}: {why}: is a disk or share not mounted?")
        return why

    def _answered(self, server: str) -> None:
        PACER.succeeded(server)
        with self._lock:
            self._failures.pop(server, None)

    def _no_answer(self, turns: HostTurns, server: str) -> None:
        with self._lock:
            self._failures[server] = self._failures.get(server, 0) + 1
            if self._failures[server] < self._most or server in self._down:
                return
            self._down.add(server)
        left = turns.put_off(server)
        self._say(
            f"{server}: {self._most} looks in a row got no answer; {left} more uploads there wait for the next check"
        )
