"""One collection for all tests of exports: they only read it."""

from pathlib import Path
from typing import Any, Protocol

import pytest

from facelib.export.job import export
from facelib.export.options import ExportOptions
from facelib.models.identity import KINDS
from tests.support.export_items import Collection, collection


class Exported(Protocol):
    """Exports the collection in a format into a folder; gives the folder and the manifest."""

    def __call__(self, name: str, folder: Path, **options: Any) -> tuple[Path, dict[str, Any]]: ...


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Five short clips of four people, published."""
    return collection(tmp_path_factory.mktemp("collection"))


@pytest.fixture
def exported(collected: Collection) -> Exported:
    """Runs an export as users do."""

    def run(name: str, folder: Path, **options: Any) -> tuple[Path, dict[str, Any]]:
        near = {kind.weights: kind.same_person for kind in KINDS.values()}
        return folder, export(collected.store, name, folder, ExportOptions(**options), same_person=near)

    return run
