"""Writes the items of one batch into a scratch folder, in this process or in others beside it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from facelib.errors import FacelibError, SettingsError, StoreError
from facelib.export.folder import DatasetFolder
from facelib.export.format import Format, format_class
from facelib.export.item import Item, VideoResults
from facelib.export.options import ExportOptions
from facelib.machine_faults import is_machine_fault
from facelib.store import deny
from facelib.store.objects import Store
from facelib.worker_processes import worker_processes

Rows = Sequence[Mapping[str, Any]]
Stages = Mapping[str, Mapping[str, str]]
Written = tuple[str, Path, list[dict[str, Any]], dict[str, str]]
"""A batch's name, its scratch folder, the rows of its items, and why others failed, by item."""


class BatchWriter:
    """Writes batches of one export.

    Args:
        store: the store.
        kind: the format.
        dataset: the folder of the dataset.
        stages: fingerprint of each stage that was computed, by video.
    """

    def __init__(self, store: Store, kind: Format, dataset: DatasetFolder, stages: Stages) -> None:
        self._store, self._kind, self._dataset, self._stages = store, kind, dataset, stages
        self._video: VideoResults | None = None

    def write(self, name: str, planned: Rows, slot: int) -> Written:
        """Write one batch; if an item of it fails, the batch is written once more without that item.

        Args:
            name: of the batch.
            planned: rows of the plan.
            slot: number of the scratch folder.
        """
        denied = deny.denied(self._store)
        failures = {row["item_id"]: told(taken_down(row)) for row in planned if row["video_id"] in denied}
        while True:
            left = [row for row in planned if row["item_id"] not in failures]
            scratch = self._dataset.scratch(slot)
            try:
                rows = self._made(name, left, scratch) if left else []
                break
            except Exception as error:
                if ends_export(error):
                    raise
                failed, cause = self._culprit(name, left, error, slot)
                failures[failed] = told(cause)
        for planned_row, row in zip(left, rows, strict=True):
            row |= {"item_id": planned_row["item_id"], "split": planned_row["split"]}
        return name, scratch, rows, failures

    def _made(self, name: str, planned: Rows, scratch: Path) -> list[dict[str, Any]]:
        """Write items into a scratch folder and make certain that the dataset can hold what is there."""
        rows = self._kind.write([self._item(row) for row in planned], scratch)
        if not self._dataset.check(scratch, name, rows):
            raise StoreError("no file was written", reason="nothing_written")
        json.dumps(rows, ensure_ascii=False, allow_nan=False).encode()
        return rows

    def _culprit(self, name: str, left: Rows, error: Exception, slot: int) -> tuple[str, Exception]:
        """The item that an error is about: each of a batch is written alone until one fails."""
        for row in left[:-1]:
            try:
                self._made(name, [row], self._dataset.scratch(slot))
            except Exception as again:
                if ends_export(again):
                    raise
                return str(row["item_id"]), again
        return str(left[-1]["item_id"]), error

    def _item(self, row: Mapping[str, Any]) -> Item:
        video_id = row["video_id"]
        if deny.is_denied(self._store, video_id):
            raise taken_down(row)
        if self._video is None or self._video.video_id != video_id:
            self._video = VideoResults(self._store, video_id, self._stages.get(video_id, {}))
        return Item(row, self._video, self._kind.options)


def write_batches(
    batches: Iterable[tuple[str, Rows]],
    make: Callable[[], BatchWriter],
    *,
    processes: int,
    begin: tuple[Store, str, str, ExportOptions, Stages],
) -> Iterator[Written]:
    """Write batches, each as soon as there is a process for it; they come in the order in which they are done.

    Args:
        batches: name and rows of each.
        make: makes the writer of this process, for one process alone.
        processes: how many work at a time.
        begin: what a further process makes its writer of: the store, name of the format, folder of the dataset,
            options, stages.

    Raises:
        StoreError: a process was killed; reason ``killed``.
    """
    if processes < 2:
        writer = make()
        for name, planned in batches:
            yield writer.write(name, planned, 0)
        return
    try:
        with worker_processes(processes, _begin, begin) as pool:
            yield from _as_done(pool, iter(batches), processes)
    except BrokenProcessPool as error:
        hint = "give the command again with --processes 1; what was complete is kept"
        raise StoreError("a process was killed, maybe for lack of memory", hint=hint, reason="killed") from error


def _as_done(pool: ProcessPoolExecutor, waiting: Iterator[tuple[str, Rows]], processes: int) -> Iterator[Written]:
    running: dict[Future[Written], int] = {}
    free = list(range(processes))
    while True:
        while free and (batch := next(waiting, None)) is not None:
            slot = free.pop()
            running[pool.submit(_write, batch[0], batch[1], slot)] = slot
        if not running:
            return
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            slot = running.pop(done)
            # The scratch folder is the caller's until it asks for the next batch.
            yield done.result()
            free.append(slot)


_writer: BatchWriter | None = None


def _begin(store: Store, name: str, folder: str, options: ExportOptions, stages: Stages) -> None:
    global _writer
    _writer = BatchWriter(store, format_class(name)(options), DatasetFolder(Path(folder)), stages)


def _write(name: str, planned: Rows, slot: int) -> Written:
    if _writer is None:
        raise RuntimeError("the process was not begun")
    return _writer.write(name, planned, slot)


def taken_down(row: Mapping[str, Any]) -> StoreError:
    """The error for an item of a video on the deny list."""
    return StoreError(f"{row['video_id']} was taken down", reason="denied")


def told(error: Exception) -> str:
    """An error as the manifest has it."""
    if isinstance(error, FacelibError):
        return f"{error.reason}: {error.message}"
    return f"{type(error).__name__}: {error}"


def ends_export(error: BaseException) -> bool:
    """Whether an error is the machine's or a setting's, so that a later run must complete the export."""
    return is_machine_fault(error) or isinstance(error, SettingsError)
