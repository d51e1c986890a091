import pytest

from facelib.store import decisions
from facelib.store.decisions import Anchor, Decision
from facelib.store.objects import Store

BOX = (0.0, 0.0, 10.0, 10.0)
A = Anchor("v", 0.0, 4.0, BOX)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (A, 1.0),
        (Anchor("w", 0.0, 4.0, BOX), 0.0),
        (Anchor("v", 4.0, 8.0, BOX), 0.0),
        (Anchor("v", 2.0, 4.0, BOX), 0.5),
        (Anchor("v", 0.0, 4.0, (5.0, 0.0, 15.0, 10.0)), 1 / 3),
        (Anchor("v", 0.0, 4.0, (20.0, 0.0, 30.0, 10.0)), 0.0),
    ],
)
def test_overlap(other: Anchor, expected: float) -> None:
    assert decisions.overlap(A, other) == pytest.approx(expected)
    assert decisions.overlap(other, A) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("clips", "expected"),
    [
        ([], None),
        ([("far", Anchor("v", 2.1, 4.0, BOX))], None),
        ([("half", Anchor("v", 2.0, 4.0, BOX)), ("near", Anchor("v", 0.2, 4.0, BOX))], "near"),
    ],
)
def test_attach(clips: list[tuple[str, Anchor]], expected: str | None) -> None:
    assert decisions.attach(A, clips) == expected


def test_events_are_kept_in_order(store: Store) -> None:
    events = [Decision("review", "anna", {"verdict": "keep"}, A), Decision("name", "ben", {"name": "C"})]
    for event in events:
        decisions.append(store, event)
    assert list(decisions.read_all(store)) == events
