"""Commands from a channel to committed results: crawl, download, plan, run, commit, finish, ingest."""

import re
from dataclasses import asdict
from typing import Annotated

import typer

from facelib.cli import log_lines
from facelib.cli.ingest_output import once, stage_bars, told
from facelib.cli.output import AsJson, bar, emit, say
from facelib.errors import SettingsError, SourceError

app = typer.Typer()

ATTEMPT = re.compile(r"[A-Za-z0-9.-]{0,200}")
"""How an attempt may be named: the name is part of a key of the store."""
STAGE_NAMES = "probe, detect, track, landmarks, syncnet, speaker, iqa, image, hubert, speech, voice, embed, hashes"
Day = Annotated[str | None, typer.Option(help="Only this UTC upload day, YYYY-MM-DD.")]
Lane = Annotated[str, typer.Option(help="daily or backfill; travels with the plan.")]
Channels = Annotated[
    list[str] | None,
    typer.Option(
        "--channel",
        help="URL, folder, list:FILE, names:FILE, search:WORDS, hdtf:DIR, voxceleb:DIR or api:...; may be repeated.",
    ),
]


@app.command()
def crawl(
    channel: Channels = None,
    force: Annotated[bool, typer.Option(help="List a channel even if it was listed a short time ago.")] = False,
    stored: Annotated[bool, typer.Option(help="Do not list anything; report the stored listings.")] = False,
    json: AsJson = False,
) -> None:
    """List the configured channels and remember new uploads.

    Example: `facelib crawl --channel https://www.youtube.com/@nasa/videos`
    """
    from facelib import settings
    from facelib.fetching.crawl import CrawlReport, meant
    from facelib.fetching.crawl import crawl as run
    from facelib.store import uploads

    conf = settings.load()
    store = conf.open_store()
    if stored:
        emit(CrawlReport(seen=len(uploads.videos(store))).to_dict(), json, title="stored listings")
        return
    channels = meant(channel, conf.channels)
    if not channels:
        raise _no_channel()
    report = run(store, conf, channels, force=force, say=say)
    # What is wrong with a channel is said above, in a line of its own.
    emit(report.to_dict() if json else asdict(report) | {"failed": len(report.failed)}, json, title="crawl")
    if report.failed and len(report.failed) == report.channels:
        names = ", ".join(repr(name) for name in list(report.failed)[:3])
        more = f" and {len(report.failed) - 3} more" if len(report.failed) > 3 else ""
        raise SourceError(f"no channel could be listed: {names}{more}", reason="no_channel_listed")


