"""The file or folder that a command is told to write to: refused in a sentence where that cannot be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facelib.errors import FacelibError, SettingsError
from facelib.store.objects import Store


@contextmanager
def writing(path: Path, store: Store, *endings: str) -> Iterator[Path]:
    """Check where a command shall write, and put what goes wrong there into words.

    Args:
        path: the file, or the folder where no endings are given.
        store: nothing may be written inside it: its files are written once, and are the collection.
        endings: one of them must be the file's, such as ``.wav``; in any case.

    Raises:
        SettingsError: the name ends otherwise (``bad_format``), its folder is not there (``no_folder``), it lies in the
            store (``in_store``), or cannot be written (``not_writable``).
    """
    wanted = " or ".join(endings)
    if endings and path.suffix.lower() not in endings:
        raise SettingsError(f"cannot write {path}", hint=f"end its name in {wanted}", reason="bad_format")
    if endings and not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}", hint="make it first", reason="no_folder")
    if store.holds(path):
        raise SettingsError(f"{path} lies in the store", hint="write to a place outside it", reason="in_store")
    if path.exists() and path.is_dir() == bool(endings):
        why = "it is a folder" if endings else "it is a file"
        raise SettingsError(f"cannot write {path}: {why}", hint="give another name", reason="not_writable")
    folder = path if path.is_dir() else path.parent
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise _refused(path, "no right to write there")
    try:
        yield path
    except FacelibError:
        raise
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from error


def _refused(path: Path, why: str) -> SettingsError:
    return SettingsError(
        f"cannot write {path}: {why}", hint="check space and permissions, or give another place", reason="not_writable"
    )
