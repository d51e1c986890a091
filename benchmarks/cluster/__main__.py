"""Measures the planner, plays a collection through a simulated cluster, and writes ``docs/scaling.md``."""

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.cluster import page, planner, uploads
from benchmarks.cluster.simulation import Cluster, Stage, play, shards_of
from benchmarks.cluster.times import Times, measured
from benchmarks.scale import child
from benchmarks.scale.child import Figures
from facelib.stages.pipeline import PIPELINE
from facelib.store.objects import Store
from operators.stage import GPU_STAGES

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
SIZES = (10_000, 100_000, 1_000_000)
NEW = 1000


def main() -> None:
    """Measure, play and write."""
    options = _options()
    times = measured(Store(options.store))
    parts = [
        page.INTRODUCTION.format(command=f"python -m benchmarks.cluster --store {options.store}"),
        page.planner({size: _plan(size) for size in options.sizes}, new=NEW, cpus=os.cpu_count() or 1),
        _cluster(options, times),
    ]
    options.page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(f"wrote {options.page}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cluster", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--store", default="data/demo/store", help="store whose manifests tell how long stages take, as of 'make demo'")
    add("--sizes", type=int, nargs="*", default=list(SIZES), help="uploads of the stores that are planned")
    add("--channels", type=int, default=10_000, help="channels that are crawled")
    add("--uploads", type=int, default=1_000_000, help="uploads that come in")
    add("--days", type=int, default=100, help="days in which they come")
    add("--speedup", type=float, default=10, help="a GPU against the CPUs of the measured run, for stages with models")
    add("--gpus", type=int, nargs="+", default=[16, 32, 64], help="GPUs of the clusters")
    add("--cpus", type=int, default=256, help="pods without a GPU at once")
    add("--minutes", type=float, nargs="+", default=[5, 15, 60], help="least predicted minutes of a shard")
    add("--start", type=float, default=45, help="seconds until a pod works")
    add("--load", type=float, default=20, help="seconds to load a model")
    add("--gpu-price", type=float, default=2.5, help="an hour of a GPU")
    add("--cpu-price", type=float, default=0.1, help="an hour of a pod without one")
    add("--page", type=Path, default=PAGE, help="the file that is written")
    return parser.parse_args()


def _plan(size: int) -> dict[str, Figures]:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        root = Path(folder)
        child.measured(planner.fill, root, size, NEW)
        found = {
            "all": child.measured(planner.plan_all, root, NEW),
            "day": child.measured(planner.plan_day, root, NEW),
        }
    print(size, found, flush=True)
    return found


def _cluster(options: argparse.Namespace, times: Times) -> str:
    made = uploads.make(options.channels, options.uploads, options.days)
    stages = [
        Stage(stage.name, stage.after, gpu, times.by_stage[stage.name] / (options.speedup if gpu else 1))
        for stage in PIPELINE
        if stage.name in times.by_stage
        for gpu in [stage.name in GPU_STAGES]
    ]
    slowest = max(stage.cost for stage in stages)
    played = []
    for gpus in options.gpus:
        cluster = Cluster(gpus, options.cpus, options.start, options.load)
        for minutes in options.minutes:
            outcome = play(shards_of(made, minutes, slowest), stages, cluster)
            played.append(page.Played(cluster, minutes, outcome, options.days, options.gpu_price, options.cpu_price))
            print(played[-1].row(), flush=True)
    facts = {name: getattr(options, name) for name in (
        "uploads", "channels", "days", "speedup", "start", "load", "gpu_price", "cpu_price",
    )}  # fmt: skip
    hours = made.seconds.sum() / 3600
    return page.cluster(played, times, facts | {"hours": hours, "mean": 60 * hours / options.uploads})


if __name__ == "__main__":
    main()
