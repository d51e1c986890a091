"""Pictures of real faces, put into folders: copies, logs, and what cannot be used."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from facelib.collection.people.grouping import group_by_classes, group_by_clusters, pictures_in
from facelib.collection.people.picture_faces import PictureFaces
from facelib.collection.people.picture_labels import read_labels
from facelib.errors import FacelibError
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.settings import Settings

PEOPLE = ("talker_a", "talker_b", "silent_face")
PER_PERSON = 3


@pytest.fixture(scope="module")
def faces(lite_models: Path) -> PictureFaces:
    return PictureFaces(Settings(models_dir=lite_models, threads=1))


@pytest.fixture(scope="module")
def portraits(media_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures of each of three people, one of nobody, and one that is no picture."""
    folder = tmp_path_factory.mktemp("portraits")
    for name in PEOPLE:
        with GridReader(media_dir / f"{name}.mp4", stop=61, threads=1) as reader:
            shown = [to_bgr(frame.frame) for frame in reader if frame.index in (0, 30, 60)]
        for number, picture in enumerate(shown):
            cv2.imwrite(str(folder / f"{name}_{number}.jpg"), picture)
    cv2.imwrite(str(folder / "nobody.png"), shown[0] * 0)
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "labels.txt").write_text("".join(f"{n}_{i}.jpg,{n}\n" for n in PEOPLE for i in range(PER_PERSON)))
    return folder


def log(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_clusters_are_the_people(faces: PictureFaces, portraits: Path, tmp_path: Path) -> None:
    before = tree(portraits)
    labels = read_labels(portraits / "labels.txt")
    told = group_by_clusters(faces, portraits, tmp_path, range(2, 10), save_all=True, labels=labels)
    assert (told["clusters"], told["pictures"], told["skipped"]) == (3, 9, 2)
    assert (told["accuracy"], told["rand_score"]) == (1.0, 1.0)
    for group in (tmp_path / "faces" / "G3").iterdir():
        assert len({path.name.rpartition("_")[0] for path in group.iterdir()}) == 1
    assert {path.name for path in (tmp_path / "faces").iterdir()} == {f"G{k}" for k in range(2, 10)}
    rows = log(tmp_path / "log_clustering.csv")
    columns = ["n_clusters", "silhouette_score", "calinski_harabasz_score", "davies_bouldin_score"]
    assert list(rows[0]) == columns and [row["n_clusters"] for row in rows] == list("23456789")
    assert rows[-1]["silhouette_score"] == "" and rows[0]["silhouette_score"] != ""
    assert {(row["file_name"], row["reason"]) for row in log(tmp_path / "log_skipped.csv")} == {
        ("broken.jpg", "not_a_picture"),
        ("nobody.png", "no_face"),
    }
    assert tree(portraits) == before


def test_one_number_of_clusters_and_no_second_run(faces: PictureFaces, portraits: Path, tmp_path: Path) -> None:
    told = group_by_clusters(faces, portraits, tmp_path, [2])
    assert told["clusters"] == 2 and {p.name for p in (tmp_path / "faces").iterdir()} == {"0", "1"}
    before = tree(tmp_path)
    with pytest.raises(FacelibError) as caught:
        group_by_clusters(faces, portraits, tmp_path, [3])
    assert caught.value.reason == "not_empty" and tree(tmp_path) == before


def test_classes_by_references_found_in_the_output_folder(faces: PictureFaces, portraits: Path, tmp_path: Path) -> None:
    for name in PEOPLE[:2]:
        for number in (0, 2):
            (tmp_path / "ref" / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(portraits / f"{name}_{number}.jpg", tmp_path / "ref" / name)
    told = group_by_classes(faces, portraits, tmp_path, labels=read_labels(portraits / "labels.txt"))
    assert told["classes"] == {"other": 3, "talker_a": 3, "talker_b": 3}
    assert told["accuracy"] == pytest.approx(6 / 9) and told["rand_score"] == 1.0
    rows = log(tmp_path / "log_classification.csv")
    assigned = "assigned_to_class(other_threshold=0.6)"
    assert list(rows[0]) == ["file_name", "dist_talker_a", "dist_talker_b", assigned]
    for row in rows:
        assert (tmp_path / "faces" / row[assigned] / row["file_name"]).is_file()
    assert {row["file_name"]: float(row["dist_talker_a"]) for row in rows}["talker_a_0.jpg"] == 0


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda ref, portraits: None, "no_references"),
        (lambda ref, portraits: ref.mkdir(), "no_references"),
        (lambda ref, portraits: (ref / "ada").mkdir(parents=True), "bad_references"),
        (lambda ref, portraits: shutil.copytree(portraits, ref / "ada"), "not_a_picture"),
        (
            lambda ref, portraits: (ref / "a").mkdir(parents=True) or shutil.copy(portraits / "nobody.png", ref / "a"),
            "no_face",
        ),
    ],
    ids=["no folder", "no class", "empty class", "no picture", "no face"],
)
def test_references_that_cannot_be_used(
    faces: PictureFaces, portraits: Path, tmp_path: Path, make: Callable[[Path, Path], object], reason: str
) -> None:
    make(tmp_path / "known", portraits)
    with pytest.raises(FacelibError) as caught:
        group_by_classes(faces, portraits, tmp_path / "out", tmp_path / "known")
    assert caught.value.reason == reason
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("pictures", "numbers", "reason"), [(0, [2], "no_faces"), (1, [2], "too_many_clusters")])
def test_too_few_faces(
    faces: PictureFaces, portraits: Path, tmp_path: Path, pictures: int, numbers: list[int], reason: str
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for path in pictures_in(portraits)[2 : 2 + pictures]:
        shutil.copy(path, few)
    with pytest.raises(FacelibError) as caught:
        group_by_clusters(faces, few, tmp_path / "out", numbers)
    assert caught.value.reason == reason and not (tmp_path / "out").exists()


def test_one_face_is_held_against_another(faces: PictureFaces, portraits: Path) -> None:
    same = faces.compare(portraits / "talker_a_0.jpg", portraits / "talker_a_2.jpg")
    different = faces.compare(portraits / "talker_a_0.jpg", portraits / "talker_b_0.jpg")
    assert same.same_person and not different.same_person
    assert same.threshold == different.threshold == 0.6
    with pytest.raises(FacelibError, match=r"nobody\.png") as caught:
        faces.compare(portraits / "talker_a_0.jpg", portraits / "nobody.png")
    assert caught.value.reason == "no_face"


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("a.jpg,Ada L\nb.jpg,Ben\n\n", {"a.jpg": "Ada L", "b.jpg": "Ben"}),
        ("a b.jpg\t1", {"a b.jpg": "1"}),
        ("a.jpg 1", {"a.jpg": "1"}),
    ],
)
def test_labels(tmp_path: Path, text: str, labels: dict[str, str]) -> None:
    (tmp_path / "labels.txt").write_text(text)
    assert read_labels(tmp_path / "labels.txt") == labels


def test_labels_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("a.jpg")
    for path in (tmp_path / "labels.txt", tmp_path / "none.txt"):
        with pytest.raises(FacelibError) as caught:
            read_labels(path)
        assert caught.value.reason == "bad_labels"
