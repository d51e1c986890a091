"""Which videos have work left: by the name of their commit where that settles it, else by what the store holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from facelib.errors import StoreError
from facelib.fetching.download import STAGE as DOWNLOAD
from facelib.stages import pipeline
from facelib.stages.commit import NOT_COMPUTED
from facelib.store import commits, deny, quarantine, results, uploads
from facelib.store.commits import CommitName
from facelib.store.objects import Store


@dataclass(frozen=True)
class Candidate:
    """A video whose commit, if it has one, does not settle by its name that nothing is left to do."""

    video_id: str
    current: CommitName | None


def candidates(
    store: Store, days: Iterable[str], settings: dict[str, Any], generation: int, *, every: bool = False
) -> Iterator[Candidate]:
    """The videos of some days that may have work left, from listings alone.

    Args:
        store: where.
        days: UTC upload days.
        settings: a settings generation.
        generation: its number.
        every: also those whose commit says that all is done.
    """
    videos = [video_id for day in days for video_id in uploads.videos_of(store, day)]
    newest = commits.current_of(store, frozenset(videos))
    denied, settled = deny.denied(store), pipeline.digest(settings)
    for video_id in videos:
        current = newest.get(video_id)
        done = current is not None and (current.generation > generation or current.settled == settled)
        if video_id not in denied and (every or not done):
            yield Candidate(video_id, current)


def has_work(
    store: Store, candidate: Candidate, settings: dict[str, Any], generation: int, *, verify: bool = False
) -> bool:
    """Whether something is missing or stale; with ``verify`` also whether a result was lost or damaged."""
    current = candidate.current
    if verify and current is not None and _damaged(store, current):
        return True
    if current is not None and current.generation > generation:
        return False
    states = commits.read(store, current, only=()).head["stages"] if current else {}
    return _stale(store, candidate.video_id, settings, states)


def _stale(store: Store, video_id: str, settings: dict[str, Any], states: dict[str, dict[str, str]]) -> bool:
    revision = uploads.revision(store, video_id)
    if revision is None:
        return not states and any(e.stage == DOWNLOAD for e in quarantine.active(store, video_id=video_id))
    wanted = pipeline.chain(settings, revision.digest)
    if any(states.get(stage, {}).get("fingerprint") != name for stage, name in wanted.items()):
        return True
    reasons = {stage: states[stage].get("reason", "") for stage in wanted}
    if any(reason.startswith(NOT_COMPUTED) for reason in reasons.values()):
        return True
    return any(
        reason.startswith("quarantined") and quarantine.find(store, video_id, stage, wanted[stage]) is None
        for stage, reason in reasons.items()
    )


def _damaged(store: Store, current: CommitName) -> bool:
    for stage, state in commits.read(store, current, only=()).head["stages"].items():
        if "reason" in state:
            continue
        try:
            result = results.read(store, stage, current.video_id, state["fingerprint"])
        except StoreError:
            return True
        if result is None or results.verify(store, result):
            return True
    return False
