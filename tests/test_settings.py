from collections.abc import Iterator
from pathlib import Path

import pytest

from facelib import settings
from facelib.errors import SettingsError
from facelib.models.registry import ENTRIES, LITE
from facelib.stages.profiles import PROFILES


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in ("FACELIB_STORE", "FACELIB_CONFIG", "FACELIB_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    settings.load.cache_clear()
    yield
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
        ('profile = "best"\n', "profile"),
        ('[weights]\nnope = "/x"\n', "settings: weights: there is no model nope"),
        ('[pipeline.landmarks]\nmodel = "none"\n', "syncnet needs landmarks, which is off"),
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


@pytest.mark.parametrize(
    ("text", "embed", "detector"),
    [
        ("", "dlib", "centerface"),
        ('profile = "full"\n', "arcface", "scrfd"),
        ('profile = "full"\n[pipeline.embed]\nmodel = "dlib"\nbest = 3\n', "dlib", "scrfd"),
        ('profile = "full"\n[pipeline.detect]\npreset = "s0"\n', "arcface", "mtcnn"),
    ],
)
def test_a_profile_stands_under_what_is_chosen(text: str, embed: str, detector: str) -> None:
    Path("facelib.toml").write_text(text)
    document = settings.load().pipeline_document()
    assert (document["embed"]["model"], document["detect"]["detector"]) == (embed, detector)


def test_every_model_of_a_profile_is_in_the_registry() -> None:
    for profile in PROFILES:
        for name in settings.Settings(profile=profile).needed_models():
            assert name in ENTRIES
    assert set(settings.Settings().needed_models()) <= set(LITE)
