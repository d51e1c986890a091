"""Commands about model weights: list, fetch, verify."""

from typing import Annotated

import typer
from rich.progress import TaskID

from facelib.cli.output import AsJson, bar, emit, out, rows, say

app = typer.Typer(help="Model weights: which there are, their licences, fetching and verifying them.")

Names = Annotated[
    list[str] | None, typer.Argument(help="Names of models; those that the settings in force need by default.")
]

COLUMNS = {
    "name": "name",
    "task": "task",
    "used": "in use",
    "state": "state",
    "licence": "licence",
    "commercial": "commercial use",
    "source": "source",
    "mb": "size, MB",
    "digest": "sha256",
}
WIDE = 150
"""Columns of a terminal that hold all of them."""
WIDE_ONLY = ("licence", "source", "digest")


@app.command("list")
def list_models(
    used: Annotated[bool, typer.Option("--used", help="Only those that the settings in force need.")] = False,
    json: AsJson = False,
) -> None:
    """Show every model with task, licence, source and digest, and whether its weights are here.

    Example: `facelib models list --used`
    """
    from facelib import settings
    from facelib.models.registry import ENTRIES, NOT_FETCHED

    conf = settings.load()
    weights, needed = conf.open_weights(), _needed()
    listed = []
    for name, entry in ENTRIES.items():
        if used and name not in needed:
            continue
        digest = weights.digest(name)
        listed.append(
            {
                "name": name,
                "task": entry.task,
                "used": "yes" if name in needed else "",
                "state": weights.state(name),
                "licence": entry.licence,
                "commercial": "yes" if entry.commercial else "no",
                "source": str(weights.path(name)) if weights.is_local(name) else str(entry.source),
                "mb": entry.size_bytes / 1e6 if entry.size_bytes else None,
                "digest": digest if json or digest == NOT_FETCHED else digest[:12],
            }
        )
    if json:
        emit({"models": listed}, json, title="models")
    else:
        columns = COLUMNS if out.width >= WIDE else {k: v for k, v in COLUMNS.items() if k not in WIDE_ONLY}
        rows(listed, columns, title=f"models in {conf.models_dir}, profile {conf.profile}", empty="no models")
        if columns is not COLUMNS:
            say(f"a terminal of {WIDE} columns, or --json, also shows licence, source and sha256")


@app.command()
def fetch(names: Names = None) -> None:
    """Fetch weights from where the registry says, and check or record their digest.

    Example: `facelib models fetch centerface`
    """
    from facelib import settings
    from facelib.models.fetch import fetch as run
    from facelib.models.registry import entry

    wanted = names or _needed()
    for name in wanted:
        if not entry(name).commercial:
            say(f"{name}: not for commercial use ({entry(name).licence})")
    with bar(of_bytes=True) as progress:
        tasks: dict[str, TaskID] = {}

        def watch(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done)

        say(f"fetching {', '.join(wanted)}")
        found = run(wanted, settings.load().open_weights(), progress=watch)
    for name, path in found.items():
        say(f"{name}: {path}")


@app.command()
def verify(names: Names = None, json: AsJson = False) -> None:
    """Check the digest of fetched weights.

    Example: `facelib models verify`
    """
    from facelib import settings

    conf = settings.load()
    weights = conf.open_weights()
    state = {name: weights.state(name) for name in names or _needed()}
    if json:
        emit(state, True, title="models")
    else:
        listed = [{"name": name, "state": found} for name, found in state.items()]
        rows(listed, {"name": "name", "state": "state"}, title=f"models in {conf.models_dir}", empty="no models")
    if "missing" in state.values():
        say(f"fetch what is missing: facelib models fetch {' '.join(n for n, s in state.items() if s == 'missing')}")
    if set(state.values()) - {"sound"}:
        raise typer.Exit(1)


def _needed() -> list[str]:
    from facelib import settings

    return settings.load().needed_models()
