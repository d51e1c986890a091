"""What a database, an index or a file says when it fails, as an error with a name and a way on."""

import re

import duckdb

from facelib import settings
from facelib.errors import FacelibError, StoreError
from facelib.store import leases

WAIT = "wait until it has ended, then look again"
REBUILD = "run 'facelib rebuild'"
LOCKED = re.compile(r"could not set lock|conflicting lock", re.IGNORECASE)
LANCE = re.compile(r"\blance\b|\.lance\b|lancedb", re.IGNORECASE)


def named(error: Exception) -> FacelibError | None:
    """The error behind an exception of a library; None for what nobody foresaw."""
    if isinstance(error, FacelibError):
        if error.reason == "bad_index":
            return _index()
        return _catalog_file(error) if error.reason == "bad_catalog" else error
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return StoreError(
            "the published catalogue lacks what this page shows: another version of facelib wrote it",
            hint=_rebuilding() or REBUILD,
            reason="old_catalog",
        )
    if isinstance(error, duckdb.IOException | duckdb.FatalException | duckdb.ConnectionException):
        return StoreError("the published catalogue cannot be read", hint=_rebuilding() or REBUILD, reason="bad_catalog")
    if isinstance(error, OSError | RuntimeError | ValueError) and LANCE.search(str(error)):
        return _index()
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return StoreError(f"a file cannot be read: {error.strerror or error}", hint="look again", reason="unreadable")
    return None


def _catalog_file(error: FacelibError) -> FacelibError:
    """A catalogue that cannot be opened: locked, being made anew, gone or damaged; no path of the machine."""
    if LOCKED.search(error.message):
        return StoreError("the published catalogue is locked by another program", hint=WAIT, reason="catalog_locked")
    hint = _rebuilding() or REBUILD
    return StoreError(
        "the published catalogue cannot be opened: its file is gone or damaged", hint=hint, reason="bad_catalog"
    )


def _index() -> FacelibError:
    return StoreError("the search index cannot be read", hint=_rebuilding() or REBUILD, reason="bad_index")


def _rebuilding() -> str:
    """What to do while catalogue and index are being written; empty when nobody writes them."""
    try:
        writing = leases.held(settings.load().open_store(), "publish")
    except FacelibError:
        return ""
    return f"catalogue and index are being written at this moment: {WAIT}" if writing else ""
