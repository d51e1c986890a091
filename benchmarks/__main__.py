"""``make bench``: what a stage costs over what it cannot do without, as ratios within one run.

``detect`` is held against decoding the same file once with the same threads; ``track`` against decoding it and
encoding the same crops. Each pair runs in turn, several times, and the median of the ratios counts, so that a machine
whose speed drifts gives the same answer. Writes ``benchmarks/results.md``.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.film import talking_film
from facelib.media.crop import crop_yuv
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridReader
from facelib.settings import Settings
from facelib.stages.base import Job, Output, Stage
from facelib.stages.detect import Detect, DetectParams
from facelib.stages.probe import Probe, ProbeParams
from facelib.stages.track import Track, TrackParams
from facelib.store import records
from facelib.store.results import Result

ROUNDS = 5
RESULTS = Path(__file__).with_name("results.md")
GOALS = {"detect / decode": 3.0, "track / (decode + encode the crops)": 1.5}


@dataclass(frozen=True)
class Ratio:
    """One measured ratio and the median seconds of its two sides."""

    name: str
    stage_s: float
    alone_s: float
    ratio: float
    lowest: float
    highest: float


def main() -> None:
    """Measure and print."""
    console = Console()
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        with console.status("making a 720p talking video"):
            film = talking_film(Path(folder))
        with console.status("measuring"):
            ratios, facts = measure(film, Path(folder), settings)
    table = Table(title=f"{facts}; {os.cpu_count()} CPUs, {platform.machine()}, median of {ROUNDS}")
    rows = [("", "stage, s", "alone, s", "ratio", "lowest to highest", "goal")]
    for r in ratios:
        spread = f"{r.lowest:.2f} to {r.highest:.2f}"
        rows.append((r.name, f"{r.stage_s:.2f}", f"{r.alone_s:.2f}", f"{r.ratio:.2f}", spread, f"{GOALS[r.name]:g}"))
    for heading in rows[0]:
        table.add_column(heading)
    for row in rows[1:]:
        table.add_row(*row)
    console.print(table)
    RESULTS.write_text(_markdown(rows, str(table.title)))


def measure(film: Path, folder: Path, settings: Settings) -> tuple[list[Ratio], str]:
    """The ratios of all stages that decode."""
    weights, threads = settings.open_weights(), settings.threads
    probed = _result(Probe(ProbeParams(), weights, threads=threads), film, folder, {})
    detect = Detect(DetectParams(), weights, threads=threads)
    detect.open()
    found = _result(detect, film, folder, {"probe": probed})
    inputs = {"probe": probed, "detect": found}
    track = Track(TrackParams(), weights, threads=threads)
    cut = _result(track, film, folder, inputs)
    windows = [
        (row["start_frame"], row["end_frame"], (row["x1"], row["y1"], row["x2"], row["y2"]))
        for row in cut.rows("clips")
    ]
    facts = probed.head["facts"]
    film_is = f"{facts['width']}x{facts['height']} {facts['video_codec']}, {facts['duration_s']:.0f} s"
    about = f"{film_is}, {len(windows)} clips"
    return [
        _pair(
            "detect / decode",
            lambda: _process(detect, film, folder, {"probe": probed}),
            lambda: _decode(film, threads),
        ),
        _pair(
            "track / (decode + encode the crops)",
            lambda: _process(track, film, folder, inputs),
            lambda: _decode_and_encode(film, folder, windows, threads),
        ),
    ], about


def _pair(name: str, stage: Callable[[], Any], alone: Callable[[], Any]) -> Ratio:
    stage(), alone()  # a first run of each warms caches
    seconds = [(_seconds(stage), _seconds(alone)) for _ in range(ROUNDS)]
    ratios = [a / b for a, b in seconds]
    return Ratio(
        name,
        statistics.median(a for a, _ in seconds),
        statistics.median(b for _, b in seconds),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
    )


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _decode(film: Path, threads: int) -> None:
    for _ in GridReader(film, threads=threads):
        pass


def _decode_and_encode(
    film: Path, folder: Path, windows: list[tuple[int, int, tuple[int, int, int, int]]], threads: int
) -> None:
    writers = [
        ClipWriter(folder / f"alone{n}.mp4", box[2] - box[0], box[3] - box[1]).__enter__()
        for n, (_, _, box) in enumerate(windows)
    ]
    for shown in GridReader(film, threads=threads):
        for (start, end, box), writer in zip(windows, writers, strict=True):
            for index in range(max(start, shown.index), min(end, shown.index + shown.count)):
                assert index >= start
                writer.write(crop_yuv(shown.frame, *box))
    for writer in writers:
        writer.__exit__(None, None, None)


def _process(stage: Stage[Any], film: Path, folder: Path, inputs: dict[str, Result]) -> Output:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        return stage.process(Job("bench-0000000000", "0" * 32, film, inputs, {}, Path(scratch)))


def _result(stage: Stage[Any], film: Path, folder: Path, inputs: dict[str, Result]) -> Result:
    output = _process(stage, film, folder, inputs)
    tables = {name: records.table(output.tables.get(name, []), schema) for name, schema in stage.tables.items()}
    head = {"facts": output.facts, "params": stage.params.model_dump(mode="json"), "media": []}
    return Result(stage.name, "bench-0000000000", "0" * 32, head, tables)


def _markdown(rows: list[tuple[str, ...]], title: str) -> str:
    lines = ["# Benchmarks", "", f"Made by `make bench` on: {title}.", ""]
    lines += ["| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0])]
    lines += ["| " + " | ".join(row) + " |" for row in rows[1:]]
    return "\n".join(lines) + "\n"


main()
