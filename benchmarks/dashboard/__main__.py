"""Lets many users look at a real dashboard at once, or one search a large collection; writes docs/dashboard_load.md."""

import argparse
import os
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import fmean

from benchmarks.cluster.simulation import quantile
from benchmarks.dashboard import first_results
from benchmarks.dashboard.visitors import Load, memory, visit
from docs.markdown import table
from facelib.catalog.reader import Catalog
from facelib.store.objects import Store
from tests.support.dashboard_process import serving

PAGE = Path(__file__).parents[2] / "docs" / "dashboard_load.md"
PAGES = ("", "review", "people", "pipeline", "dataset", "clip?id={clip}", "search?clip={clip}")
REST_S = 20.0
"""How long after the last view the memory is read again: sessions that ended are let go by then."""
ALONE_S = 0.2
"""Mean time between two pages of the one user whose views show what a page costs."""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    parser.add_argument(
        "--store", type=Path, default=Path("data/demo/store"), help="published store, as of 'make demo'"
    )
    parser.add_argument("--users", type=int, default=50, help="users at once")
    parser.add_argument("--views", type=int, default=200, help="pages that each looks at")
    parser.add_argument("--pause", type=float, default=10.0, help="mean time between two pages of a user, s")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file that is written")
    parser.add_argument("--first-results", type=Path, metavar="STORE", help="write the part on the first results alone")
    parser.add_argument("--times", type=int, default=10, help="searches of each way for the first results")
    options = parser.parse_args()
    load, _, searched = (options.page.read_text(encoding="utf-8") if options.page.exists() else "").partition(
        first_results.HEADING
    )
    if options.first_results:
        searched = first_results.measure(options.first_results, options.times)
    else:
        load = _loaded(options)
        searched = first_results.HEADING + searched if searched else ""
    options.page.write_text(load + searched, encoding="utf-8")
    print(f"wrote {options.page}")


def _loaded(options: argparse.Namespace) -> str:
    """The part on many users."""
    with Catalog(Store(options.store)) as catalog:
        clips = catalog.rows("SELECT min(clip_id) AS first, count(*) AS n FROM clips")[0]
    pages = [page.format(clip=clips["first"]) for page in PAGES]
    with tempfile.TemporaryDirectory() as folder, serving(options.store, Path(folder)) as dashboard:
        visit(dashboard.url, dashboard.pid, pages, users=1, views=3 * len(pages), pause=0)
        alone = visit(dashboard.url, dashboard.pid, pages, users=1, views=10 * len(pages), pause=ALONE_S)
        begun = time.perf_counter()
        load = visit(dashboard.url, dashboard.pid, pages, users=options.users, views=options.views, pause=options.pause)
        wall = time.perf_counter() - begun
        time.sleep(REST_S)
        after = memory(dashboard.pid)
    return _render(options, alone, load, wall, after, clips["n"])


def _render(options: argparse.Namespace, alone: Load, load: Load, wall: float, after: float, clips: int) -> str:
    command = (
        f"python -m benchmarks.dashboard --users {options.users} --views {options.views} --pause {options.pause:g}"
    )
    views = sum(len(seconds) for seconds in load.seconds.values())
    rows = [
        [f"`/{page.partition('?')[0]}`" + (" by clip" if "?" in page else ""), f"{len(seconds):,}"]
        + [f"{quantile(seconds, share):.2f}" for share in (0.5, 0.95)]
        + [f"{fmean(alone.cpu_s[page]):.3f}" if alone.cpu_s[page] else "–"]
        for page, seconds in load.seconds.items()
        if seconds
    ]
    grown = [[f"{seen:,}", f"{mib:,.0f}"] for seen, mib in load.memory_mib] + [
        ["all, sessions closed", f"{after:,.0f}"]
    ]
    problems = "; ".join(f"{told} ({count:,} times)" for told, count in Counter(load.problems).most_common(5))
    return f"""<!-- Written by `{command}`. Run it again instead of changing the page. -->

# The dashboard under load

{options.users} users at once, each in a session of its own that asks for {options.views} pages by chance, with
{options.pause:g} s between two on average: {views:,} page views in {wall:,.0f} s of a collection of {clips:,} clips,
by one Streamlit process on a machine with {os.cpu_count()} CPUs. The users are websocket clients that speak Streamlit's
protocol: what is measured is the server, from the question to the last element, not the drawing in a browser.

{table(["page", "views", "p50, s", "p95, s", "server's CPU time of a view, s"], rows)}

The CPU time is the mean over views of one user alone, before the others came.

Memory of the server, after every page was seen three times by somebody before:

{table(["views", "resident memory, MiB"], grown)}

Problems shown on pages: {problems or "none"}.
"""


if __name__ == "__main__":
    main()
