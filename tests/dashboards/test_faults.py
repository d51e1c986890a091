"""What libraries say when they fail, as sentences: no stack trace, no path of the machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import faults
from facelib import settings
from facelib.errors import FacelibError, MediaError, StoreError
from facelib.publish import publish
from facelib.store import leases, published
from facelib.store.objects import Store
from tests.dashboards.conftest import Open
from tests.support.collections import commit_video, list_channel


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a published store."""
    made = Store(tmp_path_factory.mktemp("faults") / "store")
    list_channel(made, ["toy_one-0123456789"])
    commit_video(made, "toy_one-0123456789", clips=2)
    publish(made)
    return Path(made.address)


@pytest.fixture
def store(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A published store."""
    shutil.copytree(made, tmp_path / "store")
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    settings.load.cache_clear()
    yield Store(tmp_path / "store")
    settings.load.cache_clear()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MediaError("no face", reason="no_face"), "no_face"),
        (StoreError("IO Error: Could not set lock on file", reason="bad_catalog"), "catalog_locked"),
        (StoreError("the catalogue /srv/x.duckdb cannot be opened", reason="bad_catalog"), "bad_catalog"),
        (duckdb.CatalogException("Table clips does not exist"), "old_catalog"),
        (duckdb.BinderException("no column named sharpness"), "old_catalog"),
        (duckdb.IOException("No such file /srv/x.duckdb"), "bad_catalog"),
        (RuntimeError("lance error: Not found: /srv/x.lance/_versions/1"), "bad_index"),
        (StoreError("the search index lacks its table at /srv/x.lance", reason="bad_index"), "bad_index"),
        (FileNotFoundError(2, "No such file or directory", "/srv/x.mp4"), "unreadable"),
    ],
)
def test_a_failure_has_a_name(store: Store, error: Exception, reason: str) -> None:
    problem = faults.named(error)
    assert isinstance(problem, FacelibError)
    assert problem.reason == reason
    assert "/srv/" not in str(problem)


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("odd"), ConnectionResetError(), ZeroDivisionError()])
def test_what_nobody_foresaw_has_no_name(store: Store, error: Exception) -> None:
    assert faults.named(error) is None


def test_while_publish_writes_one_waits(store: Store) -> None:
    with leases.locked(store, "publish"):
        for error in (duckdb.CatalogException("Table clips does not exist"), StoreError("gone", reason="bad_index")):
            problem = faults.named(error)
            assert problem is not None
            assert "being written at this moment" in problem.hint


def broken_page() -> None:
    """A page that fails as nobody foresaw, for AppTest."""
    from dashboards import problems

    with problems.shown():
        raise ZeroDivisionError("secret detail")


def test_a_number_stands_for_a_stack_trace(caplog: pytest.LogCaptureFixture) -> None:
    page = AppTest.from_function(broken_page).run()
    assert not page.exception
    told = page.error[0].value
    assert "secret detail" not in told
    assert told.rsplit(" ", 1)[-1].rstrip(".") in caplog.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("damage", ["gone", "damaged"])
def test_a_catalogue_that_cannot_be_opened_is_a_sentence(open_page: Open, store: Store, damage: str) -> None:
    newest = published.newest(store)
    assert newest is not None
    path = Path(store.address) / newest.catalog
    path.unlink() if damage == "gone" else path.write_bytes(b"no database")
    page = open_page(store.address)
    assert not page.exception
    assert "cannot be opened" in page.warning[0].value
    assert str(path) not in page.warning[0].value
