"""The command that looks at the sources of uploads."""

from typing import TYPE_CHECKING, Annotated

import typer

from facelib.cli.output import AsJson, emit, rows, say

if TYPE_CHECKING:
    from facelib.collection.source.check import SourceCheckReport

app = typer.Typer()


@app.command("source-check")
def source_check(
    older_than: Annotated[
        float | None, typer.Option(min=0, help="Only uploads that were not looked at for this many days.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=0, help="At most this many; 0 takes all.")] = None,
    json: AsJson = False,
) -> None:
    """Ask whether uploads are still at their source under the same licence, and do what the settings say.

    Without options, as curate.source_check has it. What is hidden leaves search and export with the next publish.

    Example: `facelib source-check --older-than 30 --limit 500`
    """
    from facelib import settings
    from facelib.collection.source.check import source_check as run

    conf = settings.load()
    report = run(conf.open_store(), conf, conf.curate.source_check, older_than_days=older_than, limit=limit, say=say)
    if json:
        emit(report.to_dict(), True, title="source check")
        return
    told = report.to_dict()
    findings = told.pop("findings")
    emit(told, False, title="source check")
    columns = {"video_id": "video", "case": "case", "before": "before", "now": "now", "action": "action"}
    rows(findings, columns, title="not as they were", empty=without_findings(report))


def without_findings(report: "SourceCheckReport") -> str:
    """What a check came to that found nothing otherwise than it was: an upload that gave no answer is not there."""
    unanswered = sum(report.failed.values())
    waiting = report.postponed + sum(report.unreachable.values()) + report.left
    parts = [(report.there, "there as they were"), (unanswered, "could not be asked"), (waiting, "wait")]
    told = [f"{n} upload{'s' * (n != 1)} {what}" for n, what in parts if n]
    return ", ".join(told if report.looked else ["nothing was looked at", *told])
