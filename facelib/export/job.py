"""Runs an export: batch by batch, each whole or not at all, going on where an earlier run stopped."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from facelib.digests import digest_file
from facelib.errors import FacelibError, SettingsError, StoreError
from facelib.export.format import Format, format_class
from facelib.export.item import Item, VideoResults
from facelib.export.manifest import ITEMS, MANIFEST, SUMS, item_record, write_manifest
from facelib.export.options import ExportOptions
from facelib.export.plan import ExportPlan, make_plan
from facelib.store import deny, documents
from facelib.store.objects import Store

STATE = ".export"
OWN = (STATE, MANIFEST, ITEMS, SUMS)
"""What the export itself writes into the folder of a dataset."""

MACHINE_FAULTS = (OSError, MemoryError, SettingsError)
"""Errors that are not about one item: they end the export, which a later run completes."""

Progress = Callable[[int, int], None]
"""Called with the items that are done and all items."""


def export(
    store: Store,
    name: str,
    folder: Path,
    options: ExportOptions,
    *,
    same_person: Mapping[str, float],
    progress: Progress = lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Write a dataset.

    Files appear in ``folder`` when their batch is complete. A folder that holds the beginning of the same export is
    completed, from the plan it was begun with, however the collection has changed since; files that are missing or
    changed are written again. An item that cannot be written is a failure in the manifest and holds back no other.

    Args:
        store: a store with a publication.
        name: of the format.
        folder: where to; made where it is absent.
        options: what is wanted.
        same_person: by face recognition model, the distance below which two faces may be one person.
        progress: called after every batch.
        say: called with a line for each item that failed.

    Returns:
        The manifest.

    Raises:
        SettingsError: the format, an option or the folder cannot be used.
        StoreError: nothing was published or selected.
    """
    kind = format_class(name)(options)
    plan = _planned(store, kind, name, folder, options, same_person)
    run = _Run(store, kind, folder, plan, progress, say)
    try:
        return run.all(name, options)
    finally:
        shutil.rmtree(folder / STATE / "batch", ignore_errors=True)


