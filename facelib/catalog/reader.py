"""Reads the catalogue: read-only, and only the file that the current publication names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from facelib.catalog.fit import fits, open_filled
from facelib.catalog.places import FEW, Places
from facelib.errors import StoreError
from facelib.store import layout, published
from facelib.store.objects import Store
from facelib.store.published import Publication

_OF_UPLOAD = "video_id, title, url, channel_id, channel_title, upload_day, licence, uploader"
PUBLISH_ANEW = "run 'facelib publish', or trigger index_publish in Airflow, which writes it anew"
NEW_SNAPSHOT = "make a new one of what is published now: 'facelib snapshot create NAME'"


@dataclass(frozen=True)
class Condition:
    """One more condition on ``clips c`` joined with ``uploads u``: SQL of ours with a ``?`` for each value.

    Args:
        sql: the condition.
        values: its parameters.
        clip_ids: a query with the same parameters for the ids of the clips that pass, where these are mostly few: they
            are then looked up, and the ids of all clips are not looked through.
    """

    sql: str
    values: tuple[Any, ...] = ()
    clip_ids: str = ""


@dataclass(frozen=True)
class ClipFilter:
    """Which clips are wanted; an empty filter wants all but those of videos that are hidden.

    Args:
        channels: ids of channels that showed the upload.
        first_day: earliest upload day, ``YYYY-MM-DD``.
        last_day: latest upload day, ``YYYY-MM-DD``.
        has_audio: only clips with sound, or only without.
        conditions: what else must hold, see :mod:`facelib.find.conditions`.
    """

    channels: tuple[str, ...] = ()
    first_day: str | None = None
    last_day: str | None = None
    has_audio: bool | None = None
    conditions: tuple[Condition, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every clip passes that is not hidden."""
        return self == ClipFilter()

    def sql(self, *, hides: bool = True) -> tuple[str, list[Any]]:
        """A condition on ``clips c`` joined with ``uploads u``, and its parameters.

        Args:
            hides: whether any video is hidden; to look for none among the clips takes its time as well.
        """
        hidden = "c.video_id NOT IN (SELECT video_id FROM hidden_videos)"
        conditions, parameters = [hidden] if hides else ["TRUE"], list[Any]()
        if self.channels:
            shown = "SELECT video_id FROM sightings WHERE channel_id IN (SELECT unnest(?::VARCHAR[]))"
            conditions.append(f"c.video_id IN ({shown})")
            parameters.append(list(self.channels))
        if self.first_day:
            conditions.append("u.upload_day >= ?")
            parameters.append(self.first_day)
        if self.last_day:
            conditions.append("u.upload_day <= ?")
            parameters.append(self.last_day)
        if self.has_audio is not None:
            conditions.append("c.has_audio = ?")
            parameters.append(self.has_audio)
        for condition in self.conditions:
            conditions.append(condition.sql)
            parameters += condition.values
        return " AND ".join(conditions), parameters


