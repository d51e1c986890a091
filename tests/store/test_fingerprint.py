from typing import Any

import pytest

from facelib.store.fingerprint import clip_id, fingerprint

BASE: dict[str, Any] = {
    "revision": "r",
    "stage": "detect",
    "version": 1,
    "params": {"step": 5, "min_score": 0.5},
    "weights": ["w1", "w2"],
    "inputs": ["a", "b"],
}


@pytest.mark.parametrize(
    "change",
    [
        {"revision": "s"},
        {"stage": "track"},
        {"version": 2},
        {"params": {"step": 6, "min_score": 0.5}},
        {"params": {"step": 5}},
        {"weights": ["w1"]},
        {"inputs": ["a", "c"]},
    ],
)
def test_everything_that_decides_the_content_changes_it(change: dict[str, Any]) -> None:
    assert fingerprint(**{**BASE, **change}) != fingerprint(**BASE)


@pytest.mark.parametrize(
    "same",
    [
        {"params": {"min_score": 0.5, "step": 5}},
        {"weights": ["w2", "w1"]},
        {"inputs": ["b", "a"]},
    ],
)
def test_order_does_not(same: dict[str, Any]) -> None:
    assert fingerprint(**{**BASE, **same}) == fingerprint(**BASE)


def test_it_is_the_same_on_every_machine_for_ever() -> None:
    assert fingerprint(**BASE) == "ab6b542dfa08fa24569c88dd9aeb7fde"


@pytest.mark.parametrize("other", [("v", "f", 25, 1), ("v", "f", 26, 0), ("v", "g", 25, 0), ("w", "f", 25, 0)])
def test_clip_ids_differ(other: tuple[str, str, int, int]) -> None:
    assert clip_id(*other) != clip_id("v", "f", 25, 0)
