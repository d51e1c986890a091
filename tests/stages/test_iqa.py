"""The stage ``iqa`` on clips whose numbers are known, on odd ones, and on real people."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from facelib.catalog.measures import MEASURES
from facelib.models.quality.geometry import KEYPOINTS
from facelib.models.registry import Weights
from facelib.stages.base import Output
from facelib.stages.clips import Clip
from facelib.stages.iqa import Iqa, IqaParams
from tests.support.clips import clip_of, measure
from tests.support.random_hyperiqa import file_of

Movie = Callable[..., Clip]


def noise(height: int, width: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def flat(level: int, height: int = 96, width: int = 128) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def coded(picture: np.ndarray, pix_fmt: str) -> VideoFrame:
    """A BGR picture as a frame of limited range; grey pictures in a grey format are converted by hand."""
    if pix_fmt != "gray":
        return VideoFrame.from_ndarray(picture, format="bgr24")
    return VideoFrame.from_ndarray(np.rint(16 + picture[:, :, 0] * (219 / 255)).astype(np.uint8), format="gray")


@pytest.fixture
def movie(tmp_path: Path) -> Movie:
    """A clip of some BGR pictures, all but lossless."""

    def make(pictures: Sequence[np.ndarray], pix_fmt: str = "yuv444p", **clip: Any) -> Clip:
        path = tmp_path / f"{pix_fmt}_{len(pictures)}.mp4"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=25, options={"qp": "0"})
            stream.height, stream.width, stream.pix_fmt = *pictures[0].shape[:2], pix_fmt
            for picture in pictures:
                out.mux(stream.encode(coded(picture, pix_fmt)))
            out.mux(stream.encode(None))
        return clip_of(path, **clip)

    return make


def run(clip: Clip | list[Clip], folder: Path, weights: Weights | None = None, **params: Any) -> Output:
    stage = Iqa(IqaParams(**params), weights or Weights(folder), threads=1)
    return measure(stage, clip if isinstance(clip, list) else [clip], folder / "scratch")


def row(output: Output) -> dict[str, Any]:
    (found,) = output.tables["iqa"]
    return found


def of_series(output: Output, name: str) -> dict[str, Any]:
    (found,) = [one for one in output.tables["series"] if one["measure"] == name]
    return found


def test_mean_worst_and_series(movie: Movie, tmp_path: Path) -> None:
    output = run(movie([flat(50)] * 10 + [flat(100)] * 10), tmp_path, frames=2)
    found = row(output)
    assert found["luma"] == pytest.approx(75, abs=1)
    assert found["luma_min"] == pytest.approx(50, abs=1)
    assert found["sharpness"] == pytest.approx(0, abs=0.1)
    assert found["blurry"]
    assert of_series(output, "luma")["frames"] == [5, 15]
    assert of_series(output, "luma")["values"] == pytest.approx([50, 100], abs=1)
    assert of_series(output, "luma")["unit"] == "8-bit grey levels"


@pytest.mark.parametrize(("threshold", "blurry"), [(20, False), (1e6, True)])
def test_the_threshold_of_blur(movie: Movie, tmp_path: Path, threshold: float, blurry: bool) -> None:
    assert row(run(movie([noise(96, 128)] * 3), tmp_path, blurry_below=threshold))["blurry"] is blurry


def test_motion_is_measured_to_the_next_frame(movie: Movie, tmp_path: Path) -> None:
    # From frame to frame the face steps by 20 levels, what is around it stays.
    pictures = [flat(100) for _ in range(6)]
    for number, picture in enumerate(pictures):
        picture[24:72, 32:96] = 60 + 20 * number
    output = run(movie(pictures, box=(32, 24, 96, 72)), tmp_path)
    assert of_series(output, "face_motion")["frames"] == [0, 1, 2, 3, 4]  # nothing follows the last one
    assert of_series(output, "face_motion")["values"] == pytest.approx([20] * 5, abs=1)
    assert row(output)["background_motion"] == pytest.approx(0, abs=0.2)


def test_speed_and_size_of_the_face_are_those_of_every_frame(movie: Movie, tmp_path: Path) -> None:
    x = np.arange(30, dtype=np.float32)[:, None] * 2
    boxes = np.concatenate([x, 0 * x + 10, x + 40, 0 * x + 50], axis=1)
    output = run(movie([flat(90)] * 30, boxes=boxes), tmp_path, frames=2)
    assert len(of_series(output, "face_speed")["values"]) == 30
    assert row(output)["face_speed"] == pytest.approx(25 * 2 / 40)
    assert row(output)["face_side"] == 40


def test_a_face_at_the_edge_is_not_complete(movie: Movie, tmp_path: Path) -> None:
    clip = movie([flat(90)] * 4, box=(0, 20, 20, 60))
    assert row(run(clip, tmp_path))["completeness"] == 1
    points = np.tile((KEYPOINTS * 40 + [-20, 20]).astype(np.float32), (4, 1, 1))
    known = dataclasses.replace(clip, keypoints=points)
    assert row(run(known, tmp_path))["completeness_min"] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize(
    ("pix_fmt", "size"),
    [
        ("gray", (96, 128)),
        ("yuv420p", (96, 128)),
        ("yuv420p10le", (96, 128)),
        ("yuv444p", (97, 131)),
        ("gray", (33, 35)),
    ],
)
@pytest.mark.parametrize("n", [1, 10])
def test_any_pixel_format_size_and_length(
    movie: Movie, tmp_path: Path, pix_fmt: str, size: tuple[int, int], n: int
) -> None:
    grey = np.repeat(noise(*size)[:, :, :1], 3, axis=2) // 4 + 150
    found = row(run(movie([grey] * n, pix_fmt), tmp_path))
    assert found["frames"] == min(n, 8)
    # A range taken for the other would shift this by ten levels.
    assert found["luma"] == pytest.approx(float(grey.mean()), abs=2.5)
    assert found["sharpness"] > 1000
    assert (found["face_motion"] is None) == (n == 1)
    assert (found["face_speed"] is None) == (n == 1)
    assert (found["blockiness"] is None) == (min(size) < 64)
    assert found["hyperiqa"] is None
    assert found["hands"] is None


def test_a_clip_without_a_frame_is_rejected(movie: Movie, tmp_path: Path) -> None:
    clip = movie([flat(90)] * 3)
    empty = dataclasses.replace(clip, n_frames=0, boxes=clip.boxes[:0], keypoints=clip.keypoints[:0])
    output = run(empty, tmp_path)
    assert [reject.reason for reject in output.rejects] == ["no_frames"]
    assert not output.tables["iqa"]


def test_clips_do_not_depend_on_their_neighbours(movie: Movie, tmp_path: Path) -> None:
    clips = [movie([noise(96, 128, seed)] * (seed + 1)) for seed in range(3)]
    together = run(clips, tmp_path).tables["iqa"]
    assert together == [row(run(clip, tmp_path)) for clip in clips]


def test_real_hands_and_faces(media_dir: Path, weights: Weights, tmp_path: Path) -> None:
    found = row(run(clip_of(media_dir / "hamilton.mp4", n_frames=170), tmp_path, weights, hands=True, frames=3))
    assert found["hands_max"] == 2
    assert 0 <= found["hand_cover"] < 0.5
    assert not found["blurry"]


def test_the_columns_are_documented() -> None:
    assert list(MEASURES["iqa"]) == Iqa.tables["iqa"].names


@pytest.mark.parametrize(
    ("params", "models"),
    [
        ({}, ()),
        ({"hands": True}, ("palm_detection", "hand_landmark")),
        ({"models": ("hyperiqa", "clipiqa+")}, ("hyperiqa", "clip_rn50", "clipiqa_plus")),
        ({"models": ("brisque",)}, ("brisque",)),
    ],
)
def test_only_the_chosen_models_are_needed(params: dict[str, Any], models: tuple[str, ...]) -> None:
    assert Iqa.models(IqaParams(**params)) == models


@pytest.fixture(scope="module")
def hyper(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    pytest.importorskip("pyiqa")
    folder = tmp_path_factory.mktemp("weights")
    return Weights(folder, local={"hyperiqa": file_of(folder)})


def test_the_learned_measures(movie: Movie, tmp_path: Path, hyper: Weights) -> None:
    """Ours sees the whole picture of frames spread over the clip; the legacy one two frames named by the clip's id."""
    from facelib.models.pyiqa_metric import HyperIqa
    from facelib.models.quality.union_crop import union_crop

    clip = movie([noise(224, 224, seed) for seed in range(12)], "yuv444p")
    shown = dict(clip.frames())
    metric = HyperIqa(hyper.file("hyperiqa"))
    ours = run(clip, tmp_path, hyper, models=("hyperiqa",), frames=3)
    assert of_series(ours, "hyperiqa")["frames"] == [2, 6, 10]
    assert row(ours)["hyperiqa"] == pytest.approx(float(metric.score([shown[2], shown[6], shown[10]]).mean()), abs=1e-5)

    legacy = run(clip, tmp_path, hyper, models=("hyperiqa",), protocol="legacy")
    again = run(clip, tmp_path, hyper, models=("hyperiqa",), protocol="legacy")
    chosen = of_series(legacy, "hyperiqa")["frames"]
    assert len(set(chosen)) == 2
    assert of_series(again, "hyperiqa") == of_series(legacy, "hyperiqa")
    squares = [union_crop(shown[number], clip.boxes) for number in chosen]
    assert row(legacy)["hyperiqa"] == pytest.approx(float(metric.score(squares, squash=True).mean()), abs=1e-5)


def test_brisque_stands_with_the_other_measures(media_dir: Path, weights: Weights, tmp_path: Path) -> None:
    clip = clip_of(media_dir / "talker_b.mp4", n_frames=20)
    output = run(clip, tmp_path, weights, models=("brisque",), frames=3)
    assert of_series(output, "brisque")["frames"] == of_series(output, "piqe")["frames"]
    # A model of a regression: sharp pictures pass the end of the scale.
    assert -20 < row(output)["brisque"] <= row(output)["brisque_max"] < 100


def test_one_frame_has_no_legacy_score(movie: Movie, tmp_path: Path, hyper: Weights) -> None:
    found = row(run(movie([flat(90)]), tmp_path, hyper, models=("hyperiqa",), protocol="legacy"))
    assert found["hyperiqa"] is None
    assert found["luma"] is not None
