"""One stage for the videos of some clips: a new model, or one that was absent."""

from typing import Annotated

import typer

from facelib.cli.output import AsJson, bar, emit, say

app = typer.Typer()


@app.command()
def backfill(
    stage: Annotated[str, typer.Argument(help="A stage that reads clips, such as iqa.")],
    where: Annotated[str, typer.Option(help="SQL condition on the catalogue; the videos of clips that pass.")] = "TRUE",
    model: Annotated[str, typer.Option(help="Model of that stage; left out: the one in force.")] = "",
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Print the shards, and run nothing.")] = False,
    lane: Annotated[str, typer.Option(help="daily or backfill; travels with the plan.")] = "backfill",
    name: Annotated[str, typer.Option(help="In whose name videos are leased; the same name gets them again.")] = "",
    most_shards: Annotated[int, typer.Option(min=0, help="Longer shards rather than more; 0: any number.")] = 0,
    json: AsJson = False,
) -> None:
    """Compute one stage, and what reads it, for the videos of some clips; what is there is not computed again.

    Example: `facelib backfill iqa --where "clips.face_side > 200 AND uploads.upload_day >= '2026-01-01'"`
    """
    from facelib import settings
    from facelib.publish import publish
    from facelib.stage_backfill import plan_stage, run_stage

    conf = settings.load()
    store = conf.open_store()
    made = plan_stage(store, conf, stage, where=where, model=model, lane=lane, name=name, most_shards=most_shards)
    told = made.to_dict()
    if made.behind:
        say(f"{made.behind} videos lack other stages too and are left to 'facelib ingest', or their day's run")
    if not plan_only:
        with bar() as progress:
            task = progress.add_task(stage, total=told["videos"] * len(made.stages))
            told["committed"] = run_stage(
                store, conf, made, progress=lambda stage, video_id, outcome: progress.advance(task), say=say
            )
        if told["committed"]:
            told["published"] = publish(store, settings=conf.curate).number
    emit(told, json, title=f"backfill of {stage}")
