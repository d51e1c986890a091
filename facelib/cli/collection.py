"""Commands on the published collection: publish, rebuild, search, status."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facelib.cli.output import AsJson, bar, emit, out

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
    from facelib.clock import check_day
    from facelib.errors import SettingsError
    from facelib.search import FaceSearch

    if (face is None) == (clip is None):
        what = "what shall be searched for?" if face is None else "search for one of the two, not both"
        raise SettingsError(what, hint="pass --face PICTURE or --clip ID", reason="no_query")
    for day in (since, until):
        if day is not None:
            check_day(day)
    finder = FaceSearch(settings.load())
    known = [row["channel_id"] for row in finder.catalog.rows("SELECT channel_id FROM channels ORDER BY 1")]
    for name in channel or ():
        if name not in known:
            raise SettingsError(f"there is no channel {name!r}", hint=f"one of {', '.join(known)}", reason="no_channel")
    vector = finder.faces(face)[0].vector if face else finder.of_clip(clip or "")
    wanted = ClipFilter(tuple(channel or ()), since, until)
    hits = finder.nearest(vector, limit=limit, wanted=wanted, without=clip)
    if json:
        emit({"hits": [hit.to_dict() for hit in hits]}, True, title="search")
        return
    if not hits:
        out.print("no clip passes these filters")
    for hit in hits:
        person = "same person" if hit.same_person else "someone else"
        span = f"{hit.clip['start_s']:.1f}–{hit.clip['end_s']:.1f} s"
        out.print(
            f"{hit.distance:.2f}  {person:12}  {hit.clip['title']}, {hit.clip['upload_day']}, {span}\n"
            f"      {hit.clip_id}\n      {hit.media}",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )


@app.command()
def status(json: AsJson = False) -> None:
    """Show what is in the collection: counts, rejects by reason, quarantine, seconds by stage.

    Example: `facelib status`
    """
    from facelib import settings
    from facelib.collection.state.summary import summary

    emit(summary(settings.load().open_store()), json, title="collection")


def _publish(run: "Callable[..., PublishReport]", json: bool, *, title: str) -> None:
    from facelib import settings

    with bar() as progress:
        task = progress.add_task(title, total=None)
        conf = settings.load()
        report = run(
            conf.open_store(),
            settings=conf.curate,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    emit(report.to_dict() if json else told(report), json, title=title)


def told(report: "PublishReport") -> dict[str, object]:
    """What a person wants to know of a publish; the counts of all tables are in --json."""
    state = "" if report.changed else ", as before: there was nothing new"
    main = {name: report.counts.get(name, 0) for name in ("channels", "uploads", "videos", "clips", "people")}
    return {"publication": f"{report.number}{state}", "videos_taken_in": report.videos, **main, "see": "facelib status"}
