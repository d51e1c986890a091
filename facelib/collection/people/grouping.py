"""Puts pictures of faces into folders: so many clusters as fit best, or classes by reference pictures.

Pictures are copied, never moved, and a second run never adds to what a first one wrote. What it writes is there
completely or not at all.
"""

import csv
import math
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facelib.collection.people.picture_faces import PictureFaces
from facelib.curate.cluster_scores import matched_accuracy, rand_index
from facelib.curate.grouping import Clustering, best, classify, cluster
from facelib.errors import MediaError, SettingsError

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
FACES = "faces"
REFERENCES = "ref"
"""Folder of references in the output folder that is taken where none is named."""
CLUSTERING_LOG = "log_clustering.csv"
CLASSIFICATION_LOG = "log_classification.csv"
COSINE_OTHER = 0.9
SKIPPED_LOG = "log_skipped.csv"


def pictures_in(folder: Path, *, without: Iterable[Path] = ()) -> list[Path]:
    """The pictures below a folder, sorted, but for those below some others.

    Raises:
        SettingsError: it is no folder (``no_folder``).
    """
    if not folder.is_dir():
        raise SettingsError(f"there is no folder {folder}", reason="no_folder")
    left_out = [path.resolve() for path in without]
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in ENDINGS
        and path.is_file()
        and not any(path.resolve().is_relative_to(other) for other in left_out)
    ]


def group_by_clusters(
    faces: PictureFaces,
    folder: Path,
    out: Path,
    numbers: Sequence[int],
    *,
    save_all: bool = False,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Copy pictures to ``out/faces/<group>``, or to ``out/faces/G<clusters>/<group>`` for each number of clusters.

    Args:
        faces: makes the vectors.
        folder: with the pictures; those without a face are listed in ``log_skipped.csv``.
        out: gets ``faces`` and ``log_clustering.csv``.
        numbers: of clusters to try; see :func:`facelib.curate.grouping.cluster`.
        save_all: copy for each number, not only for the best.
        labels: who is on the pictures, by path below the folder; then the answer says how well it was found.

    Returns:
        The number of clusters that fits best, its scores, and how many pictures were grouped and skipped.

    Raises:
        SettingsError: nothing can be grouped, or ``out/faces`` is there already (``not_empty``).
    """
    _refuse_old(out)
    there, vectors, skipped = faces.vectors(pictures_in(folder, without=[out / FACES, out / REFERENCES]))
    found = cluster(vectors, numbers)
    chosen = best(found)
    places = {
        Path(f"G{clustering.k}" if save_all else "") / str(label) / path.relative_to(folder): path
        for clustering in (found if save_all else [chosen])
        for path, label in zip(there, clustering.labels.tolist(), strict=True)
    }
    _copy(places, out)
    _write(out / CLUSTERING_LOG, [_scores(clustering) for clustering in found])
    _write_skipped(out, folder, skipped)
    told: dict[str, Any] = {"clusters": chosen.k, "pictures": len(there), "skipped": len(skipped)}
    told |= {name: None if math.isnan(value) else value for name, value in chosen.scores.items()}
    pairs = _labelled(there, folder, [str(label) for label in chosen.labels], labels)
    if pairs:
        told |= {"accuracy": matched_accuracy(*pairs), "rand_score": rand_index(*pairs)}
    return told


def group_by_classes(
    faces: PictureFaces,
    folder: Path,
    out: Path,
    references: Path | None = None,
    *,
    other: float | None = None,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Copy pictures to ``out/faces/<class>``, by the nearest of the reference pictures of all classes.

    Args:
        faces: makes the vectors.
        folder: with the pictures; those without a face are listed in ``log_skipped.csv``.
        out: gets ``faces`` and ``log_classification.csv``.
        references: a folder with one folder a class, each with one picture or more; ``out/ref`` by default.
        other: from this distance on a picture goes to the class ``other``; below 0 none does. By default 0.9 for a
            model whose metric is ``cosine``, else the distance within which the model sees one person.
        labels: as in :func:`group_by_clusters`.

    Returns:
        How many pictures each class got, and how many were skipped.

    Raises:
        MediaError: a reference shows no face, or is no picture.
        SettingsError: there is no reference, or ``out/faces`` is there already (``not_empty``).
    """
    _refuse_old(out)
    references = references or out / REFERENCES
    known = {name: np.array([faces.vector(path) for path in own]) for name, own in _references(references).items()}
    there, vectors, skipped = faces.vectors(pictures_in(folder, without=[out / FACES, references]))
    if other is None:
        other = COSINE_OTHER if faces.kind.metric == "cosine" else faces.same_person
    found = classify(vectors, known, other=other, metric=faces.kind.metric)
    _copy({Path(name) / p.relative_to(folder): p for p, name in zip(there, found.assigned, strict=True)}, out)
    rows = [
        {
            "file_name": path.relative_to(folder).as_posix(),
            **{f"dist_{name}": f"{d:.6f}" for name, d in zip(found.classes, away, strict=True)},
            f"assigned_to_class(other_threshold={other:g})": assigned,
        }
        for path, away, assigned in zip(there, found.distances.tolist(), found.assigned, strict=True)
    ]
    _write(out / CLASSIFICATION_LOG, rows)
    _write_skipped(out, folder, skipped)
    counts = {name: found.assigned.count(name) for name in sorted({*found.classes, *found.assigned})}
    told: dict[str, Any] = {"pictures": len(there), "skipped": len(skipped), "classes": counts}
    pairs = _labelled(there, folder, found.assigned, labels)
    if pairs:
        right = sum(one == true for one, true in zip(*pairs, strict=True))
        told |= {"accuracy": right / len(pairs[0]), "rand_score": rand_index(*pairs)}
    return told


def _labelled(
    there: list[Path], folder: Path, found: list[str], labels: Mapping[str, str] | None
) -> tuple[list[str], list[str]] | None:
    names = [path.relative_to(folder).as_posix() for path in there]
    pairs = [(one, labels[name]) for name, one in zip(names, found, strict=True) if labels and name in labels]
    return ([one for one, _ in pairs], [true for _, true in pairs]) if pairs else None


def _references(folder: Path) -> dict[str, list[Path]]:
    if not folder.is_dir():
        hint = "make it, with one folder a class, or name another one"
        raise SettingsError(f"there is no folder of references {folder}", hint=hint, reason="no_references")
    return {path.name: pictures_in(path) for path in sorted(folder.iterdir()) if path.is_dir()}


def _refuse_old(out: Path) -> None:
    if (out / FACES).exists():
        hint = "name another output folder, or remove that one"
        raise SettingsError(f"{out / FACES} is there already", hint=hint, reason="not_empty")


def _copy(places: Mapping[Path, Path], out: Path) -> None:
    """Copy files to places below ``out/faces``; they appear there all at once."""
    fresh = out / f"{FACES}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for place, source in places.items():
        (fresh / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, fresh / place)
    fresh.rename(out / FACES)


def _scores(clustering: Clustering) -> dict[str, Any]:
    scores = {name: "" if math.isnan(value) else f"{value:.6f}" for name, value in clustering.scores.items()}
    return {"n_clusters": clustering.k, **scores}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["file_name"])
        writer.writeheader()
        writer.writerows(rows)


def _write_skipped(out: Path, folder: Path, skipped: Mapping[Path, MediaError]) -> None:
    rows = [
        {"file_name": path.relative_to(folder).as_posix(), "reason": error.reason, "message": error.message}
        for path, error in skipped.items()
    ]
    if rows:
        _write(out / SKIPPED_LOG, rows)
