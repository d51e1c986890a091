"""Commands that cut the clips of annotated datasets from the videos in the store, or tell what their lists lack."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from facelib.cli.out_file import writing
from facelib.cli.output import AsJson, bar, emit, rows, say

if TYPE_CHECKING:
    from facelib.reproduce.annotated import AnnotatedClip
    from facelib.reproduce.report import Row
    from facelib.sources.faults import Fault

app = typer.Typer(help="Cut the clips of annotated datasets from the videos in the store.", no_args_is_help=True)

SHOWN_FAULTS = 40
QUIET = ("written", "exists", "not_downloaded")
"""What is not told clip by clip while it happens: the report counts it."""
Folder = Annotated[Path, typer.Argument(help="Folder of the dataset's text files.", exists=True, file_okay=False)]
Out = Annotated[Path, typer.Argument(help="Folder of the clips; made where it is absent.", file_okay=False)]
Force = Annotated[bool, typer.Option(help="Write again what exists.")]
AssumeHeight = Annotated[
    int | None, typer.Option(min=1, help="Height, px, that rectangles belong to where the lists do not say; none.")
]
Subsets = Annotated[list[str] | None, typer.Option("--subset", help="RD, WDA or WRA; may be repeated; all.")]
PixelHeight = Annotated[int, typer.Option(min=1, help="Height of the frame, px, that boxes in pixels belong to.")]
UnitsOption = Annotated[
    Literal["auto", "pixels", "fractions"], typer.Option(help="What the boxes are; auto tells by their values.")
]


@app.command()
def hdtf(
    folder: Folder,
    out: Out,
    crop: Annotated[
        Literal["given", "landmarks"], typer.Option(help="By the rectangles given, or by landmarks and crop ratio.")
    ] = "given",
    size: Annotated[int, typer.Option(help="Width and height of the clips, px.")] = 512,
    subset: Subsets = None,
    assume_height: AssumeHeight = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Cut the clips of HDTF's lists, and report what became of each.

    OUT gets `SUBSET_NAME_INDEX.mp4`, with the annotation's own index, `availability.csv` with a row for each clip, and
    `faults.csv`. What exists is not written again. Fetch the videos before: `facelib crawl --channel hdtf:DIR`, then
    `facelib download`.

    Example: `facelib reproduce hdtf HDTF_dataset clips --subset RD --crop landmarks`
    """
    from facelib import settings
    from facelib.reproduce.hdtf import HdtfOptions, hdtf_clips
    from facelib.reproduce.landmarks import PublishedLandmarks
    from facelib.reproduce.report import write_report
    from facelib.reproduce.run import reproduce
    from facelib.sources.hdtf import SUBSETS

    store = settings.load().open_store()
    options = HdtfOptions(crop, size, tuple(subset or SUBSETS), assume_height)
    clips, faults = hdtf_clips(folder, options, PublishedLandmarks(store))
    with writing(out, store), _watching(len(clips)) as watch:
        made = reproduce(store, clips, out, channel=f"hdtf:{folder}", force=force, watch=watch)
        write_report(made, faults, out)
    _finish(made, faults, out, json)


