"""VoxCeleb's clips, cut from real videos that stand for the downloads."""

from pathlib import Path

import pytest

from facelib.errors import SettingsError
from facelib.reproduce.report import Row
from facelib.reproduce.run import reproduce
from facelib.reproduce.voxceleb import VoxCelebClips, VoxCelebOptions
from facelib.store.objects import Store
from tests.reproduce.pictures import difference, frames_of, shown_in
from tests.reproduce.stores import downloaded
from tests.support.hdtf_files import vox_rows, vox_text, write_vox

pytestmark = pytest.mark.media
KEY = "hamilton_00"
"""Stands for hamilton.mp4: 640 x 360 px, 29.97 frames/s, 9.18 s."""
NAME = f"id10001/{KEY}/00007"
CODEC = 4.0


@pytest.fixture
def store(tmp_path: Path, media_dir: Path) -> Store:
    store = Store(tmp_path / "store")
    downloaded(store, KEY, media_dir / "hamilton.mp4")
    return store


@pytest.fixture(scope="module")
def source(media_dir: Path) -> list:  # type: ignore[type-arg]
    return frames_of(media_dir / "hamilton.mp4", 30, 50)


def run(store: Store, folder: Path, rows: list[str], **options: object) -> tuple[Row, list]:  # type: ignore[type-arg]
    write_vox(folder / "txt", f"{NAME}.txt", vox_text(rows, reference=KEY))
    clips = VoxCelebClips(folder / "txt", VoxCelebOptions(**options))  # type: ignore[arg-type]
    (row,) = reproduce(store, clips, folder / "out", channel="voxceleb:txt")
    assert row.status == "written" and row.file == f"{NAME}.mp4"
    return row, frames_of(folder / "out" / row.file)


@pytest.mark.parametrize(
    ("box", "fractions", "crop", "notes"),
    [
        # width and height times 2 around the centre
        ((300, 100, 60, 60), False, (270, 70, 390, 190), ""),
        ((0.46875, 0.2777778, 0.09375, 0.1666667), True, (270, 70, 390, 190), ""),
        # the left edge moves in, the right and bottom are cut off; then the shorter side grows to a square
        ((10, 100, 60, 60), False, (0, 70, 120, 190), ""),
        ((580, 100, 60, 60), False, (520, 70, 640, 190), "crop_moved"),
        ((300, 100, 80, 40), False, (260, 40, 420, 200), ""),
        # larger than the frame is high
        ((250, 50, 250, 250), False, (195, 0, 555, 360), "crop_moved"),
    ],
)
def test_the_crop_is_the_box_times_two_inside_the_frame(
    box: tuple[float, ...],
    fractions: bool,
    crop: tuple[int, ...],
    notes: str,
    store: Store,
    source: list,  # type: ignore[type-arg]
    tmp_path: Path,
) -> None:
    row, found = run(
        store,
        tmp_path,
        vox_rows(30, 20, box, fractions=False)
        if not fractions
        else [f"{frame:06d} {box[0]} {box[1]} {box[2]} {box[3]}" for frame in range(30, 50)],
    )
    cut = (row.x1 or 0, row.y1 or 0, row.x2 or 0, row.y2 or 0)
    assert max(abs(a - b) for a, b in zip(cut, crop, strict=True)) <= 1 and row.notes == notes
    assert (row.start_frame, row.end_frame, row.frames, row.seconds) == (30, 50, 20, 0.8)
    assert found[0].shape == (224, 224, 3) and len(found) == 20
    assert difference(found, shown_in(source, cut, (224, 224))) < CODEC


def test_boxes_in_pixels_are_of_a_frame_360_high(store: Store, tmp_path: Path) -> None:
    row, _ = run(store, tmp_path, vox_rows(30, 5, (300, 100, 60, 60), fractions=False), pixel_height=720, size=64)
    assert (row.x1, row.x2, row.notes) == (135, 195, "other_height") and row.annotated_height == 720
    row, _ = run(store, tmp_path, vox_rows(30, 5, (0.4, 0.4, 0.1, 0.2), fractions=True), pixel_height=720, size=64)
    assert row.annotated_height is None and row.notes == ""


MOVING = [
    *vox_rows(30, 10, (300, 100, 60, 60), fractions=False),
    *vox_rows(40, 10, (320, 110, 60, 60), fractions=False),
]


def test_a_fixed_crop_is_the_union_of_all(store: Store, source: list, tmp_path: Path) -> None:  # type: ignore[type-arg]
    row, found = run(store, tmp_path, MOVING, size=None)
    assert (row.x1, row.y1, row.x2, row.y2) == (270, 70, 410, 200) and found[0].shape == (130, 140, 3)
    assert difference(found, [picture[70:200, 270:410] for picture in source]) < CODEC
    row, found = run(store, tmp_path, MOVING)
    assert (row.x1, row.y1, row.x2, row.y2) == (270, 65, 410, 205) and found[0].shape == (224, 224, 3)


def test_a_crop_can_follow(store: Store, source: list, tmp_path: Path) -> None:  # type: ignore[type-arg]
    row, found = run(store, tmp_path, MOVING, follow=True)
    wanted = shown_in(source[:10], (270, 70, 390, 190), (224, 224)) + shown_in(
        source[10:], (290, 80, 410, 200), (224, 224)
    )
    assert difference(found, wanted) < CODEC and (row.x1, row.x2) == (270, 410)


def test_frames_that_are_missing_are_interpolated(store: Store, tmp_path: Path) -> None:
    row, found = run(store, tmp_path, [MOVING[0], "000040 320 110 60 60"], follow=True, size=None)
    assert len(found) == 11 and found[0].shape == (120, 120, 3) and row.frames == 11


@pytest.mark.parametrize(
    ("rows", "size", "notes", "shape"),
    [
        (vox_rows(30, 5, (300, 100, 8, 8), fractions=False), 224, "whole_frame", (224, 398)),
        (vox_rows(30, 5, (300, 100, 8, 8), fractions=False), None, "whole_frame", (360, 640)),
        (vox_rows(30, 5, (700, 100, 60, 60), fractions=False), 224, "whole_frame", (224, 398)),
        ([*MOVING[:5], "000035 300 100 8 8"], None, "", (120, 120)),
    ],
)
def test_a_box_too_small_shows_the_whole_frame(
    rows: list[str], size: int | None, notes: str, shape: tuple[int, int], store: Store, tmp_path: Path
) -> None:
    row, found = run(store, tmp_path, rows, size=size)
    assert row.notes == notes and found[0].shape[:2] == shape


@pytest.mark.parametrize("options", [{"size": 225}, {"scale": 0.0}, {"pixel_height": 0}])
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        VoxCelebOptions(**options)  # type: ignore[arg-type]
