"""What a dataset format is, and which there are. A new one is one file in ``formats/`` and one line in ``names.py``."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from facelib.errors import SettingsError
from facelib.export.item import Item
from facelib.export.names import FORMATS
from facelib.export.options import ExportOptions, checked


class FormatSettings(BaseModel):
    """Settings of one format; each says its unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Format(ABC):
    """How a dataset lies on disk.

    The export calls :meth:`write` for every batch of items, each time with an empty folder that stands for the root of
    the dataset; what is written there is then moved into place and its digests are noted. A batch is written again as
    a whole when it was interrupted, so a file never holds items of two batches. Equal items must give equal bytes.

    Attributes:
        summary: one sentence.
        read_with: how users read it, for docs.
        packages: Python packages of the extra ``export`` that it needs.
        batch: items that are written together.
        settings_type: its settings, given as ``--set NAME=VALUE``.
        names_people: whether it tells people apart, so that the plan must.
    """

    summary: ClassVar[str]
    read_with: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    settings_type: ClassVar[type[FormatSettings]] = FormatSettings
    names_people: ClassVar[bool] = False

    def __init__(self, options: ExportOptions) -> None:
        self.options = options
        self.settings: Any = checked(self.settings_type, options.settings, "--set")

    @property
    def batch(self) -> int:
        """Items that are written together."""
        return 1

    @abstractmethod
    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """Write the files of some items below an empty folder.

        Returns:
            One row an item, plain JSON values, for the tables of the dataset; no paths outside of it, no times.
        """

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:  # noqa: B027 - most have tables, some not
        """Write the files of the whole dataset below an empty folder.

        Args:
            rows: what :meth:`write` returned, in the order of the selection, each with ``item_id`` and ``split``.
            folder: stands for the root of the dataset.
        """


def format_class(name: str) -> type[Format]:
    """A format by its name.

    Raises:
        SettingsError: there is none, reason ``no_format``; or a package is missing, reason ``needs_extra``.
    """
    if name not in FORMATS:
        hint = f"one of {', '.join(FORMATS)}"
        raise SettingsError(f"there is no format {name!r}", hint=hint, reason="no_format")
    kind: type[Format] = getattr(import_module(f"facelib.export.formats.{name}"), FORMATS[name])
    missing = [package for package in kind.packages if find_spec(package) is None]
    if missing:
        hint = "pip install 'facelib[export]'"
        raise SettingsError(f"format {name} needs {', '.join(missing)}", hint=hint, reason="needs_extra")
    return kind