class Catalog:
    """The published catalogue.

    Args:
        store: the store.
        publication: which one to read; the current one by default. Of a snapshot that an older version made, what it
            lacks is empty, see ``lacks``: nobody can write it anew.

    Raises:
        StoreError: nothing was published yet, or the file is gone.

    Example:
        >>> from facelib.settings import load  # doctest: +SKIP
        >>> with Catalog(load().open_store()) as catalog:  # doctest: +SKIP
        ...     catalog.rows("SELECT count(*) AS clips FROM clips")
        [{'clips': 9}]
    """

    def __init__(self, store: Store, publication: Publication | None = None) -> None:
        import duckdb

        publication = publication or published.newest(store)
        if publication is None:
            raise StoreError(
                f"nothing was published in {store.address} yet",
                hint="run 'facelib ingest --channel FOLDER_OR_URL', or 'facelib publish' after running the stages",
                reason="not_published",
            )
        self.publication = publication
        self.is_snapshot = publication.catalog.startswith(f"{layout.SNAPSHOTS}/")
        self.lacks: list[str] = []
        self._shut_in = False
        path = store.location(publication.catalog)
        try:
            file = store.local(publication.catalog)
            if self.is_snapshot:
                self._connection, self.lacks = open_filled(file)
            else:
                self._connection = duckdb.connect(str(file), read_only=True)
            self._places = Places(self._connection)
        except (duckdb.Error, StoreError, OSError) as error:
            hint = NEW_SNAPSHOT if self.is_snapshot else "run 'facelib rebuild'"
            raise StoreError(
                f"the catalogue {path} cannot be opened: {error}", hint=hint, reason="bad_catalog"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a query, each by column name.

        Raises:
            StoreError: another version of facelib wrote this catalogue, and what is asked for is not in it; reason
                ``old_catalog``.
        """
        import duckdb

        try:
            cursor = self._connection.cursor().execute(sql, parameters or [])
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            if fits(self._connection.cursor()):
                raise
            what = self.publication.catalog if self.is_snapshot else f"publication {self.publication.number}"
            raise StoreError(
                f"{what} was written by another version of facelib, and lacks what is asked for",
                hint=NEW_SNAPSHOT if self.is_snapshot else PUBLISH_ANEW,
                reason="old_catalog",
            ) from error
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def shut_in(self) -> None:
        """From now on no query reads anything but this catalogue: no file, no network, no setting."""
        # Two that are open in one process on the same file share their settings.
        if not self._shut_in and not self.rows("SELECT current_setting('lock_configuration') AS locked")[0]["locked"]:
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")
        self._shut_in = True

    @cached_property
    def hides(self) -> bool:
        """Whether some videos are kept out of search and export."""
        return bool(self.rows("SELECT 1 FROM hidden_videos LIMIT 1"))

    def passing(self, wanted: ClipFilter) -> tuple[str, list[Any]]:
        """The condition of a filter on ``clips c`` joined with ``uploads u``, and its parameters, as fast as can be."""
        found = tuple(self._looked_up(condition) for condition in wanted.conditions)
        return replace(wanted, conditions=found).sql(hides=self.hides)

    def clip_ids(self, wanted: ClipFilter, *, limit: int) -> list[str] | None:
        """The ids of the clips that pass a filter; None when there are more than ``limit``."""
        condition, parameters = self.passing(wanted)
        sql = f"SELECT c.clip_id FROM clips c JOIN uploads u USING (video_id) WHERE {condition} LIMIT ?"  # noqa: S608
        found = [row["clip_id"] for row in self.rows(sql, [*parameters, limit + 1])]
        return found if len(found) <= limit else None

    def clips(self, clip_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Clip, video and upload columns of some clips, by clip id."""
        clips = self.by_id("clips", clip_ids)
        uploads = self.by_id("uploads", {row["video_id"] for row in clips.values()}, _OF_UPLOAD, key="video_id")
        return {clip_id: {**row, **uploads[row["video_id"]]} for clip_id, row in clips.items()}

    def by_id(
        self, table: str, ids: Iterable[str], columns: str = "*", *, key: str = "clip_id", values: Sequence[Any] = ()
    ) -> dict[str, dict[str, Any]]:
        """The rows of some ids, by id, of a table with one row for each at most.

        Places come first, then only the columns of these rows: asked for at once, DuckDB reads them of many more.

        Args:
            table: name of a table.
            ids: of clips or videos; those that the table does not have are left out.
            columns: SQL of ours for what is wanted, the key among it.
            key: the column of ids.
            values: parameters of the columns.
        """
        wanted = sorted({*ids} - {""})
        if not wanted:
            return {}
        held, parameters = self._places.among(table, key, wanted, rows=self.publication.counts.get(table, 0))
        rows = self.rows(f"SELECT {columns} FROM {table} WHERE {held}", [*values, *parameters])  # noqa: S608 - names of ours
        asked = set(wanted)
        return {row[key]: row for row in rows if row[key] in asked}

    def _looked_up(self, condition: Condition) -> Condition:
        """The same condition by places, where few clips pass."""
        if not condition.clip_ids:
            return condition
        rows = self.rows(f"{condition.clip_ids} LIMIT {FEW + 1}", list(condition.values))
        if len(rows) > FEW:
            return condition
        ids = [row["clip_id"] for row in rows]
        held, parameters = self._places.among("clips", "clip_id", ids, rows=self.publication.counts.get("clips", 0))
        return Condition(f"c.{held}", tuple(parameters))