def _planned(
    store: Store, kind: Format, name: str, folder: Path, options: ExportOptions, same_person: Mapping[str, float]
) -> ExportPlan:
    """The plan that the folder was begun with, or a new one."""
    path = folder / STATE / "plan.json"
    asked = {"format": name, "options": options.model_dump(mode="json"), "store": str(store.root)}
    if path.is_file():
        begun = documents.decode(path.read_bytes())
        if begun["asked"] != asked:
            raise SettingsError(
                f"{folder} holds another export ({begun['asked']['format']}, other options or store)",
                hint="name another folder, or the options of that export to complete it",
                reason="other_export",
            )
        return ExportPlan(**begun["plan"])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"{folder} is not an empty folder", hint="name a new one", reason="not_empty")
    plan = make_plan(store, options, kind.batch, same_person, set(deny.denied(store)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot make {folder}: {error.strerror}", reason="not_writable") from error
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(documents.encode({"asked": asked, "plan": asdict(plan)}))
    temporary.replace(path)
    return plan


class _Run:
    def __init__(
        self,
        store: Store,
        kind: Format,
        folder: Path,
        plan: ExportPlan,
        progress: Progress,
        say: Callable[[str], None],
    ) -> None:
        self._store, self._kind, self._folder, self._plan = store, kind, folder, plan
        self._progress, self._say = progress, say
        self._journal = folder / STATE / "journal.jsonl"
        self._video: VideoResults | None = None

    def all(self, name: str, options: ExportOptions) -> dict[str, Any]:
        done = self._done()
        batches, count = self._plan.batches(), 0
        rows: dict[str, dict[str, Any]] = {}
        files: dict[str, dict[str, str]] = {}
        failures: dict[str, str] = {}
        for (split, number), planned in batches.items():
            entry = done.get(f"{split}/{number}") or self._write(f"{split}/{number}", planned)
            failures |= entry["failures"]
            rows |= {row["item_id"]: row for row in entry["rows"]}
            files |= {row["item_id"]: entry["files"] for row in entry["rows"]}
            count += len(planned)
            self._progress(count, len(self._plan.rows))
        written = [row for row in self._plan.rows if row["item_id"] in rows]
        common = self._finish([rows[row["item_id"]] for row in written])
        records = [
            item_record(row, self._plan.stages.get(row["video_id"], {}), files[row["item_id"]]) for row in written
        ]
        return write_manifest(self._folder, name, options, self._plan, records, failures, common)

    def _done(self) -> dict[str, dict[str, Any]]:
        """Batches that are complete: noted in the journal, without failures, all files there with their digests."""
        found: dict[str, dict[str, Any]] = {}
        for line in self._journal.read_bytes().splitlines() if self._journal.exists() else ():
            try:
                entry = json.loads(line)
                found[entry["batch"]] = entry
            except (ValueError, KeyError, TypeError):  # cut off by a crash: that batch is not done
                continue
        return {name: entry for name, entry in found.items() if not entry["failures"] and self._sound(entry["files"])}

    def _sound(self, files: Mapping[str, str]) -> bool:
        paths = {self._folder / name: digest for name, digest in files.items()}
        return all(path.is_file() and digest_file(path) == digest for path, digest in paths.items())

    def _write(self, name: str, planned: list[dict[str, Any]]) -> dict[str, Any]:
        """Write one batch; if an item of it fails, the batch is written once more without that item."""
        failures: dict[str, str] = {}
        while True:
            scratch = self._empty("batch")
            items, rows = [], []
            try:
                for row in planned:
                    if row["item_id"] not in failures:
                        items.append((row, self._item(row)))
                rows = self._kind.write([item for _, item in items], scratch) if items else []
                break
            except MACHINE_FAULTS:
                raise
            except Exception as error:
                failed, why = self._culprit(planned, failures, error)
                failures[failed] = _told(why)
                self._say(f"{failed}: {failures[failed]}")
        for (planned_row, _), row in zip(items, rows, strict=True):
            row |= {"item_id": planned_row["item_id"], "split": planned_row["split"]}
        entry = {"batch": name, "rows": rows, "files": self._move(scratch), "failures": failures}
        with self._journal.open("ab") as file:
            # After a line that a crash cut off, the next one begins on a line of its own.
            # The columns of tables keep their order, also in a run that reads them from here.
            file.write(b"\n" + json.dumps(entry, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        return entry

    def _culprit(
        self, planned: list[dict[str, Any]], failures: Mapping[str, str], error: Exception
    ) -> tuple[str, Exception]:
        """The item that an error is about: each of a batch is written alone until one fails."""
        left = [row for row in planned if row["item_id"] not in failures]
        for row in left[:-1]:
            try:
                self._kind.write([self._item(row)], self._empty("batch"))
            except MACHINE_FAULTS:
                raise
            except Exception as again:
                return str(row["item_id"]), again
        return str(left[-1]["item_id"]), error

    def _item(self, row: Mapping[str, Any]) -> Item:
        video_id = row["video_id"]
        if deny.is_denied(self._store, video_id):
            raise StoreError(f"{video_id} was taken down", reason="denied")
        if self._video is None or self._video.video_id != video_id:
            self._video = VideoResults(self._store, video_id, self._plan.stages.get(video_id, {}))
        return Item(row, self._video, self._kind.options)

    def _finish(self, rows: list[dict[str, Any]]) -> dict[str, str]:
        scratch = self._empty("batch")
        self._kind.finish(rows, scratch)
        return self._move(scratch)

    def _move(self, scratch: Path) -> dict[str, str]:
        """Move everything below a scratch folder into the dataset; sha256 by path."""
        files = {}
        for path in sorted(path for path in scratch.rglob("*") if path.is_file()):
            name = path.relative_to(scratch).as_posix()
            if name.split("/")[0] in OWN:
                raise SettingsError(f"a format cannot write {name}", reason="reserved_name")
            target = self._folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            files[name] = digest_file(path)
            path.replace(target)
        return files

    def _empty(self, name: str) -> Path:
        folder = self._folder / STATE / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def _told(error: Exception) -> str:
    if isinstance(error, FacelibError):
        return f"{error.reason}: {error.message}"
    return f"{type(error).__name__}: {error}"
