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
        ("nonsense = 1\n", "nonsense: there is no such setting"),
        ("threds = 1\n", "threds: .*did you mean threads"),
        ("[crawl]\nmin_hour = 1\n", "crawl.min_hour: .*did you mean min_hours"),
        ('[pipeline.detect]\nmodel = "scrfd"\n', "pipeline.detect.model: .*did you mean detector"),
        ('[pipeline.iqa]\nmodel = "brisque"\n', "pipeline.iqa.model: .*did you mean models"),
        ("[plan]\nzzz = 1\n", "plan.zzz: .*there are shard_minutes, lease_minutes"),
        ('device = "gpu"\n', "device: 'gpu' is no device; write auto, cpu or cuda:N"),
        ('device = "cuda:x"\n', "device: 'cuda:x'"),
        ('device = "cuda:0 "\n', "device: 'cuda:0 '"),
        ("store = [\n", "facelib.toml"),
        ('profile = "best"\n', "profile"),
        ('store = ""\n', "store: it is empty; .* take FACELIB_STORE away"),
        ('cache = " "\n', "cache: it is empty"),
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


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FACELIB_PIPLINE__IQA__HANDS", "true", "PIPLINE__IQA__HANDS; did you mean FACELIB_PIPELINE__IQA__HANDS?"),
        ("FACELIB_PIPELINE__IQA__HAND", "true", "did you mean FACELIB_PIPELINE__IQA__HANDS?"),
        ("FACELIB_PIPELINE__DETECT__MODEL", "scrfd", "did you mean FACELIB_PIPELINE__DETECT__DETECTOR?"),
        ("FACELIB_CRAWL_MIN_HOURS", "3", "did you mean FACELIB_CRAWL__MIN_HOURS?"),
        ("FACELIB_STORE__X", "a", "there is no variable FACELIB_STORE__X"),
        ("FACELIB_AIRFLOW_PRT", "1", "did you mean FACELIB_AIRFLOW_PORT?"),
        ("facelib_stor", "a", "there is no variable facelib_stor; did you mean FACELIB_STORE?"),
        ("FACELIB_PIPELINE__IQA__MODELS", "brisque", """IQA__MODELS: 'brisque' is not JSON; .* '["brisque"]'"""),
        ("FACELIB_CHANNELS", "a, b", """FACELIB_CHANNELS: 'a, b' is not JSON; .* '["a", "b"]'"""),
        ("FACELIB_CHANNELS", "", r"FACELIB_CHANNELS: '' is not JSON; .* '[]'"),
        *((f"FACELIB_{name}", "", "it is empty; .*FACELIB_" + name) for name in ("STORE", "MODELS_DIR", "WORK_DIR")),
        ("FACELIB_EXPORTS_DIR", " ", "exports_dir: it is empty"),
        ("FACELIB_WEIGHTS__CENTERFACE", "", "weights: it is empty"),
        ("FACELIB_WEIGHTS", "x.onnx", "FACELIB_WEIGHTS: 'x.onnx' is not JSON; an object"),
        ("FACELIB_PIPELINE", "full", "FACELIB_PIPELINE: 'full' is not JSON; an object"),
        ("FACELIB_DOWNLOAD__YOUTUBE__KEYS", "hush", "YOUTUBE__KEYS: the value is not JSON"),
    ],
)
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=said.replace("[", r"\[").replace("?", r"\?")) as refused:
        settings.load()
    assert "facelib.toml" not in str(refused.value) and "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FACELIB_TASK_RETRIES", "1"),
        ("FACELIB_POD_GPU", ""),
        ("FACELIB_DEMO_LIMIT_S", "9"),
        ("FACELIB_WEIGHTS__CENTERFACE", "/x"),
        ("FACELIB_PIPELINE__IQA", '{"hands": true}'),
        ("facelib_threads", "2"),
        ("FACELIB_UI_SERVICE_HOST", "10.0.0.1"),
        ("FACELIB_UI_PORT_8501_TCP_ADDR", "10.0.0.1"),
        ("FACELIB_UI_PORT", "tcp://10.0.0.1:8501"),
        ("OTHER_STOR", "x"),
    ],
)
def test_a_variable_of_any_part_is_known(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    settings.load()


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:0", "cuda:12"])
def test_the_form_of_a_device(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setenv("FACELIB_DEVICE", device)
    assert settings.load().device == device
