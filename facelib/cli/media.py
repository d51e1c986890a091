"""Commands on a media file: divide it, cut stretches out of it, convert it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from facelib.cli.out_file import writing
from facelib.cli.output import AsJson, bar, emit, say
from facelib.errors import FacelibError, MediaError

app = typer.Typer(help="Divide, cut and convert media files.", no_args_is_help=True)


def _outside_store(folder: Path) -> Path:
    from facelib import settings

    with writing(folder, settings.load().open_store()):
        return folder


File = Annotated[Path, typer.Argument(help="The video.")]
Folder = Annotated[
    Path, typer.Argument(help="The folder to write to; made if it does not exist.", callback=_outside_store)
]
Crf = Annotated[int, typer.Option(min=0, max=51, help="Quality of H.264: 0 is lossless, 14 looks so, 23 is small.")]
Area = Annotated[
    tuple[int, int, int, int] | None,
    typer.Option(metavar="X1 Y1 X2 Y2", help="Rectangle of the picture that is kept, px; all of it by default."),
]
Size = Annotated[
    str,
    typer.Option(
        help="Longer side of the result, px, such as 512; or its width and height, such as 640x360, which stretches a "
        "picture of another shape; unscaled by default.",
        metavar="SIZE",
    ),
]


@app.command()
def split(
    file: File,
    out: Folder,
    seconds: Annotated[float, typer.Option(min=0.04, help="Length of a part, in seconds.")] = 60.0,
    area: Area = None,
    size: Size = "",
    crf: Crf = 14,
    json: AsJson = False,
) -> None:
    """Divide a video into parts of one length, exact to the frame, picture and sound together.

    Parts are 25 fps mp4 named NAME_part_1.mp4 and so on; the last one is what remains. Those that are complete are not
    made again. Example: `facelib media split talk.mp4 parts --seconds 60`
    """
    from facelib.media.split import PartLook, split

    with _progress() as progress:
        parts = list(split(file, out, seconds=seconds, look=PartLook(area, _size(size), crf), progress=progress))
    found = {"parts": len(parts), "made": sum(p.made for p in parts), "frames": sum(p.frames for p in parts)}
    emit({**found, "folder": str(out)}, json, title=file.name)


@app.command()
def cut(
    file: File,
    out: Folder,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FROM-TO", help="A stretch: 0:10-0:25, 1:02:03.5-, 12.4-15 (seconds), 310f-375f (frames)."
        ),
    ] = None,
    minutes: Annotated[
        list[str] | None, typer.Option(metavar="FROM-TO", help="A stretch in minutes, such as 2-4.5.")
    ] = None,
    area: Area = None,
    size: Size = "",
    crf: Crf = 14,
    json: AsJson = False,
) -> None:
    """Cut stretches out of a video, exact to the frame, picture and sound together.

    They are 25 fps mp4 named NAME_000.mp4 and so on, in the order given. What cannot be cut is named, the rest goes on.
    Example: `facelib media cut talk.mp4 clips --at 00:10-00:25 --at 1:02-1:10 --area 280 0 1000 720 --size 512`
    """
    from facelib.media.split import PartLook, cut_ranges
    from facelib.media.time_ranges import parse_minutes, parse_range

    ranges = [*map(parse_range, at or ()), *map(parse_minutes, minutes or ())]
    if not ranges:
        raise MediaError("nothing to cut", hint="give --at FROM-TO or --minutes FROM-TO", reason="bad_time")
    failed: list[MediaError] = []
    look = PartLook(area, _size(size), crf)
    with _progress() as progress:
        parts = list(
            cut_ranges(file, out, ranges, look=look, progress=progress, on_error=lambda _, e: failed.append(e))
        )
    for error in failed:
        say(f"not cut: {error}")
    found = {"clips": len(parts), "made": sum(p.made for p in parts), "failed": len(failed)}
    emit({**found, "frames": sum(p.frames for p in parts), "folder": str(out)}, json, title=file.name)
    if failed:
        raise typer.Exit(FacelibError.exit_code)


@app.command()
def convert(
    file: File,
    out: Folder,
    frames: Annotated[
        Literal["png", "jpg"] | None, typer.Option(help="Also write numbered pictures, 000001 and so on.")
    ] = None,
    step: Annotated[float, typer.Option(min=0.0, help="Seconds between these pictures; 0 is every frame.")] = 0.0,
    crf: Crf = 14,
    json: AsJson = False,
) -> None:
    """Convert a video to 25 frames a second with 16 kHz mono sound: NAME.mp4 and NAME.wav of the same length.

    Example: `facelib media convert talk.mkv data --frames png --step 1`
    """
    from facelib.media.convert import convert

    with _progress() as progress:
        made = convert(file, out, pictures=frames, step_s=step, crf=crf, progress=lambda n: progress(file, n))
    found = {"video": made.video, "sound": made.sound, "frames": made.n_frames, "pictures": made.n_pictures}
    emit(found, json, title=file.name)


@contextmanager
def _progress() -> Iterator[Callable[[Path, int], None]]:
    """Shows which file is being written, and its frames so far."""
    with bar() as shown:
        task = shown.add_task("reading", total=None)
        yield lambda path, frames: shown.update(task, description=path.name, completed=frames)


def _size(text: str) -> int | tuple[int, int] | None:
    if not text:
        return None
    sides = text.lower().split("x")
    if len(sides) < 3 and all(side.isascii() and side.isdecimal() and int(side) > 1 for side in sides):
        return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))
    raise MediaError(f"{text!r} is not a size", hint="write 512, or 640x360", reason="bad_size")
