"""The stage ``image`` with OpenNSFW's real weights and a small random CLIP."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.catalog.measures import MEASURES
from facelib.models.open_clip import OpenClip
from facelib.models.quality.consistency import inconsistency
from facelib.models.quality.union_crop import union_crop
from facelib.models.registry import Weights
from facelib.stages.base import Output
from facelib.stages.clips import Clip
from facelib.stages.image import Image, ImageParams
from tests.support.clips import clip_of, measure
from tests.support.tiny_open_clip import TINY, folder_of


def run(clips: list[Clip], folder: Path, weights: Weights, **params: Any) -> Output:
    return measure(Image(ImageParams(**params), weights, threads=1), clips, folder / "scratch")


@pytest.fixture(scope="module")
def clip_weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    pytest.importorskip("open_clip")
    folder = folder_of(tmp_path_factory.mktemp("open_clip"), TINY)
    return Weights(folder.parent, local={"open_clip": folder})


def test_one_vector_a_clip(media_dir: Path, weights: Weights, tmp_path: Path) -> None:
    clips = [clip_of(media_dir / f"{name}.mp4", n_frames=20) for name in ("talker_a", "talker_b")]
    output = run(clips, tmp_path, weights, frames=3)
    vectors = output.tables["vectors"]
    assert [one["clip_id"] for one in vectors] == ["talker_a", "talker_b"]
    for vector in vectors:
        assert (vector["task"], vector["model"], vector["metric"]) == ("image", "opennsfw", "cosine")
        assert vector["digest"] == weights.digest("opennsfw")
        assert np.linalg.norm(vector["vector"]) == pytest.approx(1, abs=1e-5)
        assert len(vector["vector"]) == 1024
        assert vector["n_faces"] == 3
    for found in output.tables["image"]:
        assert 0 < found["inconsistency"] < 0.1
        assert 0 <= found["nsfw"] <= found["nsfw_max"] < 0.2
    assert {one["measure"] for one in output.tables["series"]} == {"look", "nsfw"}
    alone = run(clips[1:], tmp_path, weights, frames=3)
    assert alone.tables["vectors"][0] == vectors[1]


def test_a_cut_in_the_clip_shows_late_or_early(media_dir: Path, weights: Weights, tmp_path: Path) -> None:
    """The first five frames cannot see a change after 125 frames; frames spread over the clip do."""
    clip = clip_of(media_dir / "scenes_cuts_at_125_325_525.mp4", n_frames=250)
    ours, legacy = (
        run([clip], tmp_path, weights, protocol=protocol, frames=4).tables["image"][0]["inconsistency"]
        for protocol in ("spread", "legacy")
    )
    assert ours > 0.1
    assert legacy < 0.05


@pytest.mark.parametrize(("n", "ours", "legacy"), [(1, False, False), (4, True, False), (5, True, True)])
def test_short_clips(media_dir: Path, clip_weights: Weights, tmp_path: Path, n: int, ours: bool, legacy: bool) -> None:
    clip = clip_of(media_dir / "talker_a.mp4", n_frames=n)
    for protocol, known in (("spread", ours), ("legacy", legacy)):
        output = run([clip], tmp_path, clip_weights, model="open_clip", nsfw=False, protocol=protocol)
        found = output.tables["image"][0]
        assert (found["inconsistency"] is not None) == known
        assert found["frames"] == n
        assert len(output.tables["vectors"]) == 1


def test_legacy_consistency_is_that_of_the_first_five_squares(
    media_dir: Path, clip_weights: Weights, tmp_path: Path
) -> None:
    clip = clip_of(media_dir / "talker_a.mp4", n_frames=12)
    output = run([clip], tmp_path, clip_weights, model="open_clip", nsfw=False, protocol="legacy", frames=4)
    model = OpenClip(clip_weights.file("open_clip"))
    squares = [union_crop(picture, clip.boxes) for _, picture in clip.frames(range(5))]
    expected = inconsistency(model.encode_images(squares, legacy=True))
    assert output.tables["image"][0]["inconsistency"] == pytest.approx(expected, abs=1e-6)
    # The vector is made as the model was trained, whatever the protocol of the consistency.
    ours = run([clip], tmp_path, clip_weights, model="open_clip", nsfw=False, frames=4)
    assert output.tables["vectors"] == ours.tables["vectors"]
    assert output.tables["image"][0]["nsfw"] is None
    assert {one["measure"] for one in output.tables["series"]} == {"look"}


def test_a_clip_without_a_frame_is_rejected(media_dir: Path, clip_weights: Weights, tmp_path: Path) -> None:
    clip = clip_of(media_dir / "talker_a.mp4", n_frames=2)
    output = run([dataclasses.replace(clip, n_frames=0)], tmp_path, clip_weights, model="open_clip", nsfw=False)
    assert [reject.reason for reject in output.rejects] == ["no_frames"]
    assert not output.tables["vectors"]


@pytest.mark.parametrize(
    ("params", "models"),
    [
        ({}, ("opennsfw",)),
        ({"nsfw": False}, ("opennsfw",)),
        ({"model": "open_clip"}, ("open_clip", "opennsfw")),
        ({"model": "open_clip", "nsfw": False}, ("open_clip",)),
    ],
)
def test_models(params: dict[str, Any], models: tuple[str, ...]) -> None:
    assert Image.models(ImageParams(**params)) == models


def test_none_takes_the_stage_out() -> None:
    assert Image.off(ImageParams(model="none"))


def test_the_columns_are_documented() -> None:
    assert list(MEASURES["image"]) == Image.tables["image"].names
