"""Commands on the published collection: publish, rebuild, search, status."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facelib.cli.output import AsJson, bar, emit, rows

if TYPE_CHECKING:
    from facelib.publish import PublishReport

app = typer.Typer()


@app.command()
def publish(json: AsJson = False) -> None:
    """Bring catalogue and index up to the commit log; readers switch over at once.

    Example: `facelib publish`
    """
    from facelib.publish import publish as run

    _publish(run, json, title="publish")


@app.command()
def rebuild(json: AsJson = False) -> None:
    """Make catalogue and index anew from the store alone.

    Example: `facelib rebuild`
    """
    from facelib.publish import rebuild as run

    _publish(run, json, title="rebuild")


@app.command()
def search(
    face: Annotated[Path | None, typer.Option(help="A picture; its largest face is searched for.")] = None,
    clip: Annotated[str | None, typer.Option(help="Id of a clip: more like this.")] = None,
    channel: Annotated[list[str] | None, typer.Option(help="Only this channel id; may be repeated.")] = None,
    since: Annotated[str | None, typer.Option(help="Earliest upload day, YYYY-MM-DD.")] = None,
    until: Annotated[str | None, typer.Option(help="Latest upload day, YYYY-MM-DD.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many clips.")] = 10,
    json: AsJson = False,
) -> None:
    """Find the clips whose face is nearest to a picture's or a clip's.

    Example: `facelib search --face portrait.jpg --since 2026-01-01 -n 5`
    """
    from facelib import settings
    from facelib.catalog.reader import ClipFilter
    from facelib.errors import SettingsError
    from facelib.search import FaceSearch

    if (face is None) == (clip is None):
        raise SettingsError("what shall be searched for?", hint="pass --face PICTURE or --clip ID", reason="no_query")
    finder = FaceSearch(settings.load())
    vector = finder.faces(face)[0].vector if face else finder.of_clip(clip or "")
    wanted = ClipFilter(tuple(channel or ()), since, until)
    hits = finder.nearest(vector, limit=limit, wanted=wanted, without=clip)
    if json:
        emit({"hits": [hit.to_dict() for hit in hits]}, True, title="search")
        return
    listed = [
        {**hit.clip, "distance": hit.distance, "same": "yes" if hit.same_person else "no", "file": hit.media}
        for hit in hits
    ]
    columns = {
        "clip_id": "clip",
        "distance": "distance",
        "same": "same person",
        "title": "title",
        "upload_day": "day",
        "start_s": "start, s",
        "end_s": "end, s",
    }
    rows(listed, columns, title="nearest clips", empty="no clip passes these filters")


@app.command()
def status(json: AsJson = False) -> None:
    """Show what is in the collection: counts, rejects by reason, quarantine, seconds by stage.

    Example: `facelib status`
    """
    from facelib import settings
    from facelib.summary import summary

    emit(summary(settings.load().open_store()), json, title="collection")


def _publish(run: "Callable[..., PublishReport]", json: bool, *, title: str) -> None:
    from facelib import settings

    with bar() as progress:
        task = progress.add_task(title, total=None)
        report = run(
            settings.load().open_store(),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    emit(report.to_dict(), json, title=title)
