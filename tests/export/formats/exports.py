"""Runs an export of the collection for tests of one format."""

from pathlib import Path
from typing import Any

from facelib.export.job import export
from facelib.export.options import ExportOptions
from tests.support.export_items import Collection

SAME_PERSON = {"dlib_resnet": 0.6}


def exported(collected: Collection, name: str, folder: Path, **options: Any) -> Path:
    """The folder of a dataset."""
    manifest = export(collected.store, name, folder, ExportOptions(**options), same_person=SAME_PERSON)
    assert not manifest.get("failures"), manifest["failures"]
    return folder


def files_in(folder: Path) -> dict[str, bytes]:
    """Bytes by path, without what the export itself keeps there."""
    own = (".export", "manifest.json", "items.jsonl", "SHA256SUMS")
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if name.split("/")[0] not in own}