@app.command()
def download(
    day: Day = None,
    lane: Lane = "daily",
    retry: Annotated[
        bool, typer.Option(help="Try what failed in a way that may pass again now, without its growing wait.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Fetch the uploads that are known but not here.

    Without --day it takes every upload, whatever its day. Example: `facelib download --day 2026-01-05 --lane backfill`
    """
    from facelib import settings
    from facelib.fetching.download import download as run
    from facelib.sources.base import Progress, Upload

    conf = settings.load()
    with bar(of_bytes=True) as progress:

        def watch(upload: Upload) -> Progress:
            task = progress.add_task((upload.title or upload.video_id)[:40], total=None)
            return lambda done, total: progress.update(task, completed=done, total=total)

        report = run(conf.open_store(), conf, day=day, retry=retry, watch=watch, say=say)
    emit(report.to_dict() | {"lane": lane}, json, title="download")


@app.command()
def plan(
    day: Annotated[list[str] | None, typer.Option(help="UTC upload day, YYYY-MM-DD; may be repeated.")] = None,
    lane: Lane = "daily",
    verify: Annotated[bool, typer.Option(help="Also look whether finished results are still there and sound.")] = False,
    name: Annotated[str, typer.Option(help="In whose name videos are leased; the same name gets them again.")] = "",
    json: AsJson = False,
) -> None:
    """Put the videos that have work left into shards, under a lease.

    Without --day every day is looked at. Example: `facelib plan --day 2026-01-05`
    """
    from facelib import settings
    from facelib.planning import plan as run
    from facelib.store import uploads

    conf = settings.load()
    store = conf.open_store()
    made = run(store, conf, day or uploads.days(store), lane=lane, name=name, verify=verify)
    emit(made.to_dict(), json, title="plan")
    for line in made.held_lines():
        say(line)


@app.command("run")
def run_stage(
    stage: Annotated[str, typer.Argument(help=f"Name of the stage: {STAGE_NAMES}.")],
    shard: Annotated[str, typer.Option(help="Key of the shard, as 'facelib plan' prints it.")],
    force: Annotated[bool, typer.Option(help="Compute again what exists.")] = False,
    attempt: Annotated[str, typer.Option(help="Name that the manifest bears, to find it by.")] = "",
    json: AsJson = False,
) -> None:
    """Run one stage on one shard; what exists is not computed again.

    Example: `facelib run detect --shard plans/daily-20260105T000000.000000Z/shard-00000.json`
    """
    from facelib import settings
    from facelib.planning import changed
    from facelib.stages.runner import StageRun
    from facelib.store import plans

    if not ATTEMPT.fullmatch(attempt):
        raise typer.BadParameter("letters, digits, dots and dashes", param_hint="--attempt")
    log_lines.belong_to(shard=shard, stage=stage)
    conf = settings.load()
    store = conf.open_store()
    batch = plans.read_shard(store, shard)
    if differing := changed(store, conf, batch, stage):
        again = f"'facelib finish --plan {batch.plan_id}', then 'facelib plan'"
        say(f"the plan's settings are used ({'; '.join(differing)}); for those in force: {again}")
    with bar() as progress:
        task = progress.add_task(stage, total=len(batch.videos))

        def watch(video_id: str, outcome: str) -> None:
            progress.advance(task)
            say(f"{stage} {video_id}: {outcome}", video=video_id, outcome=outcome)

        runner = StageRun(
            store,
            batch,
            stage,
            work_dir=conf.work_dir,
            force=force,
            attempt=attempt,
            progress=watch,
            **conf.stage_options(),
        )
        manifest = runner.run()
    emit(asdict(manifest), json, title=stage)


@app.command()
def commit(
    shard: Annotated[str, typer.Option(help="Key of the shard, as 'facelib plan' prints it.")], json: AsJson = False
) -> None:
    """Record which results of a shard's videos belong together, with the reason for what is missing.

    Example: `facelib commit --shard plans/daily-20260105T000000.000000Z/shard-00000.json`
    """
    from facelib import settings
    from facelib.stages.commit import commit_shard
    from facelib.store import plans

    log_lines.belong_to(shard=shard)
    store = settings.load().open_store()
    emit(commit_shard(store, plans.read_shard(store, shard)), json, title="commit")


@app.command()
def finish(
    plan_id: Annotated[str, typer.Option("--plan", help="Id of the plan, as 'facelib plan' prints it.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All plans; only when nothing else is at work.")] = False,
    json: AsJson = False,
) -> None:
    """Give back the leases of a plan, so that its videos can be planned again.

    Example: `facelib finish --plan daily-20260105T000000.000000Z`
    """
    from facelib import settings
    from facelib.planning import finish as run
    from facelib.planning import release_all

    store = settings.load().open_store()
    if not plan_id and not everything:
        raise SettingsError("which plan?", hint="pass --plan ID or --all", reason="no_plan")
    released = release_all(store) if everything else run(store, plan_id)
    emit({"released": released}, json, title="finish")


@app.command()
def ingest(
    channel: Channels = None,
    force: Annotated[bool, typer.Option(help="List a channel even if it was listed a short time ago.")] = True,
    json: AsJson = False,
) -> None:
    """Do everything in this process, without Airflow: crawl, download, all stages, commit, publish.

    Example: `facelib ingest --channel ~/Videos`
    """
    from facelib import settings
    from facelib.fetching.crawl import meant
    from facelib.ingest import ingest as run
    from facelib.store import uploads

    conf = settings.load()
    channels = meant(channel, conf.channels)
    if not channels and not uploads.videos(conf.open_store()):
        raise _no_channel()
    if not channels:
        say("no channel is configured; working on what is known")
    with stage_bars() as watch:
        report = run(conf, channels, force=force, watch=watch, say=once(say))
    emit(report if json else told(report), json, title="ingest")
    if report["failed_channels"]:
        raise typer.Exit(1)


def _no_channel() -> SettingsError:
    hint = 'pass --channel URL_OR_FOLDER, or write channels = ["URL_OR_FOLDER"] in facelib.toml'
    return SettingsError("no channel to crawl", hint=hint, reason="no_channels")
