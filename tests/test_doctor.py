"""What the doctor finds before anything was done."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from facelib.doctor import examine
from facelib.models import device
from facelib.publish import publish
from facelib.settings import Settings
from facelib.store import layout, published, takedowns
from facelib.store.objects import Store
from facelib.store.takedowns import Takedown
from tests.support.collections import commit_video, list_channel
from tests.support.pipelines import settings_in


@pytest.mark.parametrize(
    ("name", "gpus", "state", "said"),
    [
        ("auto", 0, "good", "auto: the CPU, no GPU"),
        ("auto", 2, "good", "auto: 2 GPUs"),
        ("cpu", 0, "good", "cpu"),
        ("cuda:0", 1, "good", "cuda:0"),
        ("cuda:0", 0, "bad", "device cuda:0 is not there: 0 GPUs are visible (use auto or cpu)"),
        ("cuda:3", 2, "bad", "device cuda:3 is not there: 2 GPUs are visible (use auto or cpu)"),
    ],
)
@pytest.mark.parametrize("knows", [True, False], ids=["onnxruntime-gpu", "onnxruntime"])
def test_a_device_that_is_not_there_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, gpus: int, state: str, said: str, knows: bool
) -> None:
    monkeypatch.setattr("facelib.doctor.onnx_knows_gpus", lambda: knows)
    for module in ("facelib.models.device", "facelib.doctor"):
        monkeypatch.setattr(f"{module}.gpu_count", lambda: gpus)
    device.choose.cache_clear()
    found = examine(Settings(store=str(tmp_path / "store"), models_dir=tmp_path / "none", device=name))
    device.choose.cache_clear()
    assert [(one.state, one.message) for one in found if one.about == "device"] == [(state, said)]
    on_gpu = said in ("auto: 2 GPUs", "cuda:0")
    told = [one.state for one in found if one.about == "onnxruntime"]
    assert told == ["note"] * (on_gpu and not knows)


def _older(store: Store) -> None:
    newest = published.newest(store)
    assert newest
    with duckdb.connect(str(store.path(newest.catalog))) as connection:
        connection.execute("DROP TABLE captions")


def _stopped_takedown(store: Store) -> None:
    takedowns.begin(store, Takedown("t-1", "video", "v", ("v",), (), "asked", "anna", "2026-01-05T00:00:00+00:00"))
    store.remove_tree(layout.COMMITS)


@pytest.mark.parametrize(
    ("harm", "about", "state", "said"),
    [
        (lambda store: None, "publication", "good", "number 1; 0 commits wait"),
        (_older, "publication", "bad", "another version of facelib; run 'facelib publish', or trigger index_publish"),
        (_stopped_takedown, "takedown t-1", "bad", "'facelib takedown resume t-1' completes it"),
        (_stopped_takedown, "publication", "good", "number 1; 0 commits wait"),
    ],
)
def test_what_lies_in_a_store(tmp_path: Path, harm: Callable[[Store], None], about: str, state: str, said: str) -> None:
    settings = settings_in(tmp_path)
    store = settings.open_store()
    list_channel(store, ["v"])
    commit_video(store, "v", clips=1)
    publish(store)
    harm(store)
    found = [one for one in examine(settings) if one.about == about]
    assert found[0].state == state and said in found[0].message


@pytest.mark.parametrize(
    ("absent", "profile", "told"),
    [("", "full", set()), ("torch", "full", {"stage voice", "stage iqa"}), ("torch", "lite", set())],
)
def test_packages_that_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: str, profile: str, told: set[str]
) -> None:
    monkeypatch.setattr("facelib.doctor.find_spec", lambda name: None if name == absent else name)
    found = examine(Settings(store=str(tmp_path), models_dir=tmp_path / "none", profile=profile))
    stages = {one.about: one for one in found if one.about.startswith("stage ")}
    assert told <= set(stages) and bool(told) == bool(stages)
    assert all(one.state == "bad" and "need torch" in one.message for one in stages.values())
