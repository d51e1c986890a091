"""Commands on rule sets: which clips are kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facelib.cli.output import AsJson, bar, emit, out, rows, say

if TYPE_CHECKING:
    from facelib.collection.rule_trial import Trial
    from facelib.curate.rules import RuleSet

app = typer.Typer(help="Which clips are kept: thresholds on what was measured.", no_args_is_help=True)

RuleFile = Annotated[str, typer.Argument(help="A rule file, or the name of a preset.")]


@app.command("list")
def list_sets(json: AsJson = False) -> None:
    """Show the presets, and the rule set in force with those before it.

    Example: `facelib rules list`
    """
    from facelib import settings
    from facelib.collection import rules
    from facelib.curate import presets

    store = settings.load().open_store()
    number, current = rules.in_force(store)
    found: list[dict[str, Any]] = [_row(presets.load(name), "preset", "") for name in presets.names()]
    for past in range(1, number + 1):
        found.append(_row(rules.read(store, past), f"applied, {past}", rules.applied(store, past)[:19]))
    if json:
        emit({"in_force": {"number": number, "name": current.name}, "sets": found}, True, title="rules")
        return
    columns = {"name": "rule set", "kind": "kind", "rules": "rules", "applied": "applied, UTC", "note": "note"}
    rows(found, columns, title="rule sets", empty="")
    say(f"in force: {current.name} ({number or 'none was applied'})")


@app.command()
def show(
    file: Annotated[str | None, typer.Argument(help="A rule file or a preset; left out: the set in force.")] = None,
    json: AsJson = False,
) -> None:
    """Print a rule set as a file that may be changed and applied; what it extends is part of it.

    Example: `facelib rules show voxceleb2 > mine.toml`
    """
    from facelib import settings
    from facelib.collection import rules
    from facelib.curate.rule_sql import check

    found = _read(file) if file else rules.in_force(settings.load().open_store())[1]
    check(found, rules.columns())
    if json:
        emit(found.model_dump(mode="json", by_alias=True), True, title="rules")
        return
    typer.echo(found.to_toml(), nl=False)


@app.command()
def columns(json: AsJson = False) -> None:
    """List the columns that a rule may name.

    Example: `facelib rules columns`
    """
    from facelib.collection import rules

    found = [{"name": name, "type": c.kind, "meaning": c.meaning} for name, c in rules.columns().items()]
    if json:
        emit({"columns": found}, True, title="columns")
        return
    rows(found, {"name": "column", "type": "type", "meaning": "meaning"}, title="columns", empty="")


@app.command("try")
def try_file(
    file: RuleFile,
    sample: Annotated[int, typer.Option("--sample", "-n", min=0, help="Examples of each change.")] = 5,
    json: AsJson = False,
) -> None:
    """Show how many clips and hours a rule set would change, and some of them. Nothing is written.

    Example: `facelib rules try mine.toml -n 3`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection import rules
    from facelib.collection.rule_trial import trial

    store = settings.load().open_store()
    wanted = _read(file)
    with Catalog(store) as catalog:
        found = trial(catalog, wanted, rules.in_force(store)[1], sample=sample)
    if json:
        emit(found.to_dict(), True, title="trial")
        return
    _print(found)


@app.command()
def apply(file: RuleFile, json: AsJson = False) -> None:
    """Put a rule set into force, and publish the verdicts that it gives.

    Example: `facelib rules apply strict-sync`
    """
    from facelib import settings
    from facelib.collection import rules
    from facelib.publish import publish
    from facelib.store import published

    store = settings.load().open_store()
    wanted = _read(file)
    number = rules.put_in_force(store, wanted)
    told: dict[str, Any] = {"rule_set": wanted.name, "number": number, "published": None}
    if published.newest(store) is not None:
        with bar() as progress:
            task = progress.add_task("publish", total=None)
            report = publish(
                store,
                settings=settings.load().curate,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
        told |= {"published": report.number, "changed": report.changed}
    emit(told, json, title="rules")


def _read(file: str) -> "RuleSet":
    """A rule set from a file, or a preset where the name is no path."""
    from facelib.curate import presets
    from facelib.curate.rule_file import parse
    from facelib.errors import SettingsError

    path = Path(file)
    if file in presets.names() and not path.is_file():
        return presets.load(file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = f"name a file, or a preset: {', '.join(presets.names())}"
        if isinstance(error, FileNotFoundError):
            said = f"there is no rule file {file}"
        else:
            why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            said = f"the rule file {file} cannot be read: {why}"
        raise SettingsError(said, hint=hint, reason="no_rules") from error
    return parse(text, name=path.stem, preset=presets.load)


def _row(found: "RuleSet", kind: str, applied: str) -> dict[str, Any]:
    return {"name": found.name, "kind": kind, "rules": len(found.rules), "applied": applied, "note": found.note}


def _print(found: "Trial") -> None:
    out.print(
        f"{found.rule_set} against {found.in_force}, in force: {found.clips} clips, {found.hours:.2f} h",
        highlight=False,
    )
    for change in found.changes:
        stays = change.before == change.after
        line = f"{'stay ' + change.after if stays else change.before + ' → ' + change.after}"
        out.print(f"  {line:16} {change.clips:8} clips {change.hours:10.2f} h", highlight=False)
    named = {"rule": "rule", "column": "column", "wanted": "wanted", "unit": "unit", "passed": "pass", "failed": "fail"}
    named |= {"failed_hours": "fail, h", "only": "fail only this", "unknown": "unknown"}
    rows([vars(count) for count in found.rules], named, title="clips by rule", empty="the set has no rule")
    named = {"clip_id": "clip", "before": "before", "after": "after", "rule": "rule", "found": "measured"}
    sample = [vars(example) for example in found.sample]
    if not sample and any(change.before != change.after for change in found.changes):
        return
    rows(sample, {**named, "wanted": "wanted", "unit": "unit"}, title="some of the changes", empty="no verdict changes")
