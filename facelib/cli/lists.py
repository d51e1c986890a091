"""Commands on list files: look at one before it is crawled, make one ready for work."""

from pathlib import Path
from typing import Annotated, Any

import typer

from facelib.cli.output import AsJson, bar, emit, out, rows

app = typer.Typer(help="List files: look at one before it is crawled, make one ready for work.", no_args_is_help=True)

SHOWN = 20
_COLUMNS = {"line": "line", "reason": "reason", "why": "why", "text": "text"}


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A CSV, TSV or text file of ids, addresses or paths.")],
    json: AsJson = False,
) -> None:
    """Show what would be taken from a list, and each line that would not, with the reason; no host is asked.

    Example: `facelib lists check videos.csv`
    """
    from facelib import settings
    from facelib.errors import SourceError
    from facelib.sources.list_file import LINE, ListSource
    from facelib.sources.list_report import by_reason

    source = ListSource(file, settings.load().download)
    listed, nothing_left = [], None
    with bar() as progress:
        progress.add_task(f"reading {file.name}", total=None)
        try:
            listed = list(source.list_uploads())
        except SourceError as error:
            if not source.bad_lines:
                raise
            nothing_left = error
    taken = [{"line": int(u.extra[LINE]), "video_id": u.video_id, "title": u.title, "url": u.url} for u in listed]
    bad = [line.to_dict() for line in source.bad_lines]
    report = {"list": str(source.path), "taken": len(taken), "left_out": by_reason(source.bad_lines)}
    if json:
        emit(report | {"uploads": taken, "bad_lines": bad}, True, title="list")
    else:
        _show(report, taken, bad)
    if nothing_left:
        raise nothing_left


def _show(report: dict[str, Any], taken: list[dict[str, Any]], bad: list[dict[str, Any]]) -> None:
    columns = {"line": "line", "video_id": "video", "title": "title", "url": "address"}
    rows(taken[:SHOWN], columns, title="what would be taken", empty="nothing would be taken")
    if len(taken) > SHOWN:
        out.print(f"and {len(taken) - SHOWN} more; --json shows all")
    if bad:
        rows(bad, _COLUMNS, title="lines that are left out", empty="")
    emit(report, False, title="list")


@app.command()
def prepare(
    file: Annotated[Path, typer.Argument(metavar="IN", help="The list: a CSV, TSV or text file.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder of the numbered CSV files; made where it is absent.")],
    exclude: Annotated[
        list[Path] | None, typer.Option(help="A list of what to leave out, such as an earlier one; may be repeated.")
    ] = None,
    shuffle: Annotated[int | None, typer.Option(help="Shuffle, with this seed; else the order stays.")] = None,
    split: Annotated[int, typer.Option(min=1, help="Most rows of a file.")] = 5000,
    sample: Annotated[int, typer.Option(min=0, help="Take so many at random, by the seed; 0 takes all.")] = 0,
    json: AsJson = False,
) -> None:
    """Write a list anew: each upload once, its first row, without exclusions, shuffled, in files of a given size.

    No file is overwritten. Example: `facelib lists prepare videos.csv ready --exclude done.csv --shuffle 1`
    """
    from facelib import settings
    from facelib.sources.list_prepare import prepare as run

    with bar() as progress:
        progress.add_task(f"preparing {file.name}", total=None)
        made = run(
            file,
            out_dir,
            settings.load().download,
            exclude=exclude or (),
            shuffle=shuffle,
            split=split,
            sample=sample,
        )
    report: dict[str, Any] = made.to_dict()
    if json:
        emit(report, True, title="prepare")
        return
    for title, bad in {str(file): made.bad_lines, **made.bad_exclusions}.items():
        if bad:
            rows([line.to_dict() for line in bad], _COLUMNS, title=f"lines of {title} that are left out", empty="")
    told = {key: report[key] for key in ("listed", "excluded", "kept", "left_out")}
    emit(told | {"files": f"{len(made.files)}, from {made.files[0]}"}, False, title="prepare")
