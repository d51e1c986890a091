"""The command line. Each group of commands is one file; this one joins them and shows errors without a stack trace."""

from typing import Annotated

import typer

from facelib.cli import (
    annotate,
    backfill,
    care,
    clip,
    collection,
    downloads,
    duplicates,
    explain,
    export,
    faces,
    ingest,
    lists,
    maintenance,
    media,
    models,
    people,
    reproduce,
    review,
    rules,
    snapshots,
    source_check,
    takedown,
    yields,
    youtube,
)

app = typer.Typer(
    name="facelib",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for group in (
    *(ingest.app, backfill.app, downloads.app, source_check.app),
    *(
        collection.app,
        yields.app,
        clip.app,
        explain.app,
        faces.app,
        annotate.app,
        export.app,
        care.app,
        maintenance.app,
    ),
):
    app.registered_commands += group.registered_commands
app.add_typer(lists.app, name="lists")
app.add_typer(youtube.app, name="youtube")
app.add_typer(media.app, name="media")
app.add_typer(reproduce.app, name="reproduce")
app.add_typer(people.app, name="people")
app.add_typer(faces.group, name="group")
app.add_typer(duplicates.app, name="duplicates")
app.add_typer(rules.app, name="rules")
app.add_typer(review.app, name="review")
app.add_typer(snapshots.app, name="snapshot")
app.add_typer(takedown.app, name="takedown")
app.add_typer(models.app, name="models")
app.add_typer(care.quarantine, name="quarantine")


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"facelib {version('facelib')}")
        raise typer.Exit


@app.callback()
def facelib(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """From channels to measured, searchable talking-face clips."""


def main() -> None:
    """Run the command line; a problem with a name ends with its own exit code and no stack trace."""
    from facelib.cli.output import guarded

    guarded(app)
