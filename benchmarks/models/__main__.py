"""Clips a second of every model, with random weights of the real architecture (``make bench-models``).

Weights are written in their real file formats and loaded by facelib's own code; a synthetic clip goes through the
model's public method in growing batches. What is measured is the model with its own pre- and post-processing, without
decoding. On a GPU each model is also run on the CPU with its smallest batch, and the ratio is to that.
"""

import argparse
import os
import platform
import warnings
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from benchmarks.models.cases import CASES
from benchmarks.models.clip import FACE, SyntheticClip
from benchmarks.models.measure import LIMIT_S, Row, measure
from facelib.models import device as devices
from facelib.settings import Settings

RESULTS = Path(__file__).with_name("results.md")
HEADINGS = ("model", "device", "batch", "clips/s", "ratio to CPU", "peak GPU MB", "remark")
NOTES = """Detectors look at every frame, SyncNet and Light-ASD too; face recognition at 12 faces of a clip, image
models at 8 frames. Random detectors find next to nothing, as trained ones do in most of a picture: of MTCNN it is the
first network alone that is measured. Whisper looks at 30 s whatever the clip's length. Half precision is used on a GPU
where the model's stage does so. Memory is what torch took on the GPU, weights included."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:N")
    parser.add_argument("--model", nargs="+", choices=CASES, default=list(CASES), metavar="NAME", help="only these")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the clip")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds for each row, more or less")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} beside this script")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")  # random numbers overflow where trained ones do not
    console, device = Console(), devices.choose(arguments.device)
    clip, weights = SyntheticClip(arguments.seconds), Settings().open_weights()
    rows: list[Row] = []
    title = f"{_machine(device)}, clip of {clip.n_frames} frames, face {FACE} px"
    table = Table(*HEADINGS, title=title)
    with Live(table, console=console):  # shows what there is even where the run is broken off
        for name in arguments.model:
            for row in measure(name, CASES[name], device, clip, weights, limit_s=arguments.limit):
                rows.append(row)
                table.add_row(*cells(row))
    if arguments.write:
        RESULTS.write_text(markdown(rows, title), encoding="utf-8")


def cells(row: Row) -> tuple[str, ...]:
    """A row as it is shown.

    >>> cells(Row("s3fd", "cuda:0", "4 frames", 2.5, 31.26, 812.4))
    ('s3fd', 'cuda:0', '4 frames', '2.5', '31.3', '812', '')
    """
    ratio = "" if row.ratio is None else f"{row.ratio:.1f}"
    memory = "" if row.memory_mb is None else f"{row.memory_mb:.0f}"
    rate = "" if row.clips_per_s is None else f"{row.clips_per_s:.3g}"
    return row.model, row.device, row.batch, rate, ratio, memory, row.reason


def markdown(rows: list[Row], title: str) -> str:
    """The page of results."""
    shown = [HEADINGS, ("---",) * len(HEADINGS), *(cells(row) for row in rows)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in shown)
    head = (
        f"# Clips a second of each model, random weights\n\nMade by `python -m benchmarks.models --write` on: {title}."
    )
    return f"{head}\n\n{NOTES}\n\n{table}\n"


def _machine(device: devices.Device) -> str:
    module = devices.torch()
    cpu = f"{module.get_num_threads()} threads of {os.cpu_count()} CPUs {platform.machine()}"
    if not device.is_cuda:
        return cpu
    return f"{module.cuda.get_device_name(device.torch_device())}, {cpu}"


if __name__ == "__main__":
    main()
