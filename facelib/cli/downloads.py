"""The command that shows what became of each upload."""

from pathlib import Path
from typing import Annotated

import typer

from facelib.cli.output import AsJson, emit, rows

app = typer.Typer()


@app.command()
def downloads(
    state: Annotated[
        str | None, typer.Option(help="Only uploads that are downloaded, waiting, failed or filtered.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the table to this file, with every column.")] = None,
    json: AsJson = False,
) -> None:
    """Show for each upload whether it is here, its height and clips, or why it is not.

    Example: `facelib downloads --state failed`
    """
    from facelib import settings
    from facelib.fetching.download_table import table, write_csv

    found = table(settings.load().open_store(), state)
    if csv:
        listed = list(found)
        write_csv(listed, csv)
        emit({"rows": len(listed), "file": str(csv)}, json, title="downloads")
        return
    if json:
        emit({"downloads": list(found)}, True, title="downloads")
        return
    shown = (row | {"height": _heights(row["height"], row["wanted_height"])} for row in found)
    columns = {"video_id": "video", "state": "state", "reason": "reason", "height": "height", "num_clips": "clips"}
    rows(shown, columns | {"path": "path", "message": "message"}, title="downloads", empty="no such upload")


def _heights(got: int | None, wanted: int | None) -> str:
    """The height that came, and the one that was wanted where it is another."""
    told = "" if got is None else f"{got} px"
    return told if wanted in (None, got) else f"{told or 'unknown'}, wanted {wanted} px"
