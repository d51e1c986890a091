"""The table of facial-scraper: 20 columns, as CSV and as a pickled pandas DataFrame."""

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

COLUMNS: dict[str, str] = {
    "file_original": "object",
    "file_relative": "object",
    "lmdb_file": "object",
    "lmdb_relative": "object",
    "lmdb_num_frames": "object",
    "audio_file": "object",
    "audio_relative": "object",
    "start_frame": "int64",
    "end_frame": "int64",
    "start_time": "float64",
    "end_time": "float64",
    "num_frames": "int64",
    "width": "int64",
    "height": "int64",
    "original_duration": "float64",
    "original_resolution": "object",
    "original_fps": "float64",
    "clip_score": "float64",
    "hyperiqa": "float64",
    "clipiqa+": "float64",
}
"""Columns in their order, with their pandas types; ``object`` is str, int or list, or None for what there is not."""

PICKLE_PROTOCOL = 4
"""Read by Python 3.4 and later."""


def scraper_frame(rows: Sequence[Mapping[str, Any]]) -> "pandas.DataFrame":
    """A DataFrame with the 20 columns; a measure that is None becomes NaN.

    Example:
        >>> scraper_frame([]).columns.tolist()[:2]
        ['file_original', 'file_relative']
    """
    import pandas

    # A pickle notes which cells are one object; after this, equal rows share equally much.
    plain = json.loads(json.dumps([{name: row[name] for name in COLUMNS} for row in rows]))
    columns = {name: pandas.Series([row[name] for row in plain], dtype=kind) for name, kind in COLUMNS.items()}
    frame = pandas.DataFrame(columns)
    frame.columns = pandas.Index(list(COLUMNS), dtype=object)
    return frame


def write_scraper_table(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write ``ex-metadata.csv`` and ``ex-metadata.pkl``, both for pandas; equal rows give equal bytes.

    Only read a pickle of somebody whom you trust: it can run code. The CSV file holds the same.
    """
    frame = scraper_frame(rows)
    frame.to_csv(folder / "ex-metadata.csv", index=False, lineterminator="\n")
    (folder / "ex-metadata.pkl").write_bytes(pickle.dumps(frame, protocol=PICKLE_PROTOCOL))
