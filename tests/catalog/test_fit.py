"""A catalogue of another version is told from a question that no catalogue answers."""

from pathlib import Path

import duckdb
import pytest

from facelib.catalog.fit import file_fits
from facelib.catalog.reader import Catalog
from facelib.catalog.writer import CatalogWriter
from facelib.errors import StoreError
from facelib.store import layout
from facelib.store.objects import Store
from facelib.store.published import Publication

KEY = "derived/catalog/a.duckdb"
SNAPSHOT = layout.snapshot_catalog("s1", 0)
OLDER = {
    "no table": "DROP TABLE captions",
    "no column": "ALTER TABLE captions DROP COLUMN language",
    "another type": "ALTER TABLE captions ALTER start_s TYPE VARCHAR",
}


@pytest.mark.parametrize("change", ["", *OLDER])
def test_a_catalogue_of_another_version_is_named_as_one(tmp_path: Path, change: str) -> None:
    store = Store(tmp_path)
    with CatalogWriter(store.path(KEY), None):
        pass
    if change:
        with duckdb.connect(str(store.path(KEY))) as connection:
            connection.execute(OLDER[change])
    assert file_fits(store.path(KEY)) == (not change)
    with Catalog(store, Publication(7, KEY, "", "", "", (), {})) as catalog:
        assert catalog.rows("SELECT count(*) AS n FROM clips") == [{"n": 0}]
        with pytest.raises(StoreError if change else duckdb.CatalogException) as caught:
            catalog.rows("SELECT language FROM a_later_table")
    if change:
        assert "publication 7" in str(caught.value) and "facelib publish" in str(caught.value)


@pytest.mark.parametrize("change", OLDER)
def test_what_an_older_snapshot_lacks_is_empty(tmp_path: Path, change: str) -> None:
    store = Store(tmp_path)
    with CatalogWriter(store.path(SNAPSHOT), None):
        pass
    with duckdb.connect(str(store.path(SNAPSHOT))) as connection:
        connection.execute("INSERT INTO captions (video_id, start_s) VALUES ('v', 1)")
        connection.execute(OLDER[change])
    before = store.path(SNAPSHOT).read_bytes()
    with Catalog(store, Publication(7, SNAPSHOT, "", "", "", (), {})) as catalog:
        catalog.shut_in()
        assert catalog.lacks == {"no table": ["captions"], "no column": ["captions.language"]}.get(change, [])
        kept = [] if change == "no table" else [{"video_id": "v", "language": None}]
        assert catalog.rows("SELECT video_id, language FROM captions") == kept
        assert catalog.rows("SELECT * FROM provenance") == []
        with pytest.raises(duckdb.CatalogException if catalog.lacks else StoreError):
            catalog.rows("SELECT * FROM a_later_table")
    assert store.path(SNAPSHOT).read_bytes() == before


def test_a_file_that_is_no_catalogue_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("no database")
    assert not file_fits(tmp_path / "a") and not file_fits(tmp_path / "gone")
