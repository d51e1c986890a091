"""The one list of models, and the weights of them that are on this machine."""

import fcntl
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from facelib.digests import digest_file, digest_folder
from facelib.errors import ModelError, SettingsError
from facelib.models.entries import audio, detection, identity, image, landmarks, quality, shots, sync
from facelib.models.entry import HubFiles, ModelEntry, PackageFile

ENTRIES: dict[str, ModelEntry] = {
    name: found
    for area in (detection, shots, landmarks, sync, quality, image, audio, identity)
    for name, found in area.ENTRIES.items()
}

IN_PACKAGES: tuple[str, ...] = tuple(name for name, found in ENTRIES.items() if isinstance(found.source, PackageFile))
"""Models that travel in packages of the package index."""

LITE: tuple[str, ...] = tuple(name for name, found in ENTRIES.items() if found.profile == "lite")
"""Models of the profile ``lite``: all from the package index, all free for commercial use."""

LOCK = "digests.json"
"""In the folder of weights: digests that were recorded at the first fetch."""

NOT_FETCHED = "not fetched"
"""Stands for the digest of weights that were never here; nothing is computed under it."""


def entry(name: str) -> ModelEntry:
    """A model by its name. Raises SettingsError listing the names there are."""
    if name not in ENTRIES:
        raise SettingsError(f"there is no model {name!r}", hint=f"one of {', '.join(ENTRIES)}", reason="no_model")
    return ENTRIES[name]


class Weights:
    """The weights on this machine.

    A digest that the registry does not know is recorded when the weights are fetched, in a lock file beside them; from
    then on other bytes are an error.

    Args:
        folder: where fetched weights lie, a folder a model.
        local: weights that the user has elsewhere, by model: a file, or a folder for models of several files. They
            stand in place of the registry's, and their own digest counts.

    Example:
        >>> Weights(Path("data/models")).state("centerface")  # doctest: +SKIP
        'sound'
    """

    def __init__(self, folder: Path, local: Mapping[str, Path] = MappingProxyType({})) -> None:
        self.folder = folder
        self._local = {name: Path(found) for name, found in local.items()}
        for name in self._local:
            entry(name)

    def path(self, name: str) -> Path:
        """Where a model's weights lie, whether or not they were fetched."""
        found = entry(name)
        return self._local.get(name) or self.folder / name / found.source.file_name

    def pinned(self, name: str) -> str | None:
        """The digest that a model's weights must have; None while none is known."""
        if name in self._local:
            return None
        return entry(name).sha256 or self._recorded().get(name)

    def digest(self, name: str) -> str:
        """The digest of a model's weights, or ``not fetched`` when they are not here and none is known."""
        return self.pinned(name) or self._found(name) or NOT_FETCHED

    def open_digests(self, names: Iterable[str]) -> dict[str, str]:
        """Digests, out of these models, that the registry alone does not give: recorded ones, and local weights."""
        return {name: self.digest(name) for name in names if name in self._local or entry(name).sha256 is None}

    def state(self, name: str) -> str:
        """``sound``, ``missing`` or ``damaged``."""
        if not self.path(name).exists():
            return "missing"
        pinned = self.pinned(name)
        return "sound" if pinned in (None, self._found(name)) else "damaged"

    def file(self, name: str) -> Path:
        """The verified weights of a model: a file, or a folder for models of several files.

        Raises:
            ModelError: they were not fetched, or are not what they were.
        """
        state, found, path = self.state(name), entry(name), self.path(name)
        if state == "missing":
            fetch = f"fetch them: facelib models fetch {name}"
            raise ModelError(
                f"the weights of {name} ({found.task}, licence {found.licence}) are not in {path.parent}",
                hint=f"put them at {path}, or change FACELIB_WEIGHTS" if name in self._local else fetch,
                reason="no_weights",
            )
        if state == "damaged":
            raise ModelError(
                f"the weights of {name} in {path} are damaged or of another version",
                hint=f"remove {path} and run: facelib models fetch {name}",
                reason="bad_weights",
            )
        return path

    def record(self, name: str) -> None:
        """Note the digest of weights whose digest nobody knew."""
        if self.pinned(name) is None and name not in self._local:
            with (self.folder / f".{LOCK}.lock").open("w") as guard:
                fcntl.flock(guard, fcntl.LOCK_EX)
                noted = {**self._recorded(), name: self._found(name)}
                temporary = self.folder / f".{LOCK}.part"
                temporary.write_text(json.dumps(noted, indent=1, sort_keys=True) + "\n")
                temporary.replace(self.folder / LOCK)

    def is_local(self, name: str) -> bool:
        """Whether the user has named a place for these weights."""
        return name in self._local

    def _found(self, name: str) -> str | None:
        """The digest of what lies there; what did not change is read once a process."""
        path = self.path(name)
        if path.is_dir():
            files = tuple(sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file, path)))
            return digest_folder({str(f.relative_to(path)): _digest(*_identity(f)) for f in files}) if files else None
        return _digest(*_identity(path)) if path.is_file() else None

    def _recorded(self) -> dict[str, str]:
        lock = self.folder / LOCK
        if not lock.is_file():
            return {}
        noted: dict[str, str] = json.loads(lock.read_text())
        return noted


def needs_torch(name: str) -> bool:
    """Whether a model is a torch network: its weights are no graph or file of another library."""
    source = entry(name).source
    return is_folder(name) or not source.file_name.endswith((".onnx", ".tflite", ".dat", "allmodel"))


def is_folder(name: str) -> bool:
    """Whether a model's weights are several files in a folder."""
    return isinstance(entry(name).source, HubFiles)


def _hidden(file: Path, folder: Path) -> bool:
    """Whether a file is a note of the tool that fetched it: its name or a folder of it begins with a dot."""
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _identity(file: Path) -> tuple[str, int, int]:
    stat = file.stat()
    return str(file), stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=256)
def _digest(file: str, size: int, modified_ns: int) -> str:
    return digest_file(Path(file))
