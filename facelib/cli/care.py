"""Commands that look after a collection: quarantine, doctor."""

from typing import Annotated

import typer

from facelib.cli.output import AsJson, By, emit, out, rows

app = typer.Typer()
quarantine = typer.Typer(help="Uploads that failed: list them, release them for another try.")


@quarantine.command("list")
def list_entries(json: AsJson = False) -> None:
    """Show what is in quarantine, and why.

    Example: `facelib quarantine list`
    """
    from facelib import settings
    from facelib.store import quarantine as entries

    found = [vars(entry) for entry in entries.active(settings.load().open_store())]
    if json:
        emit({"entries": found}, True, title="quarantine")
        return
    columns = {"video_id": "video", "stage": "stage", "reason": "reason", "message": "message", "attempts": "attempts"}
    rows(found, columns, title="quarantine", empty="quarantine is empty")


@quarantine.command()
def release(
    video_id: Annotated[str, typer.Argument(help="Id of the video, as 'facelib quarantine list' shows it.")],
    by: By = "cli",
) -> None:
    """Let a video be tried again.

    Example: `facelib quarantine release youtube_dqw4w9wgxcq-0123456789 --by anna`
    """
    from facelib import settings
    from facelib.collection.state.quarantine_desk import release as let_go
    from facelib.errors import StoreError
    from facelib.store import quarantine as entries

    store = settings.load().open_store()
    found = list(entries.active(store, video_id=video_id))
    if not found:
        hint = "'facelib quarantine list' shows what is"
        raise StoreError(f"{video_id} is not in quarantine", hint=hint, reason="not_quarantined")
    for entry in found:
        let_go(store, entry, by)
        out.print(f"released: {entry.stage} of {video_id}; the next run tries it again", highlight=False)


@app.command()
def doctor(
    deep: Annotated[bool, typer.Option(help="Read every media file and compare its digest.")] = False,
    json: AsJson = False,
) -> None:
    """Check settings, models, store and published collection; say what to do about what is wrong.

    Example: `facelib doctor --deep`
    """
    from facelib import settings
    from facelib.doctor import examine

    findings = examine(settings.load(), deep=deep)
    if json:
        emit({"findings": [vars(finding) for finding in findings]}, True, title="doctor")
    else:
        columns = {"state": "state", "about": "about", "message": "finding"}
        rows([vars(f) for f in findings], columns, title="doctor", empty="nothing to check")
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)
