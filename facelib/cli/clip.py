"""Commands on one clip or video: what was measured, and pictures of it."""

from pathlib import Path
from typing import Annotated

import typer

from facelib.cli.out_file import writing
from facelib.cli.output import AsJson, emit, err, rows, say
from facelib.errors import SettingsError

app = typer.Typer()

ClipId = Annotated[str, typer.Argument(help="Id of the clip, as 'facelib search' prints it.")]


@app.command()
def show(clip_id: ClipId, json: AsJson = False) -> None:
    """Show all that was measured of a clip, each value with its unit, and why a value is missing.

    Example: `facelib show file_anna-3baae3b175.000000.0.86eb888f`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection.clip.report import clip_report

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
    listed = [vars(m) for m in report.measures if m.value not in (None, "")]
    columns = {"column": "measure", "value": "value", "meaning": "meaning"}
    title = f"{report.clip['title'] or report.clip['video_id']}, {span}"
    rows(listed, columns, title=title, empty="nothing was measured of this clip yet", group="table")
    for remark in report.remarks():
        say(remark)


@app.command()
def overlay(clip_id: ClipId, out: Annotated[Path, typer.Argument(help="The mp4 file to write.")]) -> None:
    """Write a copy of a clip with its landmarks and head pose drawn on every frame.

    Points that were not measured in a frame are yellow.

    Example: `facelib overlay file_anna-3baae3b175.000000.0.86eb888f look.mp4`
    """
    import numpy as np

    from facelib import settings
    from facelib.collection.clip.results import ClipResults
    from facelib.stages.overlay import write_overlay

    store = settings.load().open_store()
    found = ClipResults(store, clip_id)
    points, flags = found.array("landmarks", "landmarks.npy"), found.array("landmarks", "landmark_flags.npy")
    poses = np.stack([found.series("landmarks", angle) for angle in ("yaw", "pitch", "roll")], axis=1)
    clip = found.file("track", "mp4")
    with writing(out, store, ".mp4"), err.status("drawing"):
        frames = write_overlay(clip, points, poses, out, flags=flags)
    say(f"{out}: {frames} frames")


@app.command()
def landmarks(clip_id: ClipId, out: Annotated[Path, typer.Argument(help="The .txt or .npy file to write.")]) -> None:
    """Write the 68 landmarks of every frame of a clip: as text, or as an array (frames, 68, 2) of clip pixels.

    Example: `facelib landmarks file_anna-3baae3b175.000000.0.86eb888f points.txt`
    """
    import shutil

    from facelib import settings
    from facelib.collection.clip.results import ClipResults
    from facelib.export.landmark_text import write_landmark_text

    store = settings.load().open_store()
    found = ClipResults(store, clip_id)
    array = found.file("landmarks", "landmarks.npy")
    with writing(out, store, ".txt", ".npy"):
        if out.suffix.lower() == ".npy":
            shutil.copyfile(array, out)
        else:
            write_landmark_text(found.array("landmarks", "landmarks.npy"), out)
    say(f"{out}: {found.n_frames} frames")


@app.command("action-units")
def action_units(
    clip_id: ClipId,
    openface: Annotated[Path, typer.Argument(help="The CSV file that OpenFace wrote for the clip's mp4.")],
    out: Annotated[Path, typer.Argument(help="The .csv file to write.")],
) -> None:
    """Bring the action units of an OpenFace file onto the frames of a clip, one row a frame.

    Example: `facelib action-units file_anna-3baae3b175.000000.0.86eb888f openface/clip.csv units.csv`
    """
    from facelib import settings
    from facelib.collection.clip.results import ClipResults
    from facelib.export.action_unit_table import write_action_units
    from facelib.models.openface_csv import read_action_units

    store = settings.load().open_store()
    found = ClipResults(store, clip_id)
    units = read_action_units(openface, found.n_frames)
    with writing(out, store, ".csv"):
        write_action_units(units.intensity, units.presence, units.confidence, out)
    say(f"{out}: {found.n_frames} frames, {len(units.intensity)} intensities, {len(units.presence)} presences")


@app.command("in-sync")
def in_sync(
    clip_id: ClipId,
    out: Annotated[Path, typer.Argument(help="The .wav file to write.")],
    offset: Annotated[
        int | None, typer.Option(help="Frames of 40 ms that the sound leads; what syncnet measured by default.")
    ] = None,
) -> None:
    """Write the sound of a clip, moved so that it is in sync with its picture.

    An offset that was measured by the experimental method is not used by itself: look at it and pass --offset.

    Example: `facelib in-sync file_anna-3baae3b175.000000.0.86eb888f right.wav`
    """
    from facelib import settings
    from facelib.collection.clip.results import ClipResults
    from facelib.media.audio import read_speech, write_wav
    from facelib.media.av_offset import shift_sound

    store = settings.load().open_store()
    found = ClipResults(store, clip_id)
    if not found.clip["has_audio"]:
        raise SettingsError(f"{clip_id} has no sound", reason="no_audio")
    frames = found.offset_frames() if offset is None else offset
    if abs(frames) >= found.n_frames:
        raise SettingsError(
            f"an offset of {frames} frames leaves nothing of a clip of {found.n_frames}",
            hint="an offset is rarely more than 15 frames of 40 ms",
            reason="bad_offset",
        )
    samples = read_speech(found.file("track", "wav"))
    if samples is None:
        raise SettingsError(f"the sound of {clip_id} is empty", hint="'facelib doctor --deep'", reason="no_audio")
    with writing(out, store, ".wav"):
        write_wav(out, shift_sound(samples, frames))
    way = f"{'delayed' if frames > 0 else 'advanced'} by {abs(frames) / 25:.2f} s (frames: {abs(frames)})"
    say(f"{out}: {way if frames else 'not moved, it was in sync'}")


@app.command()
def verify(
    clip_id: Annotated[list[str], typer.Argument(help="Ids of clips, as 'facelib search' prints them.")],
    picture: Annotated[list[Path], typer.Option(help="A picture of the person; may be repeated.")],
    name: Annotated[str, typer.Option(help="Who it is.")] = "the person",
    json: AsJson = False,
) -> None:
    """Hold clips against pictures of a person: is it the same face?

    Example: `facelib verify file_anna-3baae3b175.000000.0.86eb888f --picture anna1.jpg --picture anna2.jpg --name Anna`
    """
    from facelib import settings
    from facelib.search import FaceSearch

    search = FaceSearch(settings.load())
    reference = search.reference(name, picture)
    verdicts = search.verify(reference, clip_id)
    if json:
        emit({"name": name, "threshold": reference.same_person, "clips": [vars(v) for v in verdicts]}, True, title="")
        return
    columns = {"clip_id": "clip", "distance": f"distance, {reference.metric}", "is": "verdict"}
    listed = [{**vars(v), "is": f"{name}" if v.same_person else "someone else"} for v in verdicts]
    rows(listed, columns, title=f"threshold {reference.same_person:g}, model {reference.model}", empty="no clips")


@app.command()
def detections(
    video_id: Annotated[
        str, typer.Argument(help="Id of the video; that of a clip begins with it, up to the first point.")
    ],
    out: Annotated[Path, typer.Argument(help="The folder to write to.")],
    pictures: Annotated[bool, typer.Option(help="Also write annotated frames and rejected faces as pictures.")] = True,
) -> None:
    """Write what the detector found in a video: log_rejects.csv, frames with boxes, and the rejected faces.

    Example: `facelib detections youtube_dqw4w9wgxcq-ddb06764c1 look`
    """
    from facelib import settings
    from facelib.collection.clip.results import result_of_video
    from facelib.stages.detections_report import write_log, write_pictures
    from facelib.store import uploads

    store = settings.load().open_store()
    found = result_of_video(store, video_id, "detect")
    with writing(out, store):
        log = write_log(found, out)
    say(f"{log}: one row a face")
    revision = uploads.revision(store, video_id)
    if pictures and (revision is None or not revision.exists(store)):
        say("the source is no longer here: no pictures")
    elif pictures and revision is not None:
        with writing(out, store), err.status("drawing"):
            drawn = write_pictures(found, revision.local(store), out)
        say(f"{out}: {drawn} frames with faces" if drawn else "the detector found no face: no pictures")
