"""Commands on reviews: what people decided about clips, and how well they agree."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from facelib.cli.output import AsJson, By, emit, out, rows

if TYPE_CHECKING:
    from facelib.curate.review_events import ReviewEvents

app = typer.Typer(help="What people decided about clips: list, show, compare, undo.", no_args_is_help=True)

_COLUMNS = {"decided_at": "when, UTC", "reviewer": "who", "clip_id": "clip", "verdict": "verdict", "reason": "reason"}
_COLUMNS |= {"tags": "tags", "kind": "kind", "state": "state", "event_id": "event"}


@app.command("list")
def list_reviews(
    reviewer: Annotated[str, typer.Option("--reviewer", help="Only those of one person.")] = "",
    tag: Annotated[str, typer.Option("--tag", help="Only those with a tag.")] = "",
    state: Annotated[
        str, typer.Option("--state", help="Only those that are 'in force', 'replaced', 'undone' or 'no clip fits'.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many; the newest first.")] = 50,
    json: AsJson = False,
) -> None:
    """Show what people decided, the newest first; nothing is ever left out because it was undone.

    Example: `facelib review list --reviewer anna -n 10`
    """
    events = _events()
    found = [
        _row(events, event_id)
        for event_id, review in reversed(events.events.items())
        if reviewer in ("", review.by) and (not tag or tag in review.tags) and state in ("", events.state(event_id))
    ]
    if json:
        emit({"reviews": found[:limit], "all": len(found)}, True, title="reviews")
        return
    rows(found[:limit], _COLUMNS, title=f"reviews, {len(found)} in all", empty="nothing was reviewed yet")


@app.command()
def show(clip_id: Annotated[str, typer.Argument(help="Id of the clip.")], json: AsJson = False) -> None:
    """Show what was decided about a clip, and what it comes to.

    Example: `facelib review show file_anna-3baae3b175.000000.0.86eb888f`
    """
    events = _events(clip_id)
    found = [_row(events, event_id) for event_id in events.by_clip.get(clip_id, ())]
    outcome = events.outcome(clip_id)
    verdict = "none" if outcome is None else {True: "keep", False: "drop", None: "open"}[outcome.keep]
    if json:
        emit({"clip_id": clip_id, "verdict": verdict, "reviews": found}, True, title="clip")
        return
    rows(found, _COLUMNS, title=clip_id, empty="nobody reviewed this clip: the rules alone decide")
    if outcome:
        by = ", ".join(outcome.by)
        said = f"open: {by} disagree" if outcome.keep is None else f"{verdict}, by {by}"
        out.print(f"verdict: {said}", highlight=False)


@app.command()
def agree(
    first: Annotated[str, typer.Argument(help="A reviewer.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    json: AsJson = False,
) -> None:
    """Compare two reviewers on the clips that both judged: percent agreement, Cohen's kappa, and where they differ.

    Example: `facelib review agree anna ben`
    """
    from facelib.curate.agreement import agreement

    events = _events()
    found = agreement(events.verdicts_of(first), events.verdicts_of(second))
    table = {f"{first} {a}, {second} {b}": count for (a, b), count in found.table.items()}
    told: dict[str, Any] = {"clips": found.clips, "same": found.same, "kappa": found.kappa, **table}
    emit({**told, "share": found.share, "different": list(found.different)}, json, title=f"{first} and {second}")


@app.command()
def undo(
    event_id: Annotated[str, typer.Argument(help="Id of the event, as 'facelib review list' shows it.")],
    by: By = "cli",
) -> None:
    """Undo a review or a gold verdict: both stay in the log, and what stood before counts again.

    Example: `facelib review undo 5f0c3e6a9d2b4c1e8f7a6b5c4d3e2f1a --by anna`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection.review import reviews

    store = settings.load().open_store()
    with Catalog(store) as catalog:
        reviews.undo(store, catalog, reviews.read(store, catalog), event_id, by, of_others=True)
    out.print(f"{event_id} is undone; the next 'facelib publish' puts it in force", highlight=False)


def _events(clip_id: str = "") -> "ReviewEvents":
    """All that was decided; an error where a clip is asked for that there is not and never was a decision about."""
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection.review import reviews
    from facelib.errors import StoreError

    store = settings.load().open_store()
    with Catalog(store) as catalog:
        events = reviews.read(store, catalog)
        if clip_id and clip_id not in events.by_clip and not catalog.by_id("clips", [clip_id], "clip_id"):
            hint = "'facelib search' prints ids of clips"
            raise StoreError(f"there is no clip {clip_id!r}", hint=hint, reason="no_clip")
    return events


def _row(events: "ReviewEvents", event_id: str) -> dict[str, Any]:
    from facelib.collection.review.verdicts import row

    return row(events, events.events[event_id])
