"""What people decided about clips: reviews, settlements, gold verdicts, and what was undone. Events in order of time.

Nothing is deleted: an undone event stays in the list, and says by whom and when it was undone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

REVIEW, GOLD, UNDO = "review", "gold", "undo"
KINDS = (REVIEW, GOLD, UNDO)
KEEP, DROP = "keep", "drop"
VERDICTS = (KEEP, DROP)


@dataclass(frozen=True)
class Review:
    """One verdict of one person on one clip.

    Args:
        event_id: id of the event.
        kind: ``review``, or ``gold`` for a verdict that others are measured by.
        clip_id: the clip that it is attached to now; empty when none fits its anchor.
        video_id: video of the anchor.
        by: who decided.
        at: when, UTC, ISO 8601.
        verdict: ``keep`` or ``drop``; empty for a gold clip that is none any more.
        reason: why, in the reviewer's words.
        tags: what the reviewer noted for finding the clip again.
        settles: whether it ends a disagreement: it then counts in place of all others of the clip.
        undone_by: who undid it; empty while it stands.
        undone_at: when, UTC, ISO 8601.
    """

    event_id: str
    kind: str
    clip_id: str
    video_id: str
    by: str
    at: str
    verdict: str
    reason: str = ""
    tags: tuple[str, ...] = ()
    settles: bool = False
    undone_by: str = ""
    undone_at: str = ""


@dataclass(frozen=True)
class Outcome:
    """What the reviews of a clip come to.

    Args:
        keep: the verdict; None while reviewers disagree.
        by: who decided, by name, in order of the alphabet.
    """

    keep: bool | None
    by: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """One event as the log has it, with the clip that it is attached to."""

    event_id: str
    kind: str
    by: str
    at: str
    clip_id: str
    video_id: str
    value: Mapping[str, Any]


@dataclass
class ReviewEvents:
    """All that was decided.

    Args:
        events: every review and gold verdict by id, oldest first, undone ones too.
        by_clip: ids of the events of each clip, oldest first.
    """

    events: dict[str, Review] = field(default_factory=dict)
    by_clip: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Event]) -> "ReviewEvents":
        """Take in events in order of time; other kinds are passed over.

        Example:
            >>> two = [Event("1", "review", "anna", "t1", "c", "v", {"verdict": "drop"}),
            ...        Event("2", "undo", "anna", "t2", "c", "v", {"event_id": "1"})]
            >>> found = ReviewEvents.of(two)
            >>> found.outcome("c"), found.events["1"].undone_by
            (None, 'anna')
        """
        found = cls()
        for event in events:
            found.take(event)
        return found

    def also(self, events: Iterable[Event]) -> "ReviewEvents":
        """These and some more, in a new object; this one stays as it is."""
        found = ReviewEvents(dict(self.events), dict(self.by_clip))
        for event in events:
            found.take(event)
        return found

    def take(self, event: Event) -> None:
        """Take in one more event; one that is there already changes nothing."""
        value = event.value
        if event.kind == UNDO:
            undone = self.events.get(str(value.get("event_id", "")))
            if undone and not undone.undone_by:
                self.events[undone.event_id] = replace(undone, undone_by=event.by, undone_at=event.at)
            return
        verdict = str(value.get("verdict", ""))
        known = verdict in VERDICTS or (event.kind == GOLD and verdict == "")
        if event.kind not in KINDS or not known or event.event_id in self.events:
            return
        self.events[event.event_id] = Review(
            event.event_id,
            event.kind,
            event.clip_id,
            event.video_id,
            event.by,
            event.at,
            verdict,
            str(value.get("reason", "")),
            tuple(str(tag) for tag in value.get("tags", ())),
            bool(value.get("settles", False)),
        )
        if event.clip_id:
            self.by_clip[event.clip_id] = (*self.by_clip.get(event.clip_id, ()), event.event_id)

    def standing(self, clip_id: str) -> dict[str, Review]:
        """The newest review of each reviewer that stands, by reviewer; settlements and gold verdicts are no reviews."""
        found = (self.events[event_id] for event_id in self.by_clip.get(clip_id, ()))
        return {r.by: r for r in found if r.kind == REVIEW and not r.settles and not r.undone_by}

    def settled(self, clip_id: str) -> Review | None:
        """The newest settlement or gold verdict of a clip that stands."""
        found = [self.events[event_id] for event_id in self.by_clip.get(clip_id, ())]
        ends = [r for r in found if (r.settles or r.kind == GOLD) and not r.undone_by and r.verdict]
        gold = self._gold(clip_id)
        return next((r for r in reversed(ends) if r.kind != GOLD or r == gold), None)

    def outcome(self, clip_id: str) -> Outcome | None:
        """What the reviews of a clip come to: the settlement, else what all say; None where there is none."""
        settled = self.settled(clip_id)
        if settled:
            return Outcome(settled.verdict == KEEP, (settled.by,))
        standing = self.standing(clip_id)
        if not standing:
            return None
        said = {review.verdict for review in standing.values()}
        return Outcome(said == {KEEP} if len(said) == 1 else None, tuple(sorted(standing)))

    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of every clip that has one."""
        found = ((clip_id, self.outcome(clip_id)) for clip_id in self.by_clip)
        return {clip_id: outcome for clip_id, outcome in found if outcome}

    def verdicts_of(self, reviewer: str) -> dict[str, str]:
        """``keep`` or ``drop`` of each clip that a reviewer judged."""
        found = ((clip_id, self.standing(clip_id).get(reviewer)) for clip_id in self.by_clip)
        return {clip_id: review.verdict for clip_id, review in found if review}

    def reviewers(self) -> dict[str, int]:
        """How many clips each reviewer judged, the busiest first."""
        counts: dict[str, int] = {}
        for clip_id in self.by_clip:
            for by in self.standing(clip_id):
                counts[by] = counts.get(by, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def gold(self) -> dict[str, str]:
        """The verdicts that reviewers are measured by, by clip."""
        found = ((clip_id, self._gold(clip_id)) for clip_id in self.by_clip)
        return {clip_id: review.verdict for clip_id, review in found if review and review.verdict}

    def disagreements(self) -> list[str]:
        """Clips on which reviewers disagree and that nobody settled, the newest review first."""
        open_ = [clip_id for clip_id, outcome in self.outcomes().items() if outcome.keep is None]
        return sorted(open_, key=lambda clip_id: max(r.at for r in self.standing(clip_id).values()), reverse=True)

    def state(self, event_id: str) -> str:
        """``in force``, ``replaced`` by a later one, ``undone``, or ``no clip fits``."""
        review = self.events[event_id]
        if review.undone_by:
            return "undone"
        if not review.clip_id:
            return "no clip fits"
        if review.kind == GOLD:
            holds = self._gold(review.clip_id) == review
        elif review.settles:
            holds = self.settled(review.clip_id) == review
        else:
            holds = self.standing(review.clip_id).get(review.by) == review
        return "in force" if holds else "replaced"

    def _gold(self, clip_id: str) -> Review | None:
        found = [self.events[event_id] for event_id in self.by_clip.get(clip_id, ())]
        return next((r for r in reversed(found) if r.kind == GOLD and not r.undone_by), None)
