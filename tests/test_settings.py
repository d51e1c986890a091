from pathlib import Path

import pytest

from facelib import settings
from facelib.errors import SettingsError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("FACELIB_STORE", "FACELIB_CONFIG", "FACELIB_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    settings.load.cache_clear()


def test_file_then_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("facelib.toml").write_text('store = "a"\nthreads = 3\n[pipeline.detect]\nstep = 7\n[crawl]\nmin_hours = 2\n')
    monkeypatch.setenv("FACELIB_STORE", "b")
    monkeypatch.setenv("FACELIB_PIPELINE__TRACK__MIN_SECONDS", "4")
    found = settings.load()
    assert (found.store, found.threads, found.crawl.min_hours) == ("b", 3, 2)
    document = found.pipeline_document()
    assert (document["detect"]["step"], document["track"]["min_seconds"]) == (7, 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[pipeline.detect]\nstep = 0\n", "pipeline.detect.step"),
        ("[pipeline.detect]\nstepp = 3\n", "pipeline.detect.stepp"),
        ("nonsense = 1\n", "nonsense"),
        ("store = [\n", "facelib.toml"),
    ],
)
def test_a_bad_file_is_named(text: str, said: str) -> None:
    Path("facelib.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        settings.load()


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_CONFIG", "nowhere.toml")
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        settings.load()
