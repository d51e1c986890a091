"""The command that tells what became of every hour, and what it cost."""

from typing import Annotated, Any, Literal

import typer

from facelib.cli.output import AsJson, emit, out, rows

app = typer.Typer()


@app.command()
def yields(
    by: Annotated[Literal["stage", "day", "channel"], typer.Option(help="Rows of the table.")] = "stage",
    json: AsJson = False,
) -> None:
    """Show hours in and out by stage and reason, seconds of compute, and hours kept for each hour of compute.

    Example: `facelib yields --by channel`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.curate.yields import yields as count

    with Catalog(settings.load().open_store()) as catalog:
        found = count(catalog.rows, by)
    if json:
        emit(found.to_dict(), True, title="yields")
        return
    total = found.total
    kept = total.kept_per_compute_hour
    per_hour = "" if kept is None else f", {kept:.2f} h kept for each hour of compute"
    out.print(
        f"{total.hours_listed:.2f} h listed, {total.hours_clips:.2f} h of clips, {total.hours_kept:.2f} h kept; "
        f"{total.compute_s / 3600:.2f} h of compute{per_hour}",
        highlight=False,
    )
    if by == "stage":
        listed = [line for stage in found.stages for line in _lines(vars(stage))]
        columns = {"stage": "stage", "of": "hours of", "hours_in": "in, h", "hours_out": "out, h"}
        columns |= {"seconds": "compute, s", "reason": "lost by", "hours": "lost, h", "count": "lost, number"}
        rows(listed, columns, title="yield by stage", empty="")
        return
    columns = {"name": by, "uploads": "uploads", "hours_listed": "listed, h", "hours_downloaded": "downloaded, h"}
    columns |= {"clips": "clips", "hours_clips": "clips, h", "hours_kept": "kept, h", "compute_s": "compute, s"}
    columns |= {"kept_per_compute_hour": "kept h per compute h"}
    rows([vars(group) for group in found.groups], columns, title=f"yield by {by}", empty="no upload is known yet")


def _lines(stage: dict[str, Any]) -> list[dict[str, Any]]:
    """A stage, with its losses one below the other."""
    first, *more = stage["lost"] or ("",)
    blank = dict.fromkeys(("stage", "of", "hours_in", "hours_out", "seconds"), "")
    losses = [dict.fromkeys(("reason", "hours", "count"), "") if loss == "" else vars(loss) for loss in (first, *more)]
    return [{**stage, **losses[0]}, *({**blank, **loss} for loss in losses[1:])]
