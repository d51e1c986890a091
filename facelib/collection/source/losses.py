"""How sure it is that an upload is lost at its source, and losses that are too large to be believed.

A disk that is not mounted, a site that leaves out a field, or an account that has run out make a whole channel look
lost; what is removed for that does not come back.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import takewhile

from facelib.sources.still_there import CASES, SourceCheckSettings
from facelib.store import uploads
from facelib.store.objects import Store
from facelib.store.source_checks import Seen

LEAST_MISSING = 5
"""Fewer uploads of a channel than these are removed whatever share of it they are."""


def confirmed(looks: list[Seen]) -> int:
    """How many looks in a row, of those that were answered, found what the last one found."""
    return len(_agreeing(looks))


def _agreeing(looks: list[Seen]) -> list[Seen]:
    """These looks, the newest first."""
    answered = [seen for seen in looks if seen.answered]
    return list(takewhile(lambda seen: seen.case == answered[-1].case, reversed(answered)))


def too_many_lost(
    store: Store,
    policy: SourceCheckSettings,
    history: dict[str, list[Seen]],
    chosen: list[str],
    say: Callable[[str], None],
) -> set[str]:
    """Uploads that the policy would remove, but of whose channel too much is missing at once.

    Those of a channel are counted that got an answer since the first of the looks that agree, or the day before it: a
    look that is repeated is so held against all that was seen beside the first one.

    Args:
        store: tells the channels.
        policy: which cases are removed, and how large a share of a channel at most.
        history: the looks at each upload, the newest last.
        chosen: uploads that were looked at just now.
        say: called with a line for each such channel.
    """

    def lost(video_id: str) -> bool:
        last = history[video_id][-1]
        return last.answered and last.case in CASES and policy.policy(last.case) == "remove"

    due = {v for v in chosen if lost(v) and confirmed(history[v]) >= policy.confirmations}
    channels = {v: _channel(store, v) for v in history if uploads.revision(store, v) is not None} if due else {}
    found: set[str] = set()
    for channel in sorted({channels[v] for v in due}):
        mine = {v for v in due if channels[v] == channel}
        first = min(datetime.fromisoformat(_agreeing(history[v])[-1].at) for v in mine)
        since = first - timedelta(days=max(1.0, policy.confirm_days))
        seen = [
            v
            for v, other in channels.items()
            if other == channel and history[v][-1].answered and datetime.fromisoformat(history[v][-1].at) >= since
        ]
        missing = sum(map(lost, seen))
        if missing >= LEAST_MISSING and missing > policy.max_removed_share * len(seen):
            found |= mine
            say(
                f"{channel or 'uploads without a channel'}: {missing} of {len(seen)} uploads are not as they were: "
                f"nothing is removed (curate.source_check.max_removed_share is {policy.max_removed_share:g})"
            )
    return found


def _channel(store: Store, video_id: str) -> str:
    document = uploads.read_upload(store, video_id)
    return str(document.get("channel_id") or document.get("channel_url") or "")
