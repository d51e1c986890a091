"""Commands on one clip or video: what was measured, and pictures of it."""

from pathlib import Path
from typing import Annotated

import typer

from facelib.cli.output import AsJson, emit, err, rows, say
from facelib.errors import SettingsError

app = typer.Typer()

ClipId = Annotated[str, typer.Argument(help="Id of the clip, as 'facelib search' prints it.")]


@app.command()
def show(clip_id: ClipId, json: AsJson = False) -> None:
    """Show all that was measured of a clip, each value with its unit, and why a value is missing.

    Example: `facelib show b2f9c1d4e5a60718`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.clip_report import clip_report

    with Catalog(settings.load().open_store()) as catalog:
        report = clip_report(catalog, clip_id)
    if json:
        emit(
            {
                "clip": report.clip,
                "measures": [vars(measure) for measure in report.measures],
                "not_computed": report.not_computed,
                "rejects": report.rejects,
            },
            True,
            title="clip",
        )
        return
    span = f"{report.clip['start_s']:.2f} to {report.clip['end_s']:.2f} s"
    listed = [{**vars(m), "value": "not computed" if m.value is None else m.value} for m in report.measures]
    columns = {"table": "table", "column": "measure", "value": "value", "meaning": "meaning"}
    rows(listed, columns, title=f"{report.clip['title']}, {span}", empty="nothing was measured of this clip yet")
    for stage, reason in report.not_computed.items():
        say(f"{stage}: {reason}")
    for reject in report.rejects:
        limit = f"{reject['measured']:g} {reject['unit']}, wanted {reject['threshold']:g}"
        say(f"{reject['stage']}: {reject['reason']} ({limit})")


@app.command()
def overlay(clip_id: ClipId, out: Annotated[Path, typer.Argument(help="The mp4 file to write.")]) -> None:
    """Write a copy of a clip with its landmarks and head pose drawn on every frame.

    Points that were not measured in a frame are yellow. Example: `facelib overlay b2f9c1d4e5a60718 look.mp4`
    """
    import numpy as np

    from facelib import settings
    from facelib.clip_results import ClipResults
    from facelib.stages.overlay import write_overlay

    found = ClipResults(settings.load().open_store(), clip_id)
    points, flags = found.array("landmarks", "landmarks.npy"), found.array("landmarks", "landmark_flags.npy")
    poses = np.stack([found.series("landmarks", angle) for angle in ("yaw", "pitch", "roll")], axis=1)
    with err.status("drawing"):
        frames = write_overlay(found.file("track", "mp4"), points, poses, _writable(out), flags=flags)
    say(f"{out}: {frames} frames")


@app.command()
def landmarks(clip_id: ClipId, out: Annotated[Path, typer.Argument(help="The .txt or .npy file to write.")]) -> None:
    """Write the 68 landmarks of every frame of a clip: as text, or as an array (frames, 68, 2) of clip pixels.

    Example: `facelib landmarks b2f9c1d4e5a60718 points.txt`
    """
    import shutil

    from facelib import settings
    from facelib.clip_results import ClipResults
    from facelib.export.landmark_text import write_landmark_text

    found = ClipResults(settings.load().open_store(), clip_id)
    if out.suffix == ".npy":
        shutil.copyfile(found.file("landmarks", "landmarks.npy"), _writable(out))
    elif out.suffix == ".txt":
        write_landmark_text(found.array("landmarks", "landmarks.npy"), _writable(out))
    else:
        raise SettingsError(f"cannot write {out}", hint="end its name in .txt or .npy", reason="bad_format")
    say(f"{out}: {found.n_frames} frames")


@app.command("action-units")
def action_units(
    clip_id: ClipId,
    openface: Annotated[Path, typer.Argument(help="The CSV file that OpenFace wrote for the clip's mp4.")],
    out: Annotated[Path, typer.Argument(help="The .csv file to write.")],
) -> None:
    """Bring the action units of an OpenFace file onto the frames of a clip, one row a frame.

    Example: `facelib action-units b2f9c1d4e5a60718 openface/clip.csv units.csv`
    """
    from facelib import settings
    from facelib.clip_results import ClipResults
    from facelib.export.action_unit_table import write_action_units
    from facelib.models.openface_csv import read_action_units

    found = ClipResults(settings.load().open_store(), clip_id)
    units = read_action_units(openface, found.n_frames)
    write_action_units(units.intensity, units.presence, units.confidence, _writable(out))
    say(f"{out}: {found.n_frames} frames, {len(units.intensity)} intensities, {len(units.presence)} presences")


def _writable(path: Path) -> Path:
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}", hint="make it first", reason="no_folder")
    return path
