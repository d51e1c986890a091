"""How long a person waits for the first clip that a search finds."""

import os
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.cluster.simulation import quantile
from benchmarks.dashboard import titles
from benchmarks.dashboard.visitors import View, look
from docs.markdown import table
from facelib.catalog.reader import Catalog
from facelib.models.identity import KINDS, TASK
from facelib.store import published
from facelib.store.objects import Store
from facelib.store.published import Publication
from tests.support.dashboard_process import serving

HEADING = "\n## First results\n"
GOAL_S = 1.0
COLUMNS = ["search", "times", "first clip p50, s", "slowest, s", "whole page p50, s", "server's CPU time p50, s"]
_SAMPLE = "USING SAMPLE reservoir({n} ROWS) REPEATABLE (1)"


def measure(root: Path, times: int) -> str:
    """Search in a store by a dashboard of its own, each way some times; returns a section of the page.

    Args:
        root: of a published store; one of ``benchmarks.scale`` gets titles first.
        times: searches of each way, each for something else in a session of its own.
    """
    store = Store(root)
    newest = published.newest(store)
    assert newest is not None, f"nothing was published in {root}"
    newest = titles.publish(store, newest)
    with Catalog(store, newest) as catalog:
        asked = searches(catalog, times)
    seen: dict[str, list[View]] = {}
    with tempfile.TemporaryDirectory() as folder, serving(root, Path(folder), _variables(newest)) as dashboard:
        ways = {"the first page after the start": [""], "the same for the next person": [""] * times, **asked}
        for way, pages in ways.items():
            # The page shows the clip itself before those that are like it.
            after = int(way.startswith("like a clip"))
            seen[way] = [look(dashboard.url, dashboard.pid, page, after=after) for page in pages]
            print(way, *(f"{view.first_s or 0:.2f}" for view in seen[way]), "s", flush=True)
    return render(seen, newest.counts["clips"], root.resolve().name)


def searches(catalog: Catalog, times: int) -> dict[str, list[str]]:
    """Pages that find something, by the way of searching."""
    sample = _SAMPLE.format(n=times)
    clips = _column(catalog, f"SELECT clip_id FROM clips {sample}")
    people = _column(catalog, f"SELECT person_id FROM (FROM people WHERE clips > 2) {sample}")
    channels = _column(catalog, f"SELECT channel_id FROM sightings {sample}")
    words = [
        text.split()[-1] for text in _column(catalog, f"SELECT text FROM (FROM clip_texts WHERE text <> '') {sample}")
    ]
    low = catalog.rows("SELECT quantile_cont(sharpness, 0.5) AS low FROM iqa")[0]["low"]
    narrow = [("m", f"iqa.sharpness:{low or 0:.6g}..")]
    asked = {
        "like a clip": [[("clip", clip)] for clip in clips],
        "like a clip, of a channel, sharper than the median": [
            [("clip", clip), ("channel", channel), *narrow] for clip, channel in zip(clips, channels, strict=False)
        ],
        "by person": [[("person", person)] for person in people],
        "of a channel, sharper than the median": [[("channel", channel), *narrow] for channel in channels],
        "by a word": [[("q", word)] for word in words],
    }
    return {way: ["search?" + urlencode(query) for query in queries] for way, queries in asked.items() if queries}


def render(seen: dict[str, list[View]], clips: int, made: str) -> str:
    """The section of the page.

    Args:
        seen: the views of each way of searching.
        clips: in the collection, those that ``benchmarks.scale`` published one after another among them.
        made: name of the folder that ``benchmarks.scale`` has made.
    """
    rows = []
    for way, views in seen.items():
        first = [view.first_s for view in views if view.first_s is not None]
        told = [f"{quantile(first, 0.5):.2f}", f"{max(first):.2f}"] if first else ["–", "–"]
        told += [f"{quantile([view.whole_s for view in views], 0.5):.2f}"]
        rows.append([way, str(len(views)), *told, f"{quantile([view.cpu_s for view in views], 0.5):.2f}"])
    problems = "; ".join(problem for views in seen.values() for view in views for problem in view.problems)
    later = [view.first_s for way, views in list(seen.items())[1:] for view in views]
    met = sum(first is not None and first < GOAL_S for first in later)
    return f"""{HEADING}
```sh
python -m benchmarks.scale --sizes {made.rpartition("-")[2]} --folder FOLDER
python -m benchmarks.dashboard --first-results FOLDER/{made}
```

One person at a time searches a collection of {clips:,} clips, each time for something else in a new session.
The load of the machine was {os.getloadavg()[0]:.1f} processes on {os.cpu_count()} CPUs. The first page reads what the
collection can be narrowed by, once a publication.

{table(COLUMNS, rows)}

After the first page, {met} of {len(later)} searches had the first clip within {GOAL_S:g} s. Problems shown on pages:
{problems or "none"}.
"""


def _column(catalog: Catalog, sql: str) -> list[str]:
    return [str(next(iter(row.values()))) for row in catalog.rows(sql)]


def _variables(newest: Publication) -> dict[str, str]:
    """The settings that the collection was made with: its model of faces."""
    weights = {kind.weights: name for name, kind in KINDS.items()}
    names = [weights[vectors.model] for vectors in newest.vectors if vectors.task == TASK and vectors.model in weights]
    return {"FACELIB_PIPELINE__EMBED__MODEL": names[0]} if names else {}
