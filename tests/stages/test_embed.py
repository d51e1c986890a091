import dataclasses
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facelib.distances import distance
from facelib.media.encode import ClipWriter
from facelib.models.centerface import CenterFace
from facelib.models.identity import KINDS, LANDMARKS
from facelib.models.registry import Weights
from facelib.stages.base import Output
from facelib.stages.clips import Clip
from facelib.stages.embed import Embed, EmbedParams
from tests.support import tiny_identity
from tests.support.clips import clip_of, measure

EVERY = 10
"""A face is looked for in every tenth frame."""
LENGTH = 100


@pytest.fixture(scope="module")
def detector(lite_models: Path) -> CenterFace:
    return CenterFace(Weights(lite_models).file("centerface"), threads=1)


def with_faces(clip: Clip, detector: CenterFace) -> Clip:
    """The clip with the largest face of some of its frames."""
    scores = np.full(clip.n_frames, np.nan, np.float32)
    for frame, picture in clip.frames(set(range(0, clip.n_frames, EVERY)), threads=1):
        scale = 480 / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        faces = detector.detect(np.asarray(small, np.uint8)).scaled(1 / scale)
        largest = int((faces.boxes[:, 2] - faces.boxes[:, 0]).argmax())
        clip.boxes[frame], clip.keypoints[frame] = faces.boxes[largest], faces.keypoints[largest]
        scores[frame] = faces.scores[largest]
    return dataclasses.replace(clip, scores=scores)


@pytest.fixture(scope="module")
def clips(detector: CenterFace, media_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    """Two clips of one person each, and one in which the second takes the place of the first."""
    sources = {name: clip_of(media_dir / f"{name}.mp4", n_frames=LENGTH) for name in ("talker_a", "talker_b")}
    spliced = tmp_path_factory.mktemp("spliced") / "spliced.mp4"
    with ClipWriter(spliced, 512, 512, crf=20, preset="ultrafast") as writer:
        for name, source in sources.items():
            for frame, picture in source.frames():
                if (frame < LENGTH // 2) == (name == "talker_a"):
                    writer.write(picture)
    made = {name: with_faces(clip, detector) for name, clip in sources.items()}
    return made | {"spliced": with_faces(clip_of(spliced), detector)}


def run(weights: Weights, clips: list[Clip], folder: Path, **params: Any) -> Output:
    return measure(Embed(EmbedParams(**params), weights, threads=1), clips, folder / "work")


@pytest.mark.media
def test_a_clip_of_one_person_passes_and_a_spliced_one_does_not(
    clips: dict[str, Clip], weights: Weights, tmp_path: Path
) -> None:
    output = run(weights, list(clips.values()), tmp_path)
    rows = {row["clip_id"]: row for row in output.tables["embed"]}
    assert {name: row["same_face"] for name, row in rows.items()} == {
        "talker_a": True,
        "talker_b": True,
        "spliced": False,
    }
    assert {name: row["people"] for name, row in rows.items()} == {"talker_a": 1, "talker_b": 1, "spliced": 2}
    assert all(row["n_checked"] == 8 and row["metric"] == "l2" for row in rows.values())
    assert rows["spliced"]["max_distance"] > max(rows[name]["max_distance"] for name in ("talker_a", "talker_b"))


@pytest.mark.media
def test_vectors_are_the_mean_of_the_best_faces_and_tell_people_apart(
    clips: dict[str, Clip], weights: Weights, tmp_path: Path
) -> None:
    output = run(weights, [clips["talker_a"], clips["talker_b"]], tmp_path, best=3)
    vectors = {row["clip_id"]: row for row in output.tables["vectors"]}
    assert all(row["n_faces"] == 3 and row["model"] == "dlib_resnet" for row in vectors.values())
    assert all(row["digest"] == weights.digest("dlib_resnet") for row in vectors.values())
    one, other = (np.array(vectors[name]["vector"], np.float32) for name in ("talker_a", "talker_b"))
    assert distance(one, other, "l2") > KINDS["dlib"].same_person
    faces = [row for row in output.tables["faces"] if row["clip_id"] == "talker_a"]
    used = [row["quality"] for row in faces if row["used"]]
    assert len(faces) == LENGTH // EVERY and used == sorted((row["quality"] for row in faces), reverse=True)[:3]


@pytest.mark.media
def test_faces_without_keypoints_give_nearly_the_same_vector(
    clips: dict[str, Clip], weights: Weights, tmp_path: Path
) -> None:
    """Detectors without keypoints are served too: dlib finds eyes and nose in the box."""
    bare = dataclasses.replace(clips["talker_a"], keypoints=np.full((LENGTH, 5, 2), np.nan, np.float32))
    both = [
        run(weights, [clip], tmp_path / name).tables["vectors"][0]["vector"]
        for name, clip in (("points", clips["talker_a"]), ("bare", bare))
        if not (tmp_path / name).mkdir()
    ]
    assert distance(np.array(both[0]), np.array(both[1]), "l2") < 0.2


@pytest.mark.media
@pytest.mark.parametrize(
    ("params", "looked_at", "expected"),
    [
        ({"check_faces": 0}, 10, 0),
        ({"candidates": 1, "check_faces": 1}, 1, 1),
        ({"candidates": 4, "check_faces": 4}, 4, 4),
    ],
)
def test_nothing_is_said_of_fewer_than_two_faces(
    clips: dict[str, Clip],
    weights: Weights,
    tmp_path: Path,
    params: dict[str, int],
    looked_at: int,
    expected: int,
) -> None:
    output = run(weights, [clips["talker_a"]], tmp_path, **params)
    (row,) = output.tables["embed"]
    assert len(output.tables["faces"]) == looked_at and row["n_checked"] == expected
    assert (row["same_face"] is None) == (row["max_distance"] is None) == (expected < 2)


@pytest.mark.media
@pytest.mark.parametrize("params", [{"min_quality": 1.0}, {"min_faces": 30}])
def test_a_clip_without_usable_faces_is_a_reject_and_has_no_row(
    clips: dict[str, Clip], weights: Weights, tmp_path: Path, params: dict[str, float]
) -> None:
    output = run(weights, [clips["talker_b"]], tmp_path, **params)
    assert not output.tables["vectors"] and not output.tables["embed"]
    assert [(reject.kind, reject.reason, reject.unit) for reject in output.rejects] == [
        ("clip", "no_face_vector", "faces")
    ]


@pytest.mark.media
def test_a_model_of_the_profile_full_runs_the_same_way(
    clips: dict[str, Clip], lite_models: Path, tmp_path: Path
) -> None:
    path = tiny_identity.arcface_onnx(tmp_path / "w600k_r50.onnx")
    files = Weights(lite_models, {"arcface_w600k_r50": path})
    output = run(files, [clips["talker_a"]], tmp_path, model="arcface")
    (row,), (check,) = output.tables["vectors"], output.tables["embed"]
    assert (row["model"], row["metric"], len(row["vector"])) == ("arcface_w600k_r50", "cosine", 512)
    assert row["digest"] == files.digest("arcface_w600k_r50")
    assert np.linalg.norm(row["vector"]) == pytest.approx(1, abs=1e-5)
    assert check["n_checked"] == 8 and check["metric"] == "cosine"


def test_the_weights_that_are_needed_follow_the_model() -> None:
    assert Embed.models(EmbedParams()) == ("dlib_resnet", LANDMARKS)
    assert Embed.models(EmbedParams(model="anime_vit_l16")) == ("anime_vit_l16", LANDMARKS)
