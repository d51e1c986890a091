"""Commands on duplicates: what was found, and the lists that video-to-faces writes."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from facelib.cli.out_file import writing
from facelib.cli.output import AsJson, emit, rows, say

app = typer.Typer(help="Clips and uploads that show again what another one shows.", no_args_is_help=True)


@app.command(name="list")
def list_(
    uploads: Annotated[bool, typer.Option("--uploads", help="Whole uploads instead of clips.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many rows.")] = 50,
    json: AsJson = False,
) -> None:
    """List the clips that show again what a kept one shows, or the uploads that do.

    Example: `facelib duplicates list --uploads`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog

    table = "duplicate_uploads" if uploads else "duplicates"
    with Catalog(settings.load().open_store()) as catalog:
        found = catalog.rows(f"SELECT * FROM {table} ORDER BY ALL LIMIT ?", [limit])  # noqa: S608 - a name of ours
        total = catalog.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"]  # noqa: S608
        unheld = catalog.rows("SELECT count(*) AS n FROM clips ANTI JOIN hashes USING (clip_id)")[0]["n"]
    if json:
        emit({"total": total, table: found}, True, title=table)
        return
    if uploads:
        columns = {"video_id": "upload", "kept_video_id": "kept", "kind": "kind", "shift_s": "later there, s"}
        columns |= {"overlap_s": "shared, s", "share": "share"}
    else:
        columns = {"clip_id": "clip", "kept_clip_id": "kept", "stage": "stage", "difference": "difference"}
        columns |= {"unit": "unit", "mirrored": "mirrored"}
    rows(found, columns, title=f"{total} {table.replace('_', ' ')}", empty=f"no {table.replace('_', ' ')}")
    if unheld:
        say(f"{unheld} clips have no hashes and were held against none: 'facelib ingest' computes them")
    if total > len(found):
        say(f"{total - len(found)} more; --limit shows more")


@app.command()
def logs(
    out: Annotated[Path, typer.Argument(help="The folder to write to; made if it does not exist.")],
    rule: Annotated[
        Literal["kept", "earlier"],
        typer.Option(
            help="kept: what the catalogue says. earlier: judge all clips anew by the rules of video-to-faces; "
            "compares every pair, 10,000 clips in seconds and a million in an hour."
        ),
    ] = "kept",
    json: AsJson = False,
) -> None:
    """Write log_dupes1.csv, log_dupes2.csv and log_dupes3.csv as video-to-faces does, anew each time.

    Example: `facelib duplicates logs lists --rule earlier`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection.duplicates.logs import write_logs

    loaded = settings.load()
    store = loaded.open_store()
    with Catalog(store) as catalog, writing(out, store):
        written = write_logs(store, catalog, out, rule=rule, settings=loaded.curate.duplicates)
    emit({**written, "folder": str(out)}, json, title="duplicates")
