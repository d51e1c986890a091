"""The metrics are valid for Prometheus, and say what the collection holds."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from facelib import settings as settings_module
from facelib.cli import app
from facelib.errors import StoreError
from facelib.metrics import Metric, collect, render
from facelib.publish import publish
from facelib.settings import Settings
from facelib.store import documents, quarantine, uploads
from facelib.store.objects import Store
from tests.support.collections import commit_video, list_channel
from tests.support.pipelines import settings_in

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
VALUE = r"(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|NaN|[-+]Inf)"
SAMPLE = re.compile(rf"({NAME})(?:{{({LABEL}(?:,{LABEL})*)?,?}})? ({VALUE})")
REJECT = {"kind": "track", "start_frame": 0, "number": 0, "measured": 1.0, "threshold": 2.0, "unit": "px"}


def parsed(text: str) -> dict[tuple[str, str], float]:
    """The samples of an exposition; fails where its grammar (text format 0.0.4) is broken."""
    found: dict[tuple[str, str], float] = {}
    name, seen = "", set[str]()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert re.fullmatch(NAME, name) and name not in seen, "one group a metric"
            assert re.fullmatch(r"(?:[^\\]|\\\\|\\n)*", line.split(" ", 3)[3])
            seen.add(name)
        elif line.startswith("# TYPE "):
            assert line == f"# TYPE {name} gauge"
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample and sample[1] == name, line
            assert (name, sample[2] or "") not in found, "one sample a set of labels"
            found[name, sample[2] or ""] = float(sample[3])
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def store(settings: Settings) -> Store:
    store = settings.open_store()
    list_channel(store, ["a", "b", "c"])
    for video_id, clips, reason in (("a", 2, "small_face"), ("b", 1, "short")):
        uploads.resolve(store, video_id, {"upload_day": "2026-01-05"})
        commit_video(
            store, video_id, clips=clips, rejects=[{"stage": "track", "reason": reason, **REJECT}],
            stages={"iqa": {"fingerprint": "f", "reason": "not_computed: no_weights: x"}},
        )  # fmt: skip
    quarantine.enter(store, "c", "download", "f", error="E", reason="gone", message="x")
    publish(store)
    commit_video(store, "c", clips=1)
    uploads.set_pending(store, "2026-01-05", "c")
    return store


def test_the_numbers_are_those_of_the_collection(store: Store, settings: Settings) -> None:
    found = parsed(render(collect(store, settings)))
    clips = {labels: value for (name, labels), value in found.items() if name == "facelib_clips"}
    assert sum(clips.values()) == 3
    assert found["facelib_videos", ""] == 2
    assert found["facelib_rejects", 'stage="track",reason="small_face"'] == 1
    assert found["facelib_rejects", 'stage="track",reason="short"'] == 1
    assert found["facelib_quarantine", 'stage="download",reason="gone"'] == 1
    assert found["facelib_not_computed", 'stage="iqa"'] == 2
    assert found["facelib_stage_seconds", 'stage="track"'] == 2
    assert found["facelib_stale", 'stage="track"'] == 2, "nothing says with which parameters it was made"
    assert found["facelib_commits_waiting", ""] == 1
    assert found["facelib_videos_waiting", ""] == 1
    assert found["facelib_channel_newest_upload_timestamp_seconds", 'channel="channel_x"'] == 1767571200
    assert found["facelib_published_timestamp_seconds", ""] > found[
        "facelib_channel_listed_timestamp_seconds", 'channel="channel_x"'
    ] > 0  # fmt: skip


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\nb", "ä {}=,", ""])
def test_any_text_can_be_a_label(text: str) -> None:
    found = parsed(render([Metric("x", f"What {text} is.", [({"label": text}, 1.5), ({"label": "other"}, 1e-9)])]))
    assert sorted(found.values()) == [1e-9, 1.5]


def test_a_metric_without_samples_is_left_out() -> None:
    assert render([Metric("x", "Nothing.")]) == ""


def test_a_file_is_replaced_whole_and_its_name_checked(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    settings_module.load.cache_clear()
    target = tmp_path / "facelib.prom"
    target.write_text("old")
    done = CliRunner().invoke(app, ["metrics", "--out", str(target)])
    assert done.exit_code == 0, done.output
    assert parsed(target.read_text())["facelib_videos", ""] == 2
    assert [path.name for path in tmp_path.glob(".*")] == []
    assert CliRunner().invoke(app, ["metrics", "--out", str(tmp_path / "facelib.txt")]).exit_code == 1
    assert parsed(CliRunner().invoke(app, ["metrics"]).stdout)["facelib_videos", ""] == 2
    settings_module.load.cache_clear()


def test_nothing_was_published_yet(settings: Settings) -> None:
    with pytest.raises(StoreError, match="nothing was published"):
        collect(settings.open_store(), settings)


def test_a_new_version_makes_its_results_stale_and_those_that_read_them(
    settings: Settings, lite_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facelib.stages import pipeline
    from facelib.stages.landmarks import Landmarks

    store, document = settings.open_store(), settings.pipeline_document()
    list_channel(store, ["a"])
    made: dict[str, Any] = {}
    for stage in pipeline.active(document):
        params = pipeline.params_of(document, stage.name)
        weights = {model: settings.open_weights().digest(model) for model in stage.models(params)}
        digest = documents.digest(params.model_dump(mode="json"))
        made[stage.name] = {"version": stage.version, "params": digest, "weights": weights}
    states = {stage: {"fingerprint": "f"} for stage in made}
    commit_video(store, "a", clips=1, stages=states, provenance={"source": {}, "stages": made})
    publish(store)

    def stale() -> set[str]:
        found = parsed(render(collect(store, settings)))
        return {labels.split('"')[1] for (name, labels), n in found.items() if name == "facelib_stale" and n}

    assert stale() == set()
    monkeypatch.setattr(Landmarks, "version", Landmarks.version + 1)
    assert stale() == {"landmarks", "syncnet"}
