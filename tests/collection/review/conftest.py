"""A published collection whose clips people judge."""

from pathlib import Path

import pytest

from tests.support.judged import Judged


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """The collection before anybody judged; tests only read it."""
    return Judged(tmp_path_factory.mktemp("judged"))


@pytest.fixture
def made(judged: Judged, tmp_path: Path) -> Judged:
    """A copy of it to write to."""
    return judged.copied(tmp_path)
