"""The command that writes datasets."""

import json as json_module
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facelib.cli.output import AsJson, bar, emit, out, rows, say
from facelib.errors import SettingsError

if TYPE_CHECKING:
    from facelib.export.options import ExportOptions
    from facelib.store.objects import Store

app = typer.Typer()


@app.command()
def export(
    format: Annotated[str, typer.Argument(help="Name of the format; 'facelib formats' lists them.")],
    folder: Annotated[
        Path | None, typer.Argument(help="Where to; a folder that holds the beginning of it is completed.")
    ] = None,
    name: Annotated[str, typer.Option(help="In place of FOLDER: a name below the setting exports_dir.")] = "",
    where: Annotated[
        str, typer.Option(help="SQL condition on the catalogue's tables; those of docs/reference/tables.md.")
    ] = "TRUE",
    unit: Annotated[str, typer.Option(help="clip, or segment: the parts that are in sync.")] = "clip",
    rule: Annotated[str, typer.Option(help="Rule of the segments: legacy, dense or strict.")] = "dense",
    crop: Annotated[str, typer.Option(help="Crop policy by name, see docs/crops.md; window: the clip as it is.")] = (
        "window"
    ),
    size: Annotated[
        int, typer.Option(help="Width and height of the pictures, px; nothing is stretched to it; 0: as it is.")
    ] = 0,
    sync: Annotated[bool, typer.Option(help="Whether sound is moved by the offset that was measured.")] = True,
    limit: Annotated[int, typer.Option(help="At most this many, chosen by the seed; 0 takes all.")] = 0,
    splits: Annotated[str, typer.Option(help="Shares of train/val/test, per cent, such as 80/10/10.")] = "",
    split_by: Annotated[str, typer.Option(help="What is never in two splits: person, video or channel.")] = "person",
    seed: Annotated[int, typer.Option(help="Of the sample and of the splits.")] = 0,
    snapshot: Annotated[str, typer.Option(help="Name of a snapshot, in place of what is published now.")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the format, NAME=VALUE; may be repeated.")
    ] = None,
    settings_: Annotated[str, typer.Option("--settings", help="Settings of the format as a JSON object.")] = "{}",
    processes: Annotated[
        int, typer.Option(min=0, help="How many write at a time; 0: one for each two CPUs. Files do not depend on it.")
    ] = 0,
    json: AsJson = False,
) -> None:
    """Write clips or segments as a dataset, with a manifest of sources, licences, models and digests.

    An export that was interrupted goes on where it stopped when it is given again.

    Example: `facelib export lmdb data/set --where "clips.face_side > 100 AND uploads.licence LIKE 'CC%'" --size 256`
    """
    from facelib import settings

    values = {"where": where, "unit": unit, "rule": rule, "crop": crop, "size": size, "sync": sync, "limit": limit}
    values |= {"splits": splits, "split_by": split_by, "seed": seed, "settings": _settings(settings_, set_ or [])}
    options = _checked(values | {"snapshot": snapshot})
    conf = settings.load()
    target = _target(folder, name, conf.exports_dir)
    manifest = _written(conf.open_store(), format, target, options, processes or max(1, (os.cpu_count() or 1) // 2))
    emit(_short(manifest, target) if json else _told(manifest, target), json, title=f"export {format}")
    if manifest["failures"]:
        raise typer.Exit(1)


@app.command()
def formats(json: AsJson = False) -> None:
    """List the dataset formats, how they are read, and their settings.

    Example: `facelib formats`
    """
    from facelib.export.format import format_class
    from facelib.export.names import FORMATS

    listed: list[dict[str, Any]] = []
    for name in FORMATS:
        try:
            kind = format_class(name)
        except SettingsError as error:
            listed.append({"name": name, "summary": str(error), "read_with": "", "settings": {}})
            continue
        fields = kind.settings_type.model_fields
        told = {key: f"{field.default!r}: {field.description}" for key, field in fields.items()}
        listed.append({"name": name, "summary": kind.summary, "read_with": kind.read_with, "settings": told})
    if json:
        emit({"formats": listed}, True, title="")
        return
    rows(
        listed,
        {"name": "format", "summary": "what it writes", "read_with": "read with"},
        title="facelib export FORMAT FOLDER",
        empty="",
    )
    for item in listed:
        for key, meaning in item["settings"].items():
            out.print(f"{item['name']} --set {key}=  {meaning}", highlight=False, markup=False)


def _checked(values: dict[str, Any]) -> "ExportOptions":
    from facelib.export.options import ExportOptions, checked

    options: ExportOptions = checked(ExportOptions, values, "export")
    return options


def _written(store: "Store", format: str, target: Path, options: "ExportOptions", processes: int) -> dict[str, Any]:
    """Run the export with a progress bar; returns its manifest."""
    from facelib.export.job import export as run
    from facelib.models import identity

    with bar() as progress:
        task = progress.add_task(f"export {format}", total=None)
        return run(
            store,
            format,
            target,
            options,
            same_person={kind.weights: kind.same_person for kind in identity.KINDS.values()},
            processes=processes,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
            say=say,
        )


def _target(folder: Path | None, name: str, exports_dir: Path) -> Path:
    """Where the dataset goes: a folder, or a name below the folder of exports, which is one folder and no path."""
    if (folder is None) == (not name):
        hint = "name a FOLDER, or --name NAME below exports_dir"
        raise SettingsError("where shall the dataset go?", hint=hint, reason="no_folder")
    if folder is not None:
        return folder
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        hint = "use letters, digits, dots, - and _"
        raise SettingsError(f"{name!r} is no name of a folder", hint=hint, reason="bad_name")
    return exports_dir / name


def _settings(document: str, given: list[str]) -> dict[str, Any]:
    try:
        values = json_module.loads(document)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        hint = 'write it as {"every": 2}'
        raise SettingsError(f"--settings {document!r} is no JSON object", hint=hint, reason="bad_options")
    pairs = [text.partition("=") for text in given]
    wrong = [text for text, (name, equals, _) in zip(given, pairs, strict=True) if not (name and equals)]
    if wrong:
        hint = "write NAME=VALUE, such as every=2"
        raise SettingsError(f"--set {wrong[0]!r} gives no name or no value", hint=hint, reason="bad_options")
    return values | {name: value for name, _, value in pairs}


def _short(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What a program wants to know; all of it is in the manifest."""
    return {
        "folder": str(folder),
        "counts": manifest["counts"],
        "licences": manifest["licences"],
        "failures": dict(list(manifest["failures"].items())[:20]),
    }


def empty_splits(manifest: dict[str, Any]) -> dict[str, str]:
    """What is said of each split that was to have a share and got nothing."""
    from facelib.export.options import shares_of

    options, counted = manifest["options"], manifest["counts"]["splits"]
    said = f"0: too few {options['split_by']}s to share out; take more clips, or another --split-by"
    wanted = [split for split, share in shares_of(options["splits"]).items() if share]
    return {f"items in {split}": said for split in wanted if not counted.get(split, {}).get("items")}


def _told(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    counts = manifest["counts"]
    told = {"folder": str(folder), "items": counts["items"], "hours": counts["hours"], "files": counts["files"]}
    told |= {"videos": counts["videos"]}
    told |= {f"items in {split}": f"{of['items']} ({of['hours']:g} h)" for split, of in counts["splits"].items()}
    told |= empty_splits(manifest)
    told |= {f"licence {licence}": n for licence, n in manifest["licences"].items()}
    if manifest["failures"]:
        told |= {"failed": len(manifest["failures"]), "see": str(folder / "manifest.json")}
    return told
