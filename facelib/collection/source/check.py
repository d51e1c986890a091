"""The check of sources: whether uploads are still there as they were fetched, and what is done where they are not.

A look that gets no answer says nothing. Before anything is hidden or removed, so many looks in a row must agree: a site
that is out of order for a day must not cost a collection.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from facelib.clock import now
from facelib.collection.source.looks import Looks
from facelib.collection.source.losses import confirmed, too_many_lost
from facelib.collection.takedown.takedown import takedown
from facelib.settings import Settings
from facelib.sources.still_there import CASES, THERE, SourceCheckSettings
from facelib.store import decisions, deny, source_checks, uploads
from facelib.store.objects import Store
from facelib.store.source_checks import Seen

BY = "source_check"


@dataclass
class SourceCheckReport:
    """What a check of sources found.

    ``looked`` counts the uploads that were asked for, ``failed`` by reason those of which nothing could be said.
    ``refused`` would have been removed, but too much of their channel is missing at once.
    ``postponed`` are left for a later check because their host wants a pause, ``unreachable`` by host because it does
    not answer, ``left`` because of the limit. A finding is an upload that is not there as it was, with what is done
    about it.
    """

    looked: int = 0
    there: int = 0
    cases: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    postponed: int = 0
    unreachable: dict[str, int] = field(default_factory=dict)
    left: int = 0
    hidden: int = 0
    shown_again: int = 0
    removed: int = 0
    refused: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def source_check(
    store: Store,
    settings: Settings,
    policy: SourceCheckSettings,
    *,
    older_than_days: float | None = None,
    limit: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> SourceCheckReport:
    """Look at the sources of uploads, those never or longest ago looked at first, and do what the policy says.

    Args:
        store: whose uploads.
        settings: how hosts are asked: which, how often, with which account.
        policy: what is done about each case.
        older_than_days: in place of the policy's.
        limit: in place of the policy's.
        say: called with a line for each finding, and now and then on long work.

    Returns:
        What was found. What was hidden leaves search and export with the next publish; what was removed is gone.
    """
    history = source_checks.history(store)
    days = policy.older_than_days if older_than_days is None else older_than_days
    most = policy.limit if limit is None else limit
    due = _due(store, history, policy, days)
    report, looks = SourceCheckReport(), Looks(store, settings, policy.host_failures, say)
    for seen in looks.run(due, most):
        history.setdefault(seen.video_id, []).append(seen)
        _count(report, seen)
        if seen.answered and seen.case != THERE:
            say(f"{seen.video_id}: {seen.case}: {' → '.join(filter(None, [seen.before, seen.now]))}")
    report.postponed, report.unreachable = looks.postponed, looks.unreachable
    report.left = len(due) - report.looked - report.postponed - sum(report.unreachable.values())
    _act(store, settings, policy, report, history, looks.looked, say)
    return report


def _due(store: Store, history: dict[str, list[Seen]], policy: SourceCheckSettings, days: float) -> list[str]:
    """Uploads that were fetched and are to be looked at, in order of their last look.

    What was found otherwise than it was is looked at again soon, until as many looks agree as the policy asks for.
    """
    denied, moment = deny.denied(store), now()
    waiting = []
    for video_id in uploads.videos(store):
        looks = history.get(video_id)
        last = looks[-1].at if looks else ""
        unsure = looks and looks[-1].case in CASES and confirmed(looks) < policy.confirmations
        wait = min(days, policy.confirm_days) if unsure else days
        if last and datetime.fromisoformat(last) > moment - timedelta(days=wait):
            continue
        if video_id not in denied and uploads.revision(store, video_id) is not None:
            waiting.append((last, video_id))
    return [video_id for _, video_id in sorted(waiting)]


def _count(report: SourceCheckReport, seen: Seen) -> None:
    report.looked += 1
    if not seen.answered:
        report.failed[seen.case] = report.failed.get(seen.case, 0) + 1
    elif seen.case == THERE:
        report.there += 1
    else:
        report.cases[seen.case] = report.cases.get(seen.case, 0) + 1


def _act(
    store: Store,
    settings: Settings,
    policy: SourceCheckSettings,
    report: SourceCheckReport,
    history: dict[str, list[Seen]],
    chosen: list[str],
    say: Callable[[str], None],
) -> None:
    """Do what the policy says about what was seen just now."""
    hidden = source_checks.hidden(decisions.read_all(store))
    remove: dict[str, list[str]] = {}
    kept = too_many_lost(store, policy, history, chosen, say)
    for video_id in sorted(chosen):
        looks = history[video_id]
        last = looks[-1]
        mine = video_id in hidden and hidden[video_id].by == BY
        if last.case == THERE and mine:
            source_checks.hide(store, video_id, "there again", hidden=False, by=BY)
            report.shown_again += 1
        if last.case not in CASES or not last.answered:
            continue
        wanted = policy.policy(last.case)
        sure = confirmed(looks) >= policy.confirmations
        done = wanted if sure or wanted == "report" else "confirm"
        if video_id in kept:
            done = "report"
            report.refused += 1
        report.findings.append(
            {"video_id": video_id, "case": last.case, "before": last.before, "now": last.now, "action": done}
        )
        if done == "hide" and video_id not in hidden:
            source_checks.hide(store, video_id, last.case, hidden=True, by=BY)
            report.hidden += 1
        elif done == "remove":
            remove.setdefault(last.case, []).append(video_id)
    for case, videos in sorted(remove.items()):
        # Together, because each takedown writes every catalogue and vector table anew.
        reason = f"source check: {case}"
        takedown(store, "video", videos[0], reason, by=BY, also=videos[1:], work_dir=settings.work_dir)
        report.removed += len(videos)
