"""Commands by which people decide about persons: merge, unmerge, split, name, hide."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from facelib.cli.output import By, out

app = typer.Typer()

Person = Annotated[str, typer.Argument(help="Id or name of a person, as 'facelib people list' shows it.")]


@app.command()
def merge(
    into: Person,
    others: Annotated[list[str], typer.Argument(help="Ids or names of those that are the same person.")],
    by: By = "cli",
) -> None:
    """Make one person of several; the first one keeps its id.

    Example: `facelib people merge person-334179af1162 person-9d2e0c41f0aa --by anna`
    """
    from facelib.collection.people.decisions import merge as decide

    _decided(decide, into, others, by, told="merged into {into}")


@app.command()
def unmerge(
    person: Annotated[str, typer.Argument(help="Id or name of a person that was merged into another.")],
    by: By = "cli",
) -> None:
    """Undo a merge: a person is one of its own again, with its id, name and clips.

    Example: `facelib people unmerge person-9d2e0c41f0aa --by anna`
    """
    from facelib.collection.people.unmerge import unmerge as decide

    _decided(decide, person, by, told="{new_person} is a person of its own again")


@app.command()
def split(
    person: Person,
    clip_ids: Annotated[list[str], typer.Argument(help="Ids of its clips that show somebody else.")],
    by: By = "cli",
) -> None:
    """Take clips out of a person, into a new one.

    Example: `facelib people split person-334179af1162 file_anna-3baae3b175.000000.0.86eb888f --by anna`
    """
    from facelib.collection.people.decisions import split as decide

    clips = "1 clip goes" if len(clip_ids) == 1 else f"{len(clip_ids)} clips go"
    _decided(decide, person, clip_ids, by, told=f"{clips} to {{new_person}}")


@app.command()
def name(
    person: Person,
    new_name: Annotated[str, typer.Argument(help="The name; empty takes it away.")],
    by: By = "cli",
) -> None:
    """Give a person a name.

    Example: `facelib people name person-334179af1162 "Ada Lovelace" --by anna`
    """
    from facelib.collection.people.decisions import name as decide

    _decided(decide, person, new_name, by, told="{person} is " + ("{name}" if new_name.strip() else "without a name"))


@app.command()
def hide(
    person: Person,
    undo: Annotated[bool, typer.Option("--undo", help="Show it again.")] = False,
    by: By = "cli",
) -> None:
    """Leave a person out of lists.

    Example: `facelib people hide person-334179af1162 --by anna`
    """
    from functools import partial

    from facelib.collection.people.decisions import hide as decide

    _decided(partial(decide, hidden=not undo), person, by, told="{person} is " + ("shown" if undo else "hidden"))


def _decided(decide: Callable[..., Any], *about: Any, told: str) -> None:
    """Keep a decision about the published persons, and tell it; ``told`` names items of its value in braces."""
    from facelib import settings
    from facelib.catalog.reader import Catalog

    store = settings.load().open_store()
    with Catalog(store) as catalog:
        decision = decide(store, catalog, *about)
    out.print(f"{told.format(**decision.value)}; the next 'facelib publish' puts it in force", highlight=False)
