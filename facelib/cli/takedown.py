"""Commands that take something down, and prove that it is gone."""

from typing import Annotated, Any

import typer

from facelib.cli import blocked_faces as blocked
from facelib.cli.output import AsJson, By, emit, out, rows, say

app = typer.Typer(help="Remove a video, a channel or a person for good, and prove it.")

Reason = Annotated[str, typer.Option(help="Why; kept in the audit record, so name nobody in it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")]
EXPORTED = {
    "holds": "an export holds it, delete or make it again: {where}",
    "without": "an export held it, and was made again without it: {where}",
    "absent": "an export held it when it was written; its folder is not on this machine: {where}",
}
TakedownId = Annotated[str, typer.Argument(help="Id of the takedown; 'facelib takedown list' shows all.")]


@app.command()
def video(
    video_id: Annotated[str, typer.Argument(help="Id of the video.")],
    reason: Reason,
    by: By = "cli",
    dry_run: DryRun = False,
    json: AsJson = False,
) -> None:
    """Remove a video: media, source, results, rows, vectors, and what snapshots hold of it.

    Example: `facelib takedown video youtube_dqw4w9wgxcq-ddb06764c1 --reason "the uploader asked"`
    """
    _take_down("video", video_id, reason, by, dry_run, json)


@app.command()
def channel(
    channel_id: Annotated[str, typer.Argument(help="Id of the channel; 'facelib status' shows them.")],
    reason: Reason,
    by: By = "cli",
    dry_run: DryRun = False,
    json: AsJson = False,
) -> None:
    """Remove every upload that a channel has shown, and list the channel no more.

    Example: `facelib takedown channel channel_example.org_feed-0123456789 --reason "no consent" --dry-run`
    """
    _take_down("channel", channel_id, reason, by, dry_run, json)


@app.command()
def person(
    person_id: Annotated[str, typer.Argument(help="Id or name of the person.", metavar="PERSON")],
    reason: Reason,
    by: By = "cli",
    block: Annotated[
        bool | None,
        typer.Option(
            "--block/--no-block",
            help="Keep a template of the face, so that new videos of the person are hidden. Without it, as "
            "curate.takedown.keep_template has it.",
        ),
    ] = None,
    dry_run: DryRun = False,
    json: AsJson = False,
) -> None:
    """Remove every video that shows a person, whole, because the rest of it may show the person too.

    Example: `facelib takedown person person-0123456789 --reason "the person asked"`
    """
    _take_down("person", _person_id(person_id), reason, by, dry_run, json, block=block)


def _person_id(person: str) -> str:
    """The id of a person that is given by name; what is no name of one person stays as it is."""
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection.people.now import PeopleNow, only_one
    from facelib.errors import StoreError

    store = settings.load().open_store()
    try:
        with Catalog(store) as catalog:
            found = PeopleNow(store, catalog).named(person.strip())
    except StoreError:
        return person
    return str(only_one(found, person)["person_id"]) if found else person


def _take_down(
    kind: str, target: str, reason: str, by: str, dry_run: bool, json: bool, *, block: bool | None = False
) -> None:
    from facelib import settings
    from facelib.collection.takedown.takedown import takedown

    conf = settings.load()
    keeps = conf.curate.takedown if (conf.curate.takedown.keep_template if block is None else block) else None
    report = takedown(
        conf.open_store(), kind, target, reason, by=by, dry_run=dry_run, block=keeps, work_dir=conf.work_dir, say=say
    )
    _told(report.to_dict(), json)


@app.command()
def resume(takedown_id: TakedownId, json: AsJson = False) -> None:
    """Complete a takedown that was interrupted, or remove what 'facelib takedown verify' has found.

    Example: `facelib takedown resume 20260105t101112-0a1b2c3d`
    """
    from facelib import settings
    from facelib.collection.takedown.takedown import again

    conf = settings.load()
    _told(again(conf.open_store(), takedown_id, work_dir=conf.work_dir, say=say).to_dict(), json)


