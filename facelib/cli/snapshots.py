"""Commands on snapshots: named versions of the collection."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from facelib.cli.output import AsJson, emit, out, rows

app = typer.Typer(help="Named versions of the collection, which an export or a paper can cite.")

Name = Annotated[str, typer.Argument(help="Name of the snapshot; 'facelib snapshot list' shows all.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Letters, digits, dots, dashes, underscores; taken for ever.")],
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    json: AsJson = False,
) -> None:
    """Give what is published now a name, under which it stays as it is.

    Example: `facelib snapshot create paper-v1 --note "what the paper was trained on"`
    """
    from facelib import settings
    from facelib.collection.snapshots import create as run

    emit(_short(asdict(run(settings.load().open_store(), name, note))), json, title=f"snapshot {name}")


@app.command("list")
def list_snapshots(json: AsJson = False) -> None:
    """List all snapshots, the oldest first.

    Example: `facelib snapshot list`
    """
    from facelib import settings
    from facelib.store import snapshots

    found = [_short(asdict(snapshot)) for snapshot in snapshots.read_all(settings.load().open_store())]
    if json:
        emit({"snapshots": found}, True, title="snapshots")
        return
    columns = {"name": "name", "created": "created", "videos": "videos", "clips": "clips", "hours": "hours"}
    columns |= {"redacted": "redacted", "note": "note"}
    rows(found, columns, title="snapshots", empty="there is no snapshot yet: 'facelib snapshot create NAME' makes one")


@app.command()
def show(name: Name, json: AsJson = False) -> None:
    """Show what a snapshot holds: counts, models with their digests, and what takedowns took out of it.

    Example: `facelib snapshot show paper-v1`
    """
    from facelib import settings
    from facelib.store import snapshots

    snapshot = asdict(snapshots.read(settings.load().open_store(), name))
    if json:
        emit(snapshot, True, title=name)
        return
    models = {f"model {v['model']}": f"{v['digest']} ({v['rows']} vectors)" for v in snapshot["vectors"]}
    redactions = {f"redacted {r['at'][:10]}": r["takedown_id"] for r in snapshot["redacted"]}
    counts = {table: rows for table, rows in snapshot["counts"].items() if rows}
    emit(_short(snapshot) | {"publication": snapshot["publication"]} | models | redactions | counts, False, title=name)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="Name of a snapshot.")],
    after: Annotated[str, typer.Argument(help="Name of another; 'current' is what is published now.")] = "current",
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="How many ids of each kind are shown.")] = 5,
    json: AsJson = False,
) -> None:
    """Show what differs between two snapshots: videos, clips, hours, verdicts. With --json, all ids.

    Example: `facelib snapshot diff paper-v1 paper-v2`
    """
    from facelib import settings
    from facelib.collection.snapshots import diff as run

    found = run(settings.load().open_store(), before, after)
    if json:
        emit(found.summary() | asdict(found), True, title="diff")
        return
    emit(found.summary(), False, title=f"{before} → {after}")
    lists = {"videos": asdict(found.videos), "clips": asdict(found.clips), "verdict": found.verdicts}
    for what, kinds in lists.items():
        for kind, ids in kinds.items():
            for item in ids[:limit]:
                out.print(f"{what} {kind}: {item}", highlight=False, markup=False, soft_wrap=True)


def _short(snapshot: dict[str, Any]) -> dict[str, Any]:
    counts = snapshot["counts"]
    return {
        "name": snapshot["name"],
        "created": snapshot["created"][:19] + " UTC",
        "note": snapshot["note"],
        "videos": counts.get("videos", 0),
        "clips": counts.get("clips", 0),
        "hours": round(snapshot["seconds"] / 3600, 3),
        "redacted": ", ".join(redaction["at"][:10] for redaction in snapshot["redacted"]),
    }
