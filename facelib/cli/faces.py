"""Commands on pictures of faces, without a collection: compare two, group many."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from facelib.cli.output import AsJson, emit
from facelib.errors import SettingsError

app = typer.Typer()
group = typer.Typer(help="Put pictures of faces into folders, as copies.")

Folder = Annotated[Path, typer.Argument(help="Folder with pictures of faces, the largest face of each counts.")]
Out = Annotated[Path, typer.Argument(help="Folder that gets 'faces' and the log; it may not have 'faces' yet.")]
Labels = Annotated[
    Path | None,
    typer.Option(help="File with lines FILE,LABEL: say how well the labels were found.", show_default=False),
]


@app.command()
def compare(
    one: Annotated[Path, typer.Argument(help="A picture; its largest face counts.")],
    two: Annotated[Path, typer.Argument(help="Another picture.")],
    json: AsJson = False,
) -> None:
    """Hold one face against another: are they the same person?

    Example: `facelib compare anna1.jpg anna2.jpg`
    """
    from facelib import settings
    from facelib.collection.people.picture_faces import PictureFaces

    emit(PictureFaces(settings.load()).compare(one, two).to_dict(), json, title="compare")


@group.command()
def kmeans(
    folder: Folder,
    out: Out,
    clusters: Annotated[
        str, typer.Option(help="How many groups: one number, or a range of which the best is taken.")
    ] = "2-9",
    save_all: Annotated[bool, typer.Option("--save-all", help="Copy for every number, to faces/G<number>.")] = False,
    labels: Labels = None,
    json: AsJson = False,
) -> None:
    """Put pictures into the number of groups that has the best silhouette.

    Example: `facelib group kmeans portraits sorted --clusters 2-9`
    """
    from facelib import settings
    from facelib.collection.people.grouping import group_by_clusters
    from facelib.collection.people.picture_faces import PictureFaces
    from facelib.collection.people.picture_labels import read_labels
    from facelib.curate.grouping import cluster_numbers

    numbers = cluster_numbers(clusters)
    known = read_labels(labels) if labels else None
    faces = PictureFaces(settings.load())
    with _naming(folder):
        told = group_by_clusters(faces, folder, out, numbers, save_all=save_all, labels=known)
    emit(told, json, title=str(out))


@group.command()
def classify(
    folder: Folder,
    out: Out,
    references: Annotated[
        Path | None,
        typer.Option(help="Folder with one folder of pictures a class; OUT/ref by default.", show_default=False),
    ] = None,
    other: Annotated[
        float | None,
        typer.Option(
            help="From this distance on it is 'other'; -1: never. By default 0.9, or with a model whose distance is no "
            "cosine, the one within which it sees one person.",
            show_default=False,
        ),
    ] = None,
    labels: Labels = None,
    json: AsJson = False,
) -> None:
    """Put pictures into the class of the nearest reference picture.

    Example: `facelib group classify portraits sorted --references known`
    """
    from facelib import settings
    from facelib.collection.people.grouping import group_by_classes
    from facelib.collection.people.picture_faces import PictureFaces
    from facelib.collection.people.picture_labels import read_labels

    known = read_labels(labels) if labels else None
    faces = PictureFaces(settings.load())
    emit(group_by_classes(faces, folder, out, references, other=other, labels=known), json, title=str(out))


@contextmanager
def _naming(folder: Path) -> Iterator[None]:
    """Name the folder where no picture in it shows a face."""
    try:
        yield
    except SettingsError as error:
        if error.reason != "no_faces":
            raise
        hint = "name a folder with pictures of faces, such as JPEG or PNG; folders in it count"
        raise SettingsError(f"no picture in {folder} shows a face", hint=hint, reason=error.reason) from error
