"""Measures publish, search and curation at several sizes and writes ``benchmarks/scale.md``."""

import argparse
import json
import os
import platform
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks.scale import steps
from benchmarks.scale.child import Figures, measured
from benchmarks.scale.page import middle, page

PAGE = Path(__file__).parents[1] / "scale.md"
SIZES = (10_000, 100_000, 1_000_000)
PUBLISHED = 3
"""Times that 1,000 new clips are published, one after another; the one in the middle counts."""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="clips in the collections")
    parser.add_argument("--folder", type=Path, help="keep figures and collections here, and measure only what is not")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file that is written")
    arguments = parser.parse_args()
    if not find_spec("faiss"):
        print("faiss-cpu is not installed: the search is not held against it")
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        results = {size: measure(folder, size, keep=bool(arguments.folder)) for size in sorted(set(arguments.sizes))}
    command = "python -m benchmarks.scale"
    if sorted(set(arguments.sizes)) != sorted(SIZES):
        command += " --sizes " + " ".join(str(size) for size in sorted(results))
    machine = f"{os.cpu_count()} CPUs ({platform.machine()})"
    load = [figures["load"] for by_step in results.values() for figures in by_step.values()]
    others = f"The load was {min(load):.1f} to {max(load):.1f} processes, those of the measurement included."
    text = page(results, command=command, machine=machine, load=others)
    arguments.page.write_text(text, encoding="utf-8")
    print(f"wrote {arguments.page}")


def measure(folder: Path, size: int, *, keep: bool) -> dict[str, Figures]:
    """Every step at one size, in an order in which none disturbs the next."""
    root, told = folder / f"clips-{size}", folder / f"figures-{size}.json"
    found: dict[str, Figures] = json.loads(told.read_text()) if told.exists() else {}

    def note(step: str, figures: Figures) -> Figures:
        found[step] = {**figures, "load": os.getloadavg()[0]}
        folder.mkdir(parents=True, exist_ok=True)
        told.write_text(json.dumps(found, indent=1))
        print(size, step, json.dumps(found[step]), flush=True)
        return figures

    if "make" not in found:
        shutil.rmtree(root, ignore_errors=True)
        note("make", measured(steps.make, root, size))
    if "search" not in found:
        note("search", measured(steps.search, root, size))
    if "publish" not in found:
        runs = [measured(steps.publish_new, root, size, number) for number in range(1, PUBLISHED + 1)]
        note("publish", middle(runs, lambda run: float(run["publish_s"])))
    if "duplicates" not in found:
        note("duplicates", measured(steps.duplicates, root, size))
    if "rules" not in found:
        note("rules", measured(steps.recompute, root, size))
    if "faiss" not in found:
        note("faiss", measured(steps.search_faiss, size, found["search"]["recall"]))
    if not keep:
        shutil.rmtree(root)
    return found


if __name__ == "__main__":
    main()
