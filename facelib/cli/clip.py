"""Commands on one clip or video: what was measured, and pictures of it."""

from typing import Annotated

import typer

from facelib.cli.output import AsJson, emit, rows, say

app = typer.Typer()

ClipId = Annotated[str, typer.Argument(help="Id of the clip, as 'facelib search' prints it.")]


@app.command()
def show(clip_id: ClipId, json: AsJson = False) -> None:
    """Show all that was measured of a clip, each value with its unit, and why a value is missing.

    Example: `facelib show b2f9c1d4e5a60718`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.clip_report import clip_report

    with Catalog(settings.load().open_store()) as catalog:
        report = clip_report(catalog, clip_id)
    if json:
        emit(
            {
                "clip": report.clip,
                "measures": [vars(measure) for measure in report.measures],
                "not_computed": report.not_computed,
                "rejects": report.rejects,
            },
            True,
            title="clip",
        )
        return
    span = f"{report.clip['start_s']:.2f} to {report.clip['end_s']:.2f} s"
    listed = [{**vars(m), "value": "not computed" if m.value is None else m.value} for m in report.measures]
    columns = {"table": "table", "column": "measure", "value": "value", "meaning": "meaning"}
    rows(listed, columns, title=f"{report.clip['title']}, {span}", empty="nothing was measured of this clip yet")
    for stage, reason in report.not_computed.items():
        say(f"{stage}: {reason}")
    for reject in report.rejects:
        limit = f"{reject['measured']:g} {reject['unit']}, wanted {reject['threshold']:g}"
        say(f"{reject['stage']}: {reject['reason']} ({limit})")
