"""Measures everything and writes ``docs/accuracy.md``."""

import argparse
import tempfile
from pathlib import Path

from benchmarks.accuracy.collection import run
from benchmarks.accuracy.cuts import cuts
from benchmarks.accuracy.detectors import detectors
from benchmarks.accuracy.faces import faces
from benchmarks.accuracy.landmarks import landmarks
from benchmarks.accuracy.people import people
from benchmarks.accuracy.place import ROOT, find
from benchmarks.accuracy.speaking import speaking
from benchmarks.accuracy.sync import in_sync, offsets
from benchmarks.accuracy.voices import voices
from facelib.models import device

PAGE = ROOT / "docs" / "accuracy.md"
INTRODUCTION = """<!-- Written by `python -m benchmarks.accuracy`. Run it again instead of changing the page. -->

# Accuracy

```sh
python -m benchmarks.accuracy
```

made this page: the stages and models of this project on a folder of real clips, named by `FACELIB_TEST_MEDIA`, with the
weights that were present, on one thread of a CPU. The figures are as they came out. The sets are small: each
table says n, and no more can be read out of a figure than its n allows."""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--folder", type=Path, help="keep the results of the pipeline here for the next run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        text = page(arguments.folder or Path(scratch))
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE}")


def page(folder: Path) -> str:
    """The whole page; the pipeline works in ``folder``."""
    device.torch().set_num_threads(1)
    place = find()
    collection = run(place, folder)
    sections = [
        cuts(place),
        people(collection),
        detectors(place),
        landmarks(place),
        speaking(collection),
        offsets(collection, place),
        in_sync(collection),
        faces(collection, place),
        voices(collection, place),
    ]
    return "\n\n".join([INTRODUCTION, *sections]) + "\n"


if __name__ == "__main__":
    main()
