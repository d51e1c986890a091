"""The command that draws what was found on a source video."""

from pathlib import Path
from typing import Annotated

import typer

from facelib.cli.out_file import writing
from facelib.cli.output import AsJson, bar, emit

app = typer.Typer()


@app.command()
def annotate(
    video_id: Annotated[str, typer.Argument(metavar="VIDEO", help="Id of the video.")],
    out: Annotated[Path, typer.Argument(help="The mp4 file to write.")],
    json: AsJson = False,
) -> None:
    """Write a copy of a source video with the box of each clip, red to green by the confidence of its lip sync.

    Boxes whose sync was not measured are grey; thin grey ones are faces that the detector found.

    Example: `facelib annotate youtube_dqw4w9wgxcq-ddb06764c1 look.mp4`
    """
    from facelib import settings
    from facelib.export.annotated import write_annotated

    conf = settings.load()
    store = conf.open_store()
    with writing(out, store, ".mp4"), bar() as progress:
        task = progress.add_task("drawing", total=None)
        frames = write_annotated(
            store,
            video_id,
            out,
            threads=conf.threads,
            progress=lambda done: progress.update(task, completed=done),
        )
    emit({"file": str(out), "frames": frames}, json, title="annotated video")
