"""What follows from reviews, settlements, gold verdicts and undoing, in order of time."""

from typing import Any

import pytest

from facelib.curate.review_events import Event, Outcome, ReviewEvents

KEPT, DROPPED, OPEN = (Outcome(keep, ("anna",)) for keep in (True, False, None))


def events(*told: tuple[str, str, Any]) -> ReviewEvents:
    """Events on the clip ``c``: who, what, and the id of what is undone or whether it settles."""
    made = []
    for number, (by, what, more) in enumerate(told, start=1):
        kind = what if what in ("undo", "other") else "gold" if what.startswith("gold") else "review"
        verdict = what.removeprefix("gold").strip()
        value = {"event_id": more} if what == "undo" else {"verdict": verdict, "settles": more == "settles"}
        made.append(Event(str(number), kind, by, f"t{number}", "c", "v", value))
    return ReviewEvents.of(made)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ([], None),
        ([("anna", "keep", 0)], KEPT),
        ([("anna", "keep", 0), ("anna", "drop", 0)], DROPPED),
        ([("anna", "keep", 0), ("anna", "drop", 0), ("anna", "undo", "2")], KEPT),
        ([("anna", "keep", 0), ("anna", "undo", "1")], None),
        ([("anna", "keep", 0), ("ben", "keep", 0)], Outcome(True, ("anna", "ben"))),
        ([("ben", "keep", 0), ("anna", "drop", 0)], Outcome(None, ("anna", "ben"))),
        ([("ben", "keep", 0), ("anna", "drop", 0), ("eve", "drop", "settles")], Outcome(False, ("eve",))),
        ([("ben", "keep", 0), ("eve", "drop", "settles"), ("eve", "undo", "2")], Outcome(True, ("ben",))),
        ([("ben", "keep", 0), ("eve", "drop", "settles"), ("ben", "keep", 0)], Outcome(False, ("eve",))),
        ([("ben", "keep", 0), ("eve", "gold drop", 0)], Outcome(False, ("eve",))),
        ([("ben", "keep", 0), ("eve", "gold drop", 0), ("eve", "gold", 0)], Outcome(True, ("ben",))),
        ([("ben", "keep", 0), ("eve", "gold drop", 0), ("eve", "gold keep", 0)], Outcome(True, ("eve",))),
        ([("anna", "perhaps", 0)], None),
        ([("anna", "", 0)], None),
        ([("anna", "undo", "7")], None),
        ([("anna", "other", 0)], None),
    ],
)
def test_outcome(told: list[tuple[str, str, Any]], outcome: Outcome | None) -> None:
    assert events(*told).outcome("c") == outcome


def test_nothing_is_forgotten() -> None:
    found = events(("anna", "keep", 0), ("anna", "drop", 0), ("eve", "undo", "2"), ("ben", "drop", 0))
    assert [found.state(event) for event in found.events] == ["in force", "undone", "in force"]
    assert (found.events["2"].undone_by, found.events["2"].undone_at) == ("eve", "t3")
    assert found.disagreements() == ["c"]
    assert found.reviewers() == {"anna": 1, "ben": 1}
    assert found.verdicts_of("anna") == {"c": "keep"}


def test_a_second_undo_changes_nothing() -> None:
    found = events(("anna", "keep", 0), ("anna", "undo", "1"), ("eve", "undo", "1"))
    assert found.events["1"].undone_by == "anna"


def test_more_events_leave_the_first_ones_alone() -> None:
    first = events(("anna", "keep", 0))
    second = first.also([Event("9", "undo", "anna", "t9", "c", "v", {"event_id": "1"})])
    assert first.outcome("c") == KEPT
    assert second.outcome("c") is None


def test_a_review_without_a_clip_is_listed() -> None:
    found = ReviewEvents.of([Event("1", "review", "anna", "t", "", "v", {"verdict": "keep"})])
    assert found.state("1") == "no clip fits"
    assert found.outcomes() == {}


def test_gold_is_no_review() -> None:
    found = events(("anna", "keep", 0), ("eve", "gold drop", 0))
    assert found.gold() == {"c": "drop"}
    assert found.reviewers() == {"anna": 1}
    assert events(("eve", "gold drop", 0), ("eve", "gold", 0)).gold() == {}
