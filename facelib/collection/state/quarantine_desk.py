"""What is in quarantine, and what a person does about it: let it be tried again, or leave it be."""

from collections.abc import Iterable
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.collection.newer_decisions import newer
from facelib.fetching.download import STAGE as DOWNLOAD
from facelib.store import decisions, documents, quarantine, uploads
from facelib.store.decisions import Decision
from facelib.store.objects import Store
from facelib.store.quarantine import Entry

IGNORE = "ignore"
"""Kind of the event: somebody looked at a failure, and nothing shall be done about it."""
Key = tuple[str, str, str]
"""Video, stage and fingerprint of an entry."""
_KEY = "concat_ws('/', q.video_id, q.stage, q.fingerprint)"
_WANTED = (
    f"FROM quarantine q WHERE (? = '' OR q.stage = ?) AND (? = '' OR q.reason = ?) "
    f"AND ({_KEY} IN (SELECT unnest(?::VARCHAR[]))) = ?"
)


class QuarantineDesk:
    """The quarantine of a publication, with what people decided about it until now.

    Args:
        store: the store.
        catalog: the publication; what failed after it is not in it.
    """

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store, self._catalog = store, catalog
        rows = catalog.rows("SELECT value FROM decisions WHERE kind = ? ORDER BY decided_at, event_id", [IGNORE])
        values = [documents.decode(row["value"]) for row in rows]
        self.ignored = _ignored([*values, *(event.value for event in newer(store, catalog) if event.kind == IGNORE)])

    def reasons(self) -> list[dict[str, Any]]:
        """How many entries there are by ``stage`` and ``reason``: ``n``, of these ``ignored``; most first."""
        return self._catalog.rows(
            "SELECT stage, reason, count(*) AS n, "  # noqa: S608 - a constant
            f"count(*) FILTER ({_KEY} IN (SELECT unnest(?::VARCHAR[]))) AS ignored "
            "FROM quarantine q GROUP BY 1, 2 ORDER BY n DESC, 1, 2",
            [self._names()],
        )

    def count(self, *, stage: str = "", reason: str = "", ignored: bool = False) -> int:
        """How many entries :meth:`page` has in all."""
        parameters = [stage, stage, reason, reason, self._names(), ignored]
        return int(self._catalog.rows(f"SELECT count(*) AS n {_WANTED}", parameters)[0]["n"])

    def page(
        self, limit: int, offset: int = 0, *, stage: str = "", reason: str = "", ignored: bool = False
    ) -> list[dict[str, Any]]:
        """Entries, the newest first, each with ``title`` and ``channel_title`` of its upload.

        Args:
            limit: most rows.
            offset: rows left out before.
            stage: only of this stage; empty for all.
            reason: only with this reason; empty for all.
            ignored: those that people ignore, in place of the others.
        """
        parameters = [stage, stage, reason, reason, self._names(), ignored, limit, offset]
        return self._catalog.rows(
            f"SELECT e.*, u.title, u.channel_title FROM (SELECT q.* {_WANTED} ORDER BY entered DESC, video_id, stage "  # noqa: S608
            "LIMIT ? OFFSET ?) e LEFT JOIN uploads u USING (video_id) ORDER BY entered DESC, video_id, stage",
            parameters,
        )

    def entry(self, row: dict[str, Any]) -> Entry | None:
        """The entry of a row as it is in the store now; None where it was released since."""
        return quarantine.find(self._store, row["video_id"], row["stage"], row["fingerprint"])

    def _names(self) -> list[str]:
        return ["/".join(key) for key in sorted(self.ignored)]


def release(store: Store, entry: Entry, by: str) -> None:
    """Let a computation be tried again by the next run; noted for good with who did so."""
    quarantine.release(store, entry, by=by)
    if entry.stage != DOWNLOAD:
        uploads.set_pending(store, uploads.read_upload(store, entry.video_id)["upload_day"], entry.video_id)


def ignore(store: Store, entry: Entry, by: str, *, ignored: bool = True) -> Decision:
    """Say that nothing shall be done about a failure, or that something shall again; it stays in quarantine."""
    value = {"video_id": entry.video_id, "stage": entry.stage, "fingerprint": entry.fingerprint, "ignored": ignored}
    decision = Decision(IGNORE, by, value)
    decisions.append(store, decision)
    return decision


def _ignored(values: Iterable[dict[str, Any]]) -> set[Key]:
    found: dict[Key, bool] = {}
    for value in values:
        found[value["video_id"], value["stage"], value["fingerprint"]] = bool(value["ignored"])
    return {key for key, ignored in found.items() if ignored}
