"""Ids that are looked for in texts, and documents without them."""

import random
import time
from typing import Any

import pytest

from facelib.store.mentions import TAKEN_DOWN, Mentions
from tests.support.filled_store import GONE, KEPT


def test_many_ids_are_looked_for_at_once() -> None:
    numbers = random.Random(1)
    ids = [f"toy_{n}-{numbers.randrange(16**10):010x}" for n in range(5000)]
    mentions = Mentions(ids)
    assert len(mentions.conditions("x")) == 13
    text = " ".join(f"other-{numbers.randrange(16**10):010x}" for _ in range(2000))
    started = time.process_time()
    assert not mentions.in_text(text)
    assert mentions.in_text(f"{text} {ids[-1]}.000001.0.0a1b2c3d")
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        ([GONE, KEPT], [KEPT]),
        ({"uploads": [{"video_id": GONE, "title": "t"}, {"video_id": KEPT}]}, {"uploads": [{"video_id": KEPT}]}),
        ({"key": f"log/commits/x_{GONE}.parquet", "n": 1}, {"key": TAKEN_DOWN, "n": 1}),
        ({GONE: 1, KEPT: 2}, {KEPT: 2}),
        ({"b": {"video_id": GONE, "title": "secret"}, "n": 1}, {"b": TAKEN_DOWN, "n": 1}),
        ({"b": {"video_id": KEPT, "title": "t"}, "n": 1}, {"b": {"video_id": KEPT, "title": "t"}, "n": 1}),
        ([{"b": {"clip": f"{GONE}.000001.0.ab", "at": 2}, "n": 1}], [{"b": TAKEN_DOWN, "n": 1}]),
        ({"deep": [[f"{GONE}.000001.0.ab"], [KEPT]]}, {"deep": [[], [KEPT]]}),
        ({"text": f"x{GONE}", "more": f"{GONE}9"}, {"text": f"x{GONE}", "more": f"{GONE}9"}),
        (None, None),
    ],
)
def test_a_document_without_the_mentions(document: Any, kept: Any) -> None:
    assert Mentions([GONE]).without(document) == kept
