import cv2
import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.media.crop_policies import POLICIES, crop_policy, cut, leaves_frame
from facelib.media.face_crop import Filter, follow_squares, lrs_squares, smooth

FRAME = (640, 480)
BOX = (100.0, 100.0, 200.0, 200.0)
PICTURE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)


def still(box: tuple[float, ...] = BOX, n: int = 5) -> np.ndarray:
    return np.tile(np.array(box, float), (n, 1))


def walk(n: int = 21) -> np.ndarray:
    """A face of 100 px that goes 10 px to the right with each frame."""
    return still(n=n) + np.arange(n)[:, None] * [10.0, 0, 10, 0]


@pytest.mark.parametrize(
    ("name", "box", "expected"),
    [
        ("window", BOX, (0, 0, 640, 480)),
        ("follow", BOX, (80, 80, 220, 220)),
        ("follow", (0, 0, 100, 80), (-20, -30, 120, 110)),
        ("lrs", BOX, (80, 100, 220, 240)),
        ("union", BOX, (80, 80, 220, 220)),
        ("union", (0, 0, 40, 30), (-8, -13, 48, 43)),  # side 40 + int(0.4 * 40) = 56
        ("median", BOX, (70, 70, 230, 230)),
        ("median", (0, 100, 100, 200), (0, 70, 160, 230)),
        ("median", (500, 100, 600, 200), (470, 70, 630, 230)),
        ("median", (560, 100, 640, 200), (480, 70, 640, 230)),
        ("median_pad", (0, 100, 100, 200), (-30, 70, 130, 230)),
        ("median", (100, 0, 500, 400), (60, 0, 540, 480)),  # side 640, made 480
        ("four_sided", BOX, (75, 39, 225, 210)),
        ("four_sided_square", BOX, (65, 39, 236, 210)),
        ("four_sided", (0, 0, 100, 100), (0, 0, 125, 110)),
        ("four_sided_square", (0, 0, 100, 100), (0, 0, 125, 125)),
        ("four_sided_square", (540, 380, 640, 480), (480, 320, 640, 480)),
        ("vox2", BOX, (50, 50, 250, 250)),
        ("vox2", (10, 100, 110, 200), (0, 50, 200, 250)),  # moved in at the left
        ("vox2", (500, 100, 600, 200), (450, 50, 640, 250)),  # cut off at the right
        ("vox2", (100, 100, 110, 200), (0, 0, 640, 480)),  # 20 px wide
        ("vox2", (100, 100, 110.5, 200), (0, 0, 640, 480)),
        ("vox2", (100, 100, 111, 200), (94, 50, 116, 250)),
    ],
)
def test_rectangle_of_a_still_face(name: str, box: tuple[float, ...], expected: tuple[int, ...]) -> None:
    found = POLICIES[name].rectangles(still(box), FRAME)
    assert found.shape == (5, 4) and found.tolist() == [list(expected)] * 5


@pytest.mark.parametrize("name", POLICIES)
def test_what_a_policy_says_of_itself_holds(name: str) -> None:
    policy = crop_policy(name)
    landmarks = walk().reshape(-1, 2, 2)
    given = (-40, 10, 300, 350)
    for moved in ([0, 0, 0, 0], [-150, -90, -150, -90], [300, 300, 300, 300]):
        inside = np.clip(walk() + moved, 0, [*FRAME, *FRAME])
        found = policy.rectangles(inside, FRAME, landmarks=landmarks, given=given)
        assert found.shape == (21, 4) and found.dtype == np.float64
        assert (found[:, 2:] > found[:, :2]).all()
        if policy.fixed:
            assert (found == found[0]).all()
        if policy.fill is None:
            assert not leaves_frame(found, FRAME).any()
    assert policy.name == name and policy.summary.endswith(".")


def test_follow_and_lrs_are_those_of_the_stages() -> None:
    smoothed = smooth(walk())
    assert np.array_equal(POLICIES["follow"].rectangles(walk(), FRAME), follow_squares(smoothed))
    assert np.allclose(POLICIES["lrs"].rectangles(walk(), FRAME), lrs_squares(smoothed))
    assert np.allclose(POLICIES["lrs"].rectangles(walk(), FRAME, scale=2.8)[10], [110, 50, 390, 330])


def test_union_holds_the_face_of_every_frame_in_its_middle() -> None:
    (x1, y1, x2, y2) = POLICIES["union"].rectangles(walk(), FRAME)[0]
    assert (x1, x2) == (40, 460) and (y1, y2) == (-60, 360)  # 300 x 100, side 300 + 120


