"""Opens the LanceDB database of a folder, on this machine or on object storage."""

from pathlib import Path
from typing import Any

from facelib.store.options import VectorFolder


def connect(folder: VectorFolder) -> Any:
    """A LanceDB connection to the vector tables of a folder.

    On object storage a commit to a table is one conditional write, as every write to the store is.
    """
    import lancedb

    if isinstance(folder, Path):
        return lancedb.connect(str(folder))
    return lancedb.connect(folder.uri, storage_options=dict(folder.options))
