"""Commands that keep a store small and tell how it is: maintenance, metrics."""

from pathlib import Path
from typing import Annotated

import typer

from facelib.cli.output import AsJson, emit, out, rows, say

app = typer.Typer()


@app.command()
def maintenance(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would go.")] = False,
    json: AsJson = False,
) -> None:
    """Let raw downloads go, pack old commit records, and clear away what processes that died have left.

    The settings `maintenance.*` say what and when. Example: `facelib maintenance --dry-run`
    """
    from facelib import settings
    from facelib.maintenance.report import readable
    from facelib.maintenance.run import maintain

    conf = settings.load()
    report = maintain(conf.open_store(), conf, dry_run=dry_run)
    if json:
        emit(report.to_dict(), True, title="maintenance")
    else:
        columns = {"what": "what", "things": "number", "files": "files", "size": "size"}
        found = [vars(one) | {"size": readable(one.size_bytes)} for one in report.freed if one.files or one.things]
        title = "would be freed" if dry_run else "freed"
        rows(found, columns, title=title, empty="nothing to let go")
        out.print(f"{title}: {readable(report.to_dict()['size_bytes'])}", highlight=False)
    for line in report.postponed:
        say(f"postponed: {line}")
    if report.postponed:
        raise typer.Exit(1)


@app.command()
def metrics(
    file: Annotated[
        Path | None, typer.Option("--out", "-o", help="Replace this .prom file in one step, for a textfile collector.")
    ] = None,
) -> None:
    """Print the state of the collection in the text format of Prometheus: clips, rejects, quarantine, stale results.

    Example: `facelib metrics --out /var/lib/node_exporter/textfile/facelib.prom`
    """
    from facelib import settings
    from facelib.cli.out_file import writing
    from facelib.metrics import collect, render

    conf = settings.load()
    store = conf.open_store()
    text = render(collect(store, conf))
    if file is None:
        typer.echo(text, nl=False)
        return
    with writing(file, store, ".prom") as path:
        # A collector must never read half of it, and skips names with another ending.
        part = path.with_name(f".{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    say(f"wrote {path}")
