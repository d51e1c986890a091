"""The command line. Each group of commands is one file; this one joins them and shows errors without a stack trace."""

import typer

from facelib.cli import (
    annotate,
    care,
    clip,
    collection,
    downloads,
    export,
    ingest,
    lists,
    media,
    models,
    reproduce,
    youtube,
)

app = typer.Typer(
    name="facelib",
    help="From channels to measured, searchable talking-face clips.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for group in (ingest.app, downloads.app, collection.app, clip.app, annotate.app, export.app, care.app):
    app.registered_commands += group.registered_commands
app.add_typer(lists.app, name="lists")
app.add_typer(youtube.app, name="youtube")
app.add_typer(media.app, name="media")
app.add_typer(reproduce.app, name="reproduce")
app.add_typer(models.app, name="models")
app.add_typer(care.quarantine, name="quarantine")


def main() -> None:
    """Run the command line; a problem with a name ends with its own exit code and no stack trace."""
    from facelib.cli.output import guarded

    guarded(app)
