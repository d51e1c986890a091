"""The folder of a dataset: its lock, the journal of its batches, and files that appear once their batch is complete."""

import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from facelib.digests import digest_file
from facelib.errors import SettingsError, StoreError
from facelib.export.manifest import ITEMS, MANIFEST, SUMS
from facelib.file_lock import held_alone
from facelib.store import documents

STATE = ".export"
OWN = (STATE, MANIFEST, ITEMS, SUMS)
"""What the export itself writes into the folder of a dataset."""

Entry = dict[str, Any]
"""A batch in the journal: ``batch``, its name; ``rows``; ``files``, sha256 by path; ``failures``, why by item."""


class DatasetFolder:
    """Where a dataset is written.

    Args:
        root: the folder; it need not be there.
    """

    def __init__(self, root: Path) -> None:
        self.root, self._state = root, root / STATE
        self._owners: dict[str, str] = {}

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other exports out of the folder, which is made where it is absent.

        Raises:
            SettingsError: another export is writing into it (``in_use``), or it cannot be made (``not_writable``).
        """
        try:
            self._state.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"cannot make {self.root}: {error.strerror}",
                hint="name a folder that you may write to",
                reason="not_writable",
            ) from error
        with held_alone(self._state / "lock") as mine:
            if not mine:
                hint = "wait for its end, or name another folder"
                raise SettingsError(f"another export is writing into {self.root}", hint=hint, reason="in_use")
            yield

    def begun(self) -> dict[str, Any] | None:
        """What the export in it was begun with; None in a folder that holds none.

        Raises:
            SettingsError: it holds other files; reason ``not_empty``.
        """
        path = self._state / "plan.json"
        if path.is_file():
            document: dict[str, Any] = documents.decode(path.read_bytes())
            return document
        if self.root.exists() and not self.root.is_dir():
            raise SettingsError(f"{self.root} is a file", hint="name a folder", reason="not_empty")
        if self.root.exists() and any(path.name != STATE for path in self.root.iterdir()):
            raise SettingsError(f"{self.root} holds other files", hint="name a new folder", reason="not_empty")
        return None

    def begin(self, document: Mapping[str, Any]) -> None:
        """Keep what an export is begun with."""
        temporary = self._state / "plan.tmp"
        temporary.write_bytes(documents.encode(document))
        temporary.replace(self._state / "plan.json")

    def entries(self) -> dict[str, Entry]:
        """The last entry of each batch in the journal."""
        found: dict[str, Entry] = {}
        for line in self._journal.read_bytes().splitlines() if self._journal.exists() else ():
            try:
                entry = json.loads(line)
                found[entry["batch"]] = entry
            except (ValueError, KeyError, TypeError):  # cut off by a crash: that batch is not done
                continue
        return found

    def is_sound(self, entry: Entry) -> bool:
        """Whether all files of a batch are there with their digests; a batch of items without a file is not."""
        files = {self.root / name: digest for name, digest in entry["files"].items()}
        if entry["rows"] and not files:
            return False
        return all(path.is_file() and digest_file(path) == digest for path, digest in files.items())

    def keep(self, entries: Iterable[Entry]) -> None:
        """Note whose the files of complete batches are."""
        self._owners |= {name: entry["batch"] for entry in entries for name in entry["files"]}

    def note(self, entry: Entry) -> None:
        """Enter a batch in the journal."""
        with self._journal.open("ab") as file:
            # After a line that a crash cut off, the next one begins on a line of its own.
            file.write(b"\n" + _line(entry))

    def forget(self, batches: Collection[str]) -> None:
        """Take batches out of the journal with all that it says of them."""
        kept = [_line(entry) for name, entry in self.entries().items() if name not in batches]
        temporary = self._journal.with_suffix(".tmp")
        temporary.write_bytes(b"".join(kept))
        temporary.replace(self._journal)

    def scratch(self, slot: int) -> Path:
        """An empty folder for a batch that is being written; each slot has one."""
        folder = self._state / f"batch-{slot}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def clear(self) -> None:
        """Remove what unfinished batches left."""
        for folder in self._state.glob("batch-*"):
            shutil.rmtree(folder, ignore_errors=True)

    def check(self, scratch: Path, batch: str, rows: Iterable[Mapping[str, Any]] = ()) -> list[str]:
        """The paths of the files of a batch, once it is certain that each can be moved to its place.

        Raises:
            StoreError: one lies outside (``outside_folder``), or its place is another batch's (``name_taken``).
            SettingsError: one has a name of the export's own; reason ``reserved_name``.
        """
        for row in rows:
            if not _below(scratch, str(row.get("file", "."))):
                raise StoreError(f"{row['file']} lies outside the dataset", reason="outside_folder")
        names = []
        for path in sorted(scratch.rglob("*")):
            name = path.relative_to(scratch).as_posix()
            if path.is_symlink() or not _below(self.root, name):
                raise StoreError(f"{name} leads out of the dataset", reason="outside_folder")
            if path.is_dir():
                continue
            if name.split("/")[0] in OWN:
                raise SettingsError(f"a format cannot write {name}", reason="reserved_name")
            if self._owners.get(name, batch) != batch or (self.root / name).is_dir():
                raise StoreError(f"another item has the file {name}", reason="name_taken")
            names.append(name)
        return names

    def move(self, scratch: Path, batch: str) -> dict[str, str]:
        """Move everything below a scratch folder into the dataset; sha256 by path. Raises as :meth:`check`."""
        files = {}
        for name in self.check(scratch, batch):
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            files[name] = digest_file(scratch / name)
            (scratch / name).replace(target)
            self._owners[name] = batch
        return files

    def known(self) -> set[str]:
        """The paths of all files that this or an earlier run wrote."""
        names = {name for entry in self.entries().values() for name in entry["files"]}
        sums = self.root / SUMS
        lines = sums.read_text("utf-8").splitlines() if sums.is_file() else []
        return names | {line.partition("  ")[2] for line in lines}

    def remove(self, names: Iterable[str]) -> None:
        """Delete files of the dataset, and the folders that they leave empty."""
        for name in names:
            path = self.root / name
            if not _below(self.root, name) or PurePosixPath(name).parts[:1] == (STATE,) or path.is_dir():
                continue
            path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self.root or not folder.is_dir() or any(folder.iterdir()):
                    break
                folder.rmdir()

    @property
    def _journal(self) -> Path:
        return self._state / "journal.jsonl"


def _line(entry: Entry) -> bytes:
    # The columns of tables keep their order, also in a run that reads them from here.
    return json.dumps(entry, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _below(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())
