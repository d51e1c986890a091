"""Writes the vector tables: one LanceDB table per (task, model), replaced video by video."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from facelib.index import upkeep
from facelib.index.connect import connect
from facelib.store.options import VectorFolder

VIDEOS_PER_QUERY = 2_000


def arrow_schema(dimensions: int) -> pa.Schema:
    """Columns of a vector table. The columns that filters need and that never change are repeated here."""
    return pa.schema(
        [
            ("clip_id", pa.string()),
            ("video_id", pa.string()),
            ("channel_id", pa.string()),
            ("upload_day", pa.string()),
            ("vector", pa.list_(pa.float32(), dimensions)),
        ]
    )


class IndexWriter:
    """The vector tables of one LanceDB folder."""

    def __init__(self, folder: VectorFolder) -> None:
        if isinstance(folder, Path):
            folder.mkdir(parents=True, exist_ok=True)
        self._database = connect(folder)

    def tables(self) -> list[str]:
        """The names of the tables there are."""
        names: list[str] = []
        token: str | None = ""
        while token is not None:
            page = self._database.list_tables(page_token=token or None)
            names += page.tables
            token = page.page_token
        return sorted(names)

    def restore(self, versions: Mapping[str, int]) -> None:
        """Go back to these versions, undoing what a writer that died has left; tables without one are dropped."""
        for name in self.tables():
            if name not in versions:
                self._database.drop_table(name)
                continue
            opened = self._database.open_table(name)
            if opened.version != versions[name]:
                opened.checkout(versions[name])
                opened.restore()
                upkeep.forget_index(opened, after=versions[name])

    def replace_videos(self, table: str, video_ids: list[str], rows: list[dict[str, Any]], dimensions: int) -> None:
        """Put the vectors of some videos in place of what the table has for them; other videos stay untouched.

        Args:
            table: name of the table; made when it does not exist.
            video_ids: the videos.
            rows: clip_id, video_id, channel_id, upload_day, vector of each clip of these videos.
            dimensions: length of a vector.
        """
        if table not in self.tables():
            if not rows:
                return
            self._database.create_table(table, schema=arrow_schema(dimensions))
        opened = self._database.open_table(table)
        # Not one merge: that reads the whole table. Nobody sees the version between, and `restore` undoes it.
        opened.delete(_is_one_of(video_ids))
        if rows:
            opened.add(pa.Table.from_pylist(rows, schema=opened.schema))

    def keep_up(self, metrics: Mapping[str, str]) -> bool:
        """Make the search indexes that are due, by the metric of each table; whether there were any.

        What a table holds stays the same, but its version is another one then.
        """
        made = [upkeep.keep_up(self._database.open_table(name), metrics[name]) for name in self.tables()]
        return any(made)

    def state(self, table: str) -> tuple[int, int]:
        """Version of a table, and how many rows it has."""
        opened = self._database.open_table(table)
        return int(opened.version), int(opened.count_rows())

    def clip_ids(self, table: str, video_ids: Sequence[str]) -> pa.Table:
        """The column ``clip_id`` of the rows of some videos."""
        opened = self._database.open_table(table)
        rows, parts = opened.count_rows() + 1, [pa.table({"clip_id": pa.array([], pa.string())})]
        for start in range(0, len(video_ids), VIDEOS_PER_QUERY):
            wanted = _is_one_of(list(video_ids[start : start + VIDEOS_PER_QUERY]))
            parts.append(opened.search().where(wanted).select(["clip_id"]).limit(rows).to_arrow())
        return pa.concat_tables(parts)


def _is_one_of(video_ids: list[str]) -> str:
    quoted = ", ".join("'" + video_id.replace("'", "''") + "'" for video_id in video_ids)
    return f"video_id IN ({quoted})"
