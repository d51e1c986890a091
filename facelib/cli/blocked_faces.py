"""Commands on the face templates of persons that were taken down, and on the videos that these hide."""

from typing import Annotated

import typer

from facelib.cli.output import AsJson, By, emit, out, rows

app = typer.Typer()

NEXT = "the next 'facelib publish' shows"


@app.command()
def blocked(json: AsJson = False) -> None:
    """List the face templates that are kept, and the videos that are hidden because they show a face like one.

    Example: `facelib takedown blocked`
    """
    from facelib import settings
    from facelib.collection.blocked_faces import hidden
    from facelib.store import blocked_faces

    store = settings.load().open_store()
    names = ("takedown_id", "model", "metric", "distance", "since")
    templates = [{name: getattr(template, name) for name in names} for template in blocked_faces.read_all(store)]
    videos = hidden(store)
    if json:
        emit({"templates": templates, "videos": videos}, True, title="blocked")
        return
    columns = {"takedown_id": "takedown", "model": "model", "distance": "same person below", "metric": "metric"}
    rows(templates, columns | {"since": "since, UTC"}, title="face templates", empty="no face template is kept")
    columns = {"video_id": "video", "clip_id": "clip", "distance": "distance", "takedown_id": "takedown"}
    rows(videos, columns | {"since": "since, UTC"}, title="hidden videos", empty="no video is hidden by one")


@app.command()
def unblock(
    takedown_id: Annotated[str, typer.Argument(help="Id of the takedown; 'facelib takedown blocked' shows it.")],
    by: By = "cli",
) -> None:
    """Remove the face template of a takedown for good, and show the videos again that it has hidden.

    Example: `facelib takedown unblock 20260105t101112-0a1b2c3d --by anna`
    """
    from facelib import settings
    from facelib.collection.blocked_faces import unblock as run

    videos = run(settings.load().open_store(), takedown_id, by)
    out.print(f"the face template is removed; {NEXT} {len(videos)} videos again", highlight=False)


@app.command()
def allow(
    video_id: Annotated[str, typer.Argument(help="Id of the video; 'facelib takedown blocked' shows it.")],
    by: By = "cli",
) -> None:
    """Show a video again that a face template has hidden, because it shows somebody else.

    Example: `facelib takedown allow youtube_dqw4w9wgxcq-ddb06764c1 --by anna`
    """
    from facelib import settings
    from facelib.collection.blocked_faces import allow as run

    run(settings.load().open_store(), video_id, by)
    out.print(f"{NEXT} {video_id} again, and no template hides it any more", highlight=False)
