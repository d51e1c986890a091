from typing import Any

import pytest

from operators.result import label, shown

SHARD = "plans/daily-1/shard-00003.json"


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, "shard-00003"),
        ({"done": 41, "rejects": {"small_face": 1, "too_short": 1}}, "shard-00003 · 41 done · 2 rejected"),
        ({"done": 0, "skipped": 3, "quarantined": 1, "blocked": 2, "rejects": {}},
         "shard-00003 · 3 there before · 1 in quarantine · 2 blocked"),
        ({"not_computed": "no_weights: scrfd"}, "shard-00003 · not computed: no_weights: scrfd"),
        ({"done": 0, "rejects": {}}, "shard-00003 · nothing to do"),
        ({"not_computed": "x" * 500}, ("shard-00003 · not computed: " + "x" * 500)[:200]),
    ],
)  # fmt: skip
def test_label(result: dict[str, Any] | None, text: str) -> None:
    assert label(SHARD, result) == text


def test_what_is_shown_is_small_and_leaves_out_the_attempt() -> None:
    assert shown({"stage": "iqa", "done": 1, "attempt": "facelib-iqa-abc"}) == {"stage": "iqa", "done": 1}