@app.command()
def voxceleb(
    folder: Folder,
    out: Out,
    size: Annotated[int, typer.Option(help="Width and height of the clips, px; 0 leaves the scale.")] = 224,
    scale: Annotated[float, typer.Option(help="Width and height of the crop, in those of the face.")] = 2.0,
    follow: Annotated[
        bool, typer.Option(help="The crop goes with the face; else it stays for the whole clip.")
    ] = False,
    units: UnitsOption = "auto",
    pixel_height: PixelHeight = 360,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Cut the clips of VoxCeleb's text files, and report what became of each.

    OUT gets `IDENTITY/REFERENCE/NUMBER.mp4`, `availability.csv` with a row for each clip, and `faults.csv`. What exists
    is not written again. Fetch the videos before: `facelib crawl --channel voxceleb:DIR`, then `facelib download`.

    Example: `facelib reproduce voxceleb vox2/txt clips --size 256`
    """
    from facelib import settings
    from facelib.reproduce.report import write_report
    from facelib.reproduce.run import reproduce
    from facelib.reproduce.voxceleb import VoxCelebClips, VoxCelebOptions

    store = settings.load().open_store()
    clips = VoxCelebClips(folder, VoxCelebOptions(size or None, scale, follow, units, pixel_height))
    with writing(out, store), _watching(len(clips.files)) as watch:
        made = reproduce(store, clips, out, channel=f"voxceleb:{folder}", force=force, watch=watch)
        write_report(made, clips.faults, out)
    _finish(made, clips.faults, out, json)


@app.command()
def check(
    dataset: Annotated[Literal["hdtf", "voxceleb"], typer.Argument(help="hdtf or voxceleb.")],
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="Folder for the report as CSV files; none writes none.")] = None,
    crop: Annotated[
        Literal["given", "landmarks"], typer.Option(help="hdtf: which way of cutting to check for.")
    ] = "given",
    subset: Subsets = None,
    assume_height: AssumeHeight = None,
    units: UnitsOption = "auto",
    json: AsJson = False,
) -> None:
    """Tell what is wrong with a dataset's text files, and how many clips they give. Needs no store and no videos.

    Example: `facelib reproduce check hdtf HDTF_dataset --out report`
    """
    from facelib import settings
    from facelib.reproduce.hdtf import HdtfOptions, hdtf_clips
    from facelib.reproduce.report import write_report
    from facelib.reproduce.run import listed
    from facelib.reproduce.voxceleb import VoxCelebClips, VoxCelebOptions
    from facelib.sources.hdtf import SUBSETS

    clips: Iterable[AnnotatedClip]
    faults: Iterable[Fault]
    if dataset == "hdtf":
        clips, faults = hdtf_clips(
            folder, HdtfOptions(crop, 512, tuple(subset or SUBSETS), assume_height), _no_landmarks
        )
    else:
        clips = VoxCelebClips(folder, VoxCelebOptions(units=units))
        faults = clips.faults
    made = listed(clips)
    if out is not None:
        with writing(out, settings.load().open_store()):
            write_report(made, faults, out)
    _finish(made, faults, out, json)


def _no_landmarks(video_id: str, start: int, end: int) -> Any:
    """Nothing is cut where only the lists are read."""
    from facelib.reproduce.annotated import NotWritten

    raise NotWritten("landmarks_missing", "only the lists are read")


@contextmanager
def _watching(total: int) -> Iterator[Callable[["Row"], None]]:
    with bar() as progress:
        task = progress.add_task("clips", total=total)

        def watch(row: "Row") -> None:
            progress.advance(task)
            if row.status not in QUIET:
                say(f"{row.clip}: {' '.join(filter(None, (row.status, row.reason)))}: {row.message}")

        yield watch


def _finish(made: list["Row"], faults: Iterable["Fault"], out: Path | None, json: bool) -> None:
    """Print the totals; clips that failed end the command with 1."""
    from facelib.reproduce.report import AVAILABILITY, FAULTS, totals
    from facelib.sources.list_report import by_reason

    listed = list(faults)
    counted = totals(made)
    if json:
        emit({"clips": counted, "faults": by_reason(listed)}, True, title="")
    else:
        for fault in listed[:SHOWN_FAULTS]:
            say(str(fault))
        if len(listed) > SHOWN_FAULTS:
            say(f"and {len(listed) - SHOWN_FAULTS} more faults" + ("; --json counts them" if out is None else ""))
        if out is not None:
            say(f"{out / AVAILABILITY} has a row for each clip, {out / FAULTS} for each fault")
        rows(counted, {"what": "clips", "reason": "reason", "clips": "number", "hours": "hours"}, title="", empty="")
    if any(row.status == "failed" for row in made):
        raise typer.Exit(1)