def test_median_is_the_upper_one() -> None:
    boxes = np.concatenate([still(n=2), still((300, 100, 420, 220), 2)])
    assert POLICIES["median"].rectangles(boxes, FRAME)[0].tolist() == [264, 64, 456, 256]


def test_landmark_union() -> None:
    points = np.full((5, 68, 2), np.nan)
    points[0, 0], points[3, 9] = (100, 150), (200, 190)
    assert POLICIES["landmark_union"].rectangles(still(), FRAME, landmarks=points)[0].tolist() == [90, 110, 210, 230]
    close = POLICIES["landmark_union"].rectangles(still(), FRAME, landmarks=points, scale=0.75)
    assert close[0].tolist() == [112.5, 132.5, 187.5, 207.5]


@pytest.mark.parametrize(
    ("given", "expected", "leaves"),
    [
        pytest.param((10, 20, 110, 120), (10, 20, 110, 120), False, id="inside"),
        pytest.param((-10, 400, 90, 500), (0, 380, 100, 480), True, id="moved"),
        pytest.param((0, -10, 500, 490), (10, 0, 490, 480), True, id="larger than the frame"),
    ],
)
def test_given(given: tuple[int, ...], expected: tuple[int, ...], leaves: bool) -> None:
    assert POLICIES["given"].rectangles(still(), FRAME, given=given)[0].tolist() == list(expected)
    assert leaves_frame(np.array([given], float), FRAME).tolist() == [leaves]


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("follow", {"boxes": np.zeros((0, 4))}, "no_boxes"),
        ("union", {"boxes": np.full((3, 4), np.nan)}, "no_boxes"),
        ("window", {"boxes": np.zeros((3, 5))}, "no_boxes"),
        ("given", {}, "no_rectangle"),
        ("given", {"given": (5, 5, 5, 9)}, "no_rectangle"),
        ("landmark_union", {}, "no_landmarks"),
        ("landmark_union", {"landmarks": np.full((5, 68, 2), np.nan)}, "no_landmarks"),
        ("follow", {"scale": -1.0}, "bad_scale"),
        ("follow", {"scale": (1, 2)}, "bad_scale"),
        ("window", {"scale": 2.0}, "bad_scale"),
    ],
)
def test_what_is_missing_is_named(name: str, given: dict[str, object], reason: str) -> None:
    with pytest.raises(MediaError) as error:
        POLICIES[name].rectangles(**{"boxes": still(), "frame_size": FRAME, **given})  # type: ignore[arg-type]
    assert error.value.reason == reason


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(MediaError, match="follow") as error:
        crop_policy("folow")
    assert error.value.reason == "unknown_crop"


@pytest.mark.parametrize(
    ("size", "keep_ratio", "expected"),
    [(None, False, (40, 20)), (224, False, (224, 224)), (512, True, (512, 256)), ((30, 40), False, (30, 40)),
     ((30, 40), True, (30, 15)), ((400, 40), True, (80, 40)), (1, True, (1, 1))],
)  # fmt: skip
def test_cut_sizes(size: int | tuple[int, int] | None, keep_ratio: bool, expected: tuple[int, int]) -> None:
    found = cut(PICTURE, np.array([10.0, 10, 50, 30]), size=size, keep_ratio=keep_ratio)
    assert found.shape == (expected[1], expected[0], 3) and found.flags.c_contiguous


@pytest.mark.parametrize(
    ("size", "filter", "interpolation"),
    [(20, "auto", cv2.INTER_AREA), (200, "auto", cv2.INTER_CUBIC), (200, "area", cv2.INTER_AREA),
     (20, "cubic", cv2.INTER_CUBIC), (33, "linear", cv2.INTER_LINEAR), (33, "lanczos", cv2.INTER_LANCZOS4)],
)  # fmt: skip
def test_cut_filters(size: int, filter: Filter, interpolation: int) -> None:
    found = cut(PICTURE, np.array([10.0, 10, 50, 50]), size=size, filter=filter)
    assert np.array_equal(found, cv2.resize(PICTURE[10:50, 10:50], (size, size), interpolation=interpolation))


def test_cut_of_the_same_size_is_not_touched() -> None:
    assert np.array_equal(cut(PICTURE, np.array([10.9, 10.2, 50.9, 50.2]), size=40), PICTURE[10:50, 10:50])


def test_a_crop_over_the_corner_keeps_the_face_in_its_middle() -> None:
    found = cut(np.full((90, 120, 3), 200, np.uint8), np.array([-8.0, -13, 48, 43]), fill=0)
    rows, columns = np.flatnonzero(found[:, -1, 0]), np.flatnonzero(found[-1, :, 0])
    assert (rows[0], columns[0], found.shape) == (13, 8, (56, 56, 3))
