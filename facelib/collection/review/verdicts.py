"""What people decided wins over the rules: put into the table of verdicts at each publish, after the rules."""

from dataclasses import asdict
from typing import Any

from facelib.catalog.writer import CatalogWriter
from facelib.collection.review.reviews import event_of
from facelib.collection.rules import RULES
from facelib.curate.review_events import GOLD, KINDS, Review, ReviewEvents

_STORED = (
    "SELECT event_id, kind, decided_by, decided_at, clip_id, video_id, value FROM decisions "
    "WHERE kind IN (SELECT unnest(?::VARCHAR[])) ORDER BY decided_at, event_id"
)
_BACK = (
    "UPDATE verdicts SET keep = rules_keep, decided_by = $1 "
    "WHERE decided_by IS DISTINCT FROM $1 OR keep IS DISTINCT FROM rules_keep"
)
_OVERRULE = (
    "UPDATE verdicts SET keep = decided.keep, decided_by = decided.decided_by "
    "FROM (SELECT unnest($1::VARCHAR[]) AS clip_id, unnest($2::BOOLEAN[]) AS keep, "
    "unnest($3::VARCHAR[]) AS decided_by) AS decided WHERE verdicts.clip_id = decided.clip_id"
)


def update(catalog: CatalogWriter) -> int:
    """Bring the table ``reviews`` and the verdicts of people up to the decisions that the catalogue has taken in.

    A clip on which reviewers disagree has no verdict until somebody settles it. One whose reviews were all undone gets
    that of the rules back. Returns how many verdicts people gave.
    """
    names = ("event_id", "kind", "decided_by", "decided_at", "clip_id", "video_id", "value")
    rows = catalog.query(_STORED, [list(KINDS)])
    events = ReviewEvents.of(event_of(dict(zip(names, row, strict=True))) for row in rows)
    catalog.replace_all("reviews", [row(events, review) for review in events.events.values()])
    catalog.query(_BACK, [RULES])
    outcomes = events.outcomes()
    if outcomes:
        keep, by = zip(*((outcome.keep, ", ".join(outcome.by)) for outcome in outcomes.values()), strict=True)
        catalog.query(_OVERRULE, [list(outcomes), list(keep), list(by)])
    return len(outcomes)


def row(events: ReviewEvents, review: Review) -> dict[str, Any]:
    """A review as a row of the table ``reviews``."""
    kept = {name: value for name, value in asdict(review).items() if name not in ("by", "at", "settles")}
    kind = GOLD if review.kind == GOLD else "settlement" if review.settles else "review"
    return kept | {
        "kind": kind,
        "reviewer": review.by,
        "decided_at": review.at,
        "tags": ",".join(review.tags),
        "state": events.state(review.event_id),
    }
