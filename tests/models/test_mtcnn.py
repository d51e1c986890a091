from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.models.mtcnn import Mtcnn, pyramid
from facelib.models.mtcnn_networks import output_network, proposal_network, refinement_network, run
from tests.support.pictures import picture_of

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def make(weight_file: Callable[[str], Path]) -> Callable[..., Mtcnn]:
    return lambda **options: Mtcnn(
        *(weight_file(f"mtcnn_{part}") for part in ("pnet", "rnet", "onet")), threads=1, **options
    )


# What facenet-pytorch 2.6.0 finds in this frame.
BOXES = [[106.1539, 60.2366, 208.7158, 204.4208], [302.8371, 74.2419, 396.5614, 198.3790]]
SCORES = [0.99998903, 0.99998569]
POINTS = [
    [[139.7807, 123.6545], [185.2128, 122.5683], [168.3931, 146.5659], [148.5421, 175.7312], [183.8976, 173.0918]],
    [[319.8395, 124.9317], [361.0950, 122.9675], [330.6948, 146.3659], [319.6251, 170.7030], [360.2585, 169.3362]],
]


@pytest.mark.media
def test_the_same_faces_as_facenet_pytorch(make: Callable[..., Mtcnn], media_dir: Path) -> None:
    picture = picture_of(media_dir / "two_talkers_voice_left.mp4", 50, 480)
    (found,) = make().detect_batch([picture], min_score=0.7)
    assert found.boxes == pytest.approx(np.array(BOXES), abs=0.02)
    assert found.scores == pytest.approx(SCORES, abs=1e-5)
    assert found.keypoints == pytest.approx(np.array(POINTS), abs=0.02)


@pytest.mark.media
@pytest.mark.parametrize(("min_face", "count"), [(20, 2), (40, 2), (300, 0)])
def test_smallest_face(make: Callable[..., Mtcnn], media_dir: Path, min_face: int, count: int) -> None:
    picture = picture_of(media_dir / "two_talkers_voice_left.mp4", 50, 480)
    assert len(make(min_face=min_face).detect_batch([picture], min_score=0.7)[0]) == count


@pytest.mark.parametrize("size", [(10, 40), (19, 19), (20, 20), (1, 1)])
def test_pictures_smaller_than_a_face(make: Callable[..., Mtcnn], size: tuple[int, int]) -> None:
    (found,) = make().detect_batch([np.full((*size, 3), 128, np.uint8)], min_score=0.0)
    assert found.keypoints.shape == (0, 5, 2)


@pytest.mark.parametrize(
    ("side", "min_face", "count"), [(20, 20, 1), (19, 20, 0), (40, 20, 3), (150, 20, 6), (12, 12, 1), (480, 5, 14)]
)
def test_sizes_of_the_pyramid(side: int, min_face: int, count: int) -> None:
    scales = pyramid(side, min_face)
    assert len(scales) == count
    assert all(side * scale >= 12 for scale in scales)
    assert scales[:1] in ([], [12 / min_face])


@pytest.mark.parametrize(
    ("build", "size", "shapes"),
    [
        (proposal_network, (30, 41), [(3, 2, 10, 16), (3, 4, 10, 16)]),
        (refinement_network, (24, 24), [(3, 2), (3, 4)]),
        (output_network, (48, 48), [(3, 2), (3, 4), (3, 10)]),
    ],
)
def test_shapes_and_scores(build: Callable[[], object], size: tuple[int, int], shapes: list[tuple[int, ...]]) -> None:
    with torch.inference_mode():
        outputs = run(build(), torch.rand(3, 3, *size))
    assert [tuple(output.shape) for output in outputs] == shapes
    assert outputs[0].sum(dim=1).numpy() == pytest.approx(np.ones_like(outputs[0].sum(dim=1).numpy()), abs=1e-5)