@app.command("list")
def list_takedowns(json: AsJson = False) -> None:
    """List all takedowns, the oldest first.

    Example: `facelib takedown list`
    """
    from dataclasses import asdict

    from facelib import settings
    from facelib.store import takedowns

    found = [asdict(record) for record in takedowns.read_all(settings.load().open_store())]
    if json:
        emit({"takedowns": found}, True, title="takedowns")
        return
    shown = [
        {**record, "videos": len(record["videos"]), "ended": record["ended"][:19] or "not complete"} for record in found
    ]
    columns = {"takedown_id": "id", "kind": "of a", "target": "it", "videos": "videos", "ended": "ended"}
    rows(shown, columns | {"reason": "reason"}, title="takedowns", empty="nothing was ever taken down")


@app.command()
def verify(
    takedown_id: TakedownId,
    media: Annotated[bool, typer.Option(help="Search the bytes of pictures and sound too.")] = False,
    json: AsJson = False,
) -> None:
    """Search every file and table of the store for what a takedown should have removed.

    Ends with 1 where something is left.

    Example: `facelib takedown verify 20260105t101112-0a1b2c3d`
    """
    from facelib import settings
    from facelib.collection.takedown.proof import leftovers, searched_elsewhere
    from facelib.store import blocked_faces, takedowns

    store = settings.load().open_store()
    searched = [0]
    templates = len(blocked_faces.read_all(store, takedown_id))
    record = takedowns.read(store, takedown_id)
    found = list(leftovers(store, record, media=media, progress=lambda done: searched.__setitem__(0, done)))
    if json:
        told = {"searched": searched[0], "left": [vars(item) for item in found], "face_templates": templates}
        emit(told, True, title="verify")
    else:
        clean = f"nothing is left of {record.kind} {record.target}: {searched[0]} files were searched"
        rows([vars(item) for item in found], {"where": "where", "what": "what"}, title="what is left", empty=clean)
        out.print(searched_elsewhere(), highlight=False)
        if templates:
            kept = f"a face template is kept, as was asked: 'facelib takedown unblock {takedown_id}' removes it"
            out.print(kept, highlight=False)
        if found:
            out.print(f"'facelib takedown resume {takedown_id}' removes it", highlight=False)
    if found:
        raise typer.Exit(1)


app.registered_commands += blocked.app.registered_commands


def named(what: str) -> str:
    """How a kind of thing that was removed is shown: folders by what lies in them.

    >>> named("media"), named("rows of clips"), named("vectors")
    ('files in media', 'rows of clips', 'vectors')
    """
    return what if what.startswith("rows of ") or what == "vectors" else f"files in {what}"


def _told(report: dict[str, Any], json: bool) -> None:
    if json:
        emit(report, True, title="takedown")
        return
    short = {
        name: report[name] for name in ("takedown_id", "kind", "target") if report["complete"] or name != "takedown_id"
    }
    rewritten = "snapshots rewritten" if report["complete"] else "snapshots to rewrite"
    short |= {"videos": len(report["videos"]), rewritten: ", ".join(report["snapshots"])}
    short |= {named(what): n for what, n in report["removed"].items()}
    emit(short, False, title="takedown" if report["complete"] else "would be taken down")
    for video_id in report["videos"][:20]:
        out.print(f"video: {video_id}", highlight=False, markup=False)
    for path in report["files_in_place"]:
        out.print(f"read in place and left there, see to it yourself: {path}", highlight=False, markup=False)
    for export in report["exports"]:
        where = f"{export['folder']} ({export['format']}, {export['at'][:10]})"
        out.print(EXPORTED[export["state"]].format(where=where), highlight=False, markup=False)
    if report["complete"]:
        out.print(f"'facelib takedown verify {report['takedown_id']}' proves it", highlight=False)
