"""Runs an export: batch by batch, each whole or not at all, going on where an earlier run stopped."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from facelib.errors import SettingsError, StoreError
from facelib.export.batch import BatchWriter, Written, told, write_batches
from facelib.export.folder import DatasetFolder, Entry
from facelib.export.format import Format, format_class
from facelib.export.manifest import ITEMS, MANIFEST, SUMS, item_record, write_manifest
from facelib.export.options import ExportOptions
from facelib.export.plan import ExportPlan, make_plan
from facelib.store import deny, exports_log
from facelib.store.objects import Store

Progress = Callable[[int, int], None]
"""Called with the items that are done and all items."""


def export(
    store: Store,
    name: str,
    folder: Path,
    options: ExportOptions,
    *,
    same_person: Mapping[str, float],
    processes: int = 1,
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
        processes: how many write batches at a time.
        progress: called after every batch.
        say: called with a line for each item that failed.

    Returns:
        The manifest.

    Raises:
        SettingsError: the format, an option or the folder cannot be used.
        StoreError: nothing was published or selected.
    """
    kind = format_class(name)(options)
    if store.holds(folder):
        raise SettingsError(f"{folder} lies in the store", hint="write to a place outside it", reason="in_store")
    dataset = DatasetFolder(folder)
    plan = _plan(store, kind, name, dataset, options, same_person)
    with dataset.alone():
        plan = _begun(store, name, dataset, options) or _begin(store, name, dataset, options, plan)
        _note(store, name, dataset, options, plan)
        try:
            return _Run(store, kind, dataset, plan, processes, progress, say).all(name, options)
        finally:
            dataset.clear()


def _plan(
    store: Store,
    kind: Format,
    name: str,
    dataset: DatasetFolder,
    options: ExportOptions,
    same_person: Mapping[str, float],
) -> ExportPlan:
    """The plan that the folder was begun with, or a new one."""
    begun = _begun(store, name, dataset, options)
    return begun or make_plan(store, options, kind.batch, same_person, set(deny.denied(store)), kind.names_people)


def _begun(store: Store, name: str, dataset: DatasetFolder, options: ExportOptions) -> ExportPlan | None:
    begun = dataset.begun()
    if begun is None:
        return None
    asked = dict(begun["asked"])
    # An option that came later has its default in what was begun before.
    asked["options"] = ExportOptions(**asked["options"]).model_dump(mode="json")
    if asked != _asked(store, name, options):
        raise SettingsError(
            f"{dataset.root} holds another export ({begun['asked']['format']}, other options or store)",
            hint="name another folder, or the options of that export to complete it",
            reason="other_export",
        )
    return ExportPlan(**begun["plan"])


def _begin(store: Store, name: str, dataset: DatasetFolder, options: ExportOptions, plan: ExportPlan) -> ExportPlan:
    dataset.begin({"asked": _asked(store, name, options), "plan": asdict(plan)})
    return plan


def _note(store: Store, name: str, dataset: DatasetFolder, options: ExportOptions, plan: ExportPlan) -> None:
    """Enter the export in the store's log, where a takedown finds it."""
    exports_log.record(
        store,
        videos={row["video_id"] for row in plan.rows},
        format=name,
        folder=str(dataset.root.resolve()),
        publication=plan.collection["publication"],
        snapshot=options.snapshot,
        options=options.model_dump(mode="json"),
        items=len(plan.rows),
    )


def _asked(store: Store, name: str, options: ExportOptions) -> dict[str, Any]:
    return {"format": name, "options": options.model_dump(mode="json"), "store": store.address}


class _Run:
    def __init__(
        self,
        store: Store,
        kind: Format,
        dataset: DatasetFolder,
        plan: ExportPlan,
        processes: int,
        progress: Progress,
        say: Callable[[str], None],
    ) -> None:
        self._processes = processes
        self._store, self._kind, self._dataset, self._plan = store, kind, dataset, plan
        self._progress, self._say = progress, say

    def all(self, name: str, options: ExportOptions) -> dict[str, Any]:
        done = self._done()
        before = self._dataset.known()
        batches = {f"{split}/{number}": planned for (split, number), planned in self._plan.batches().items()}
        count = 0
        rows: dict[str, dict[str, Any]] = {}
        files: dict[str, dict[str, str]] = {}
        failures: dict[str, str] = {}
        waiting = [(name, planned) for name, planned in batches.items() if name not in done]
        stages, kind = self._plan.stages, self._kind
        made = write_batches(
            waiting,
            lambda: BatchWriter(self._store, kind, self._dataset, stages),
            processes=min(self._processes, len(waiting)),
            begin=(self._store, name, str(self._dataset.root), options, stages),
        )
        for entry in chain(done.values(), map(self._kept, made)):
            failures |= entry["failures"]
            rows |= {row["item_id"]: row for row in entry["rows"]}
            files |= {row["item_id"]: entry["files"] for row in entry["rows"]}
            count += len(batches[entry["batch"]])
            self._progress(count, len(self._plan.rows))
        written = [row for row in self._plan.rows if row["item_id"] in rows]
        common = self._finish([rows[row["item_id"]] for row in written])
        self._dataset.remove(before - set(common) - {name for own in files.values() for name in own})
        records = [
            item_record(row, self._plan.stages.get(row["video_id"], {}), files[row["item_id"]]) for row in written
        ]
        return write_manifest(self._dataset.root, name, options, self._plan, records, failures, common)

    def _done(self) -> dict[str, Entry]:
        """Batches that are complete: noted in the journal, all files there, no failure but of a video taken down.

        What an earlier run wrote of a video that was taken down since is deleted.
        """
        entries = self._dataset.entries()
        denied, found = deny.denied(self._store), {}
        gone = {row["item_id"] for row in self._plan.rows if row["video_id"] in denied}
        held = {name for name, entry in entries.items() if any(row["item_id"] in gone for row in entry["rows"])}
        for name, entry in entries.items():
            failed = [item for item in entry["failures"] if item not in gone]
            if name not in held and not failed and self._dataset.is_sound(entry):
                found[name] = entry
        if held:
            kept = {name for entry in found.values() for name in entry["files"]}
            self._dataset.remove({*(self._dataset.known() - kept), MANIFEST, ITEMS, SUMS})
            self._dataset.forget(held)
        self._dataset.keep(found.values())
        return found

    def _kept(self, written: Written) -> Entry:
        """A batch that was written, moved to its place and noted."""
        name, scratch, rows, failures = written
        try:
            files = self._dataset.move(scratch, name)
        except StoreError as error:
            # Two batches of one name were written at the same time: the first one stands.
            failures |= {row["item_id"]: told(error) for row in rows}
            rows, files = [], {}
        for failed, why in failures.items():
            self._say(f"{failed}: {why}")
        entry = {"batch": name, "rows": rows, "files": files, "failures": failures}
        self._dataset.note(entry)
        return entry

    def _finish(self, rows: list[dict[str, Any]]) -> dict[str, str]:
        scratch = self._dataset.scratch(0)
        self._kind.finish(rows, scratch)
        return self._dataset.move(scratch, "tables")
