"""Search: which vectors are searched, and by what; what it finds in real clips is tested with the media table."""

import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.errors import FacelibError, StoreError
from facelib.models.identity import KINDS
from facelib.publish import publish
from facelib.search import FaceSearch
from facelib.settings import Settings
from facelib.store.objects import Store
from tests.support.collections import DIGEST, commit_video, list_channel, vector_of
from tests.support.pipelines import settings_in


def published(folder: Path, **models: str) -> Settings:
    """A store with one video of two clips for each name, embedded by that model."""
    settings = settings_in(folder)
    store = Store(settings.store)
    list_channel(store, list(models))
    for video_id, model in models.items():
        commit_video(store, video_id, clips=2, model=model)
    publish(store)
    return settings


def searching(settings: Settings, **embed: object) -> FaceSearch:
    return FaceSearch(Settings(**{**settings.model_dump(), "pipeline": {"embed": embed}}))


def picture(folder: Path) -> Path:
    path = folder / "grey.png"
    cv2.imwrite(str(path), np.full((64, 64, 3), 128, np.uint8))
    return path


def test_each_model_searches_its_own_vectors(tmp_path: Path) -> None:
    settings = published(tmp_path, a="dlib_resnet", b="arcface_w600k_r50")
    for choice, video_id, other in (("dlib", "a", "b"), ("arcface", "b", "a")):
        search = searching(settings, model=choice)
        assert search.of_clip(f"{video_id}--0") == pytest.approx(vector_of(f"{video_id}--0"))
        hits = search.nearest(vector_of(f"{video_id}--0"), limit=9)
        assert [hit.clip_id for hit in hits] == [f"{video_id}--0", f"{video_id}--1"]
        assert {hit.threshold for hit in hits} == {KINDS[choice].same_person}
        assert hits[0].same_person and hits[0].to_dict()["same_person"] is True
        with pytest.raises(StoreError, match="no clip"):
            search.of_clip(f"{other}--0")


def test_the_threshold_of_the_settings_decides_who_is_the_same(tmp_path: Path) -> None:
    search = searching(published(tmp_path, a="dlib_resnet"), max_distance=9.0)
    assert all(hit.same_person for hit in search.nearest(vector_of("a--0"), limit=2))


def test_an_index_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    settings = published(tmp_path, a="dlib_resnet")
    shutil.rmtree(Path(settings.store) / "derived" / "index")
    with pytest.raises(StoreError, match="facelib rebuild") as refused:
        searching(settings, model="dlib").of_clip("a--0")
    assert refused.value.reason == "bad_index"


@pytest.mark.parametrize("ask", ["clip", "nearest", "picture"])
def test_clips_of_another_model_are_an_error_that_says_so(tmp_path: Path, lite_models: Path, ask: str) -> None:
    search = searching(published(tmp_path, a="arcface_w600k_r50"), model="dlib")
    calls = {
        "clip": lambda: search.of_clip("a--0"),
        "nearest": lambda: search.nearest(vector_of("a--0")),
        "picture": lambda: search.faces(picture(tmp_path)),
    }
    with pytest.raises(StoreError, match=r"embedded by arcface_w600k_r50.*settings name dlib_resnet") as refused:
        calls[ask]()
    assert refused.value.reason == "wrong_model"


def test_a_picture_is_not_compared_with_vectors_of_other_weights(tmp_path: Path, lite_models: Path) -> None:
    search = searching(published(tmp_path, a="dlib_resnet"))
    with pytest.raises(StoreError, match=DIGEST[:12]) as refused:
        search.faces(picture(tmp_path))
    assert refused.value.reason == "wrong_model"


def test_a_model_whose_weights_are_absent_is_named(tmp_path: Path, lite_models: Path) -> None:
    search = searching(published(tmp_path, a="arcface_w600k_r50"), model="arcface")
    assert search.of_clip("a--0")
    with pytest.raises(FacelibError, match="arcface_w600k_r50") as refused:
        search.faces(picture(tmp_path))
    assert refused.value.reason == "no_weights"


@pytest.mark.parametrize(
    ("reason", "said", "hint"),
    [
        (
            "not_computed: no_weights: dlib_resnet",
            "embed was not computed: weights are absent: dlib_resnet",
            "fetch dlib",
        ),
        ("quarantined: crashed", "embed was not computed: quarantined: crashed", "quarantine list"),
        ("", "no published clip has a face vector$", "facelib status"),
    ],
)
def test_without_vectors_the_reason_is_said(tmp_path: Path, reason: str, said: str, hint: str) -> None:
    settings = settings_in(tmp_path)
    store = Store(settings.store)
    list_channel(store, ["a"])
    embed = {"fingerprint": "x", **({"reason": reason} if reason else {})}
    commit_video(store, "a", clips=2 if reason else 0, stages={"embed": embed})
    publish(store)
    with pytest.raises(StoreError, match="face vector") as refused:
        FaceSearch(settings).of_clip("a--0")
    assert re.search(said, refused.value.message) and hint in refused.value.hint
    assert refused.value.reason == "no_vectors"
