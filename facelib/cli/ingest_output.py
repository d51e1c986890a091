"""What an ingest says while it works, and at its end."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import TaskID

from facelib.cli import log_lines
from facelib.cli.output import bar, say

NOT_RUN = {
    "skipped": "computed before",
    "blocked": "in quarantine, or an input of it is missing",
}
"""What a stage says of a video that it did not run on, and what it means."""


@contextmanager
def stage_bars() -> Iterator[Callable[[str, int, str, str], None]]:
    """Progress by stage. Videos on which a stage had nothing to do are counted, and said once a stage at the end."""
    quiet: Counter[tuple[str, str]] = Counter()
    with bar() as progress:
        tasks: dict[str, TaskID] = {}

        def watch(stage: str, total: int, video_id: str, outcome: str) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.advance(tasks[stage])
            if outcome in NOT_RUN and not log_lines.as_json():
                quiet[stage, outcome] += 1
            else:
                say(f"{stage:9} {outcome:11} {video_id}", stage=stage, video=video_id, outcome=outcome)

        yield watch
    for (stage, outcome), count in quiet.items():
        say(f"{stage:9} {outcome:11} {count} {'video' if count == 1 else 'videos'}: {NOT_RUN[outcome]}")


def once(tell: Callable[[str], None]) -> Callable[[str], None]:
    """A function that tells each line but once: every shard says anew which weights are absent."""
    told: set[str] = set()

    def tell_new(text: str) -> None:
        if text not in told:
            told.add(text)
            tell(text)

    return tell_new


def told(report: dict[str, Any]) -> dict[str, Any]:
    """What a person wants to know of an ingest; all of it is in --json."""
    found = {key: report[key] for key in ("seen", "new", "downloaded")}
    found |= {"clips_in_all": report["counts"].get("clips", 0)}
    if report["failed_channels"]:
        found["channels_not_listed"] = len(report["failed_channels"])
    if report["bad_lines"]:
        found["lines_of_lists_left_out"] = report["bad_lines"]
    if report["failed_downloads"]:
        found["failed_downloads"] = report["failed_downloads"]
    if report["not_computed"]:
        found["not_computed"] = report["not_computed"]
    if report["quarantine"]:
        found["in_quarantine"] = dict(report["quarantine"])
    pages = {"failed_downloads": "facelib downloads", "not_computed": "facelib doctor"}
    see = [command for key, command in pages.items() if key in found]
    see += ["facelib quarantine list"] if report["quarantine"] else []
    return found | ({"see": see} if see else {})
