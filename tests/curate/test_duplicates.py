"""Which items are duplicates: by the kept one, and by the rules of video-to-faces."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from facelib.curate.duplicate_uploads import ClipPair, Upload, duplicate_uploads, turned
from facelib.curate.duplicates import Likeness, Quality, duplicates_of_kept
from facelib.curate.earlier_items import like_earlier, like_last_kept, near_earlier, three_stages

CHAIN = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint64)
"""Five hashes, each 8 bits from the next: the first and the last differ by 32."""


def like(limit: float, places: Sequence[float]) -> dict[str, list[Likeness]]:
    """Items a, b, c ... on a line, like where they are near."""
    names = "abcdefgh"[: len(places)]
    return {
        one: [
            Likeness(other, abs(x - y))
            for other, y in zip(names, places, strict=True)
            if one != other and abs(x - y) <= limit
        ]
        for one, x in zip(names, places, strict=True)
    }


def test_a_chain_keeps_what_differs() -> None:
    """Five items in steps of 8 bits: the earlier rule leaves the first alone, ours every other one."""
    assert like_earlier(CHAIN, 8).duplicate.tolist() == [False, True, True, True, True]
    found = duplicates_of_kept("abcde", like(8, [0, 8, 16, 24, 32]))
    assert {item: near.other for item, near in found.items()} == {"b": "a", "d": "c"}


@pytest.mark.parametrize(
    ("order", "duplicates"),
    [("abcd", {"b": "a", "c": "a"}), ("bacd", {"a": "b", "c": "b", "d": "b"}), ("dcba", {"c": "d", "b": "d"})],
)
def test_the_best_one_is_kept(order: str, duplicates: dict[str, str]) -> None:
    found = duplicates_of_kept(order, like(2, [0, 1, 2, 3]))
    assert {item: near.other for item, near in found.items()} == duplicates
    assert not set(duplicates) & set(duplicates.values())


def test_the_nearest_kept_one_is_named() -> None:
    near = {"c": [Likeness("a", 5), Likeness("b", 3)], "a": [Likeness("c", 5)], "b": [Likeness("c", 3)]}
    assert duplicates_of_kept("abc", near)["c"].other == "b"
    near["c"].append(Likeness("a", 3))
    assert duplicates_of_kept("abc", near)["c"].other == "a"


def test_what_is_not_covered_stays() -> None:
    near = {"long": [Likeness("short", 0, covered=False)], "short": [Likeness("long", 0)]}
    assert duplicates_of_kept(["short", "long"], near) == {}
    assert list(duplicates_of_kept(["long", "short"], near)) == ["short"]


@pytest.mark.parametrize("n", [0, 1])
def test_few_items(n: int) -> None:
    assert duplicates_of_kept("a"[:n], {}) == {}
    stages = three_stages(["a"][:n], ["v"][:n], CHAIN[:n], 8, lambda ids: {}, 0.2, "l2")
    assert [stage.judged.duplicate.tolist() for stage in stages] == [[False] * n, [False] * n, []]


def test_quality_order() -> None:
    good = Quality(True, 200.0, 100.0, 5.0, 3.0)
    worse = [
        replace(good, sound=False, size=900.0),
        replace(good, size=100.0, sharpness=900.0),
        replace(good, size=None),
        replace(good, sharpness=60.0, seconds=9.0),
        replace(good, seconds=4.0, confidence=9.0),
        replace(good, confidence=None),
    ]
    assert all(good.order() < other.order() for other in worse)
    assert replace(good, size=201.0).order() == good.order()


def test_stage_1_looks_at_the_last_five_kept_of_the_video() -> None:
    kinds = np.array([0, 0xFF, 0xFF00, 0xFF0000, 0xFF000000, 0xFF00000000], np.uint64)
    hashes = np.concatenate([kinds, [np.uint64(0), np.uint64(0xFF)]])
    judged = like_last_kept(hashes, ["v"] * 8, 4)
    # The sixth kept one pushed the first out of the five; then 0, kept again, pushed out 0xFF.
    assert judged.duplicate.tolist() == [False] * 8
    judged = like_last_kept(hashes[[0, 1, 2, 3, 4, 0]], ["v"] * 6, 4)
    assert judged.duplicate.tolist() == [False] * 5 + [True]
    assert (judged.nearest[5], judged.difference[5], judged.nearest[0]) == (0, 0, -1)
    judged = like_last_kept(np.zeros(3, np.uint64), ["v", "v", "w"], 8)
    assert judged.duplicate.tolist() == [False, True, False]
    assert not like_last_kept(np.zeros(3, np.uint64), ["v"] * 3, -1).duplicate.any()


@pytest.mark.parametrize("limit", [-1, 0, 2, 8])
def test_stage_2_is_the_same_with_and_without_every_pair(limit: int) -> None:
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 2**64, 400, dtype=np.uint64)
    hashes[200:] = hashes[rng.integers(0, 200, 200)] ^ (np.uint64(1) << rng.integers(0, 64, 200, dtype=np.uint64))
    hashes[300:] = hashes[:100]
    fast, full = like_earlier(hashes, limit), like_earlier(hashes, limit, all_nearest=True)
    assert fast.duplicate.tolist() == full.duplicate.tolist()
    marked = full.duplicate
    assert marked.any() == (limit >= 0)
    assert fast.nearest[marked].tolist() == full.nearest[marked].tolist()
    assert fast.difference[marked].tolist() == full.difference[marked].tolist()
    assert full.nearest[0] == -1 and (full.nearest[1:] >= 0).all()


@pytest.mark.parametrize(("metric", "expected"), [("cosine", [0, 1, 0, 1]), ("l2", [0, 0, 0, 1])])
def test_stage_3(metric: str, expected: list[int]) -> None:
    vectors = np.array([[1.0, 0], [3.0, 0], [0, 1.0], [0.1, 1.0]])
    judged = near_earlier(vectors, 0.25, metric)
    assert judged.duplicate.astype(int).tolist() == expected
    assert judged.nearest[3] == 2 and np.isnan(judged.difference[0])
    assert not near_earlier(vectors, -1, metric).duplicate.any()


def test_each_stage_gets_what_the_one_before_left() -> None:
    hashes = np.array([0, 1, 2**40 - 1, 3], np.uint64)
    vectors = {"c": np.zeros(2, np.float32), "a": np.zeros(2, np.float32)}
    stages = three_stages(
        "abcd", ["v", "v", "v", "w"], hashes, 8, lambda ids: {i: v for i, v in vectors.items() if i in ids}, 0.1, "l2"
    )
    assert [stage.items.tolist() for stage in stages] == [[0, 1, 2, 3], [0, 2, 3], [0, 2]]
    assert [stage.judged.duplicate.tolist() for stage in stages] == [
        [False, True, False, False],
        [False, False, True],
        [False, True],
    ]


SOURCE = Upload("source", (0,), 60.0, (1280, 720), 40.0)


def shared(
    other: str, *, shift: float = 0.0, clips: int = 4, mirrored: bool = False, alike: bool = True
) -> list[ClipPair]:
    return [
        ClipPair("source", other, f"s{n}", f"{other}{n}", shift + 0.01 * n, 10.0, 10.0, 10.0, mirrored, alike)
        for n in range(clips)
    ]


@pytest.mark.parametrize(
    ("pairs", "upload", "kind", "shift", "overlap"),
    [
        (shared("x"), {}, "re_encoded", 0.015, 40.0),
        (shared("x"), {"size": (640, 360)}, "rescaled", 0.015, 40.0),
        (shared("x", mirrored=True), {"size": (640, 360)}, "mirrored", 0.015, 40.0),
        (shared("x", shift=-7.5), {}, "trimmed", -7.485, 40.0),
        (shared("x", clips=2), {"clip_s": 20.0, "duration_s": 30.0}, "trimmed", 0.005, 20.0),
        (shared("x", alike=False), {}, "sound_only", 0.015, 40.0),
        ([turned(pair) for pair in shared("x", shift=3.0)], {}, "trimmed", 3.015, 40.0),
    ],
)
def test_duplicate_uploads(
    pairs: list[ClipPair], upload: dict[str, object], kind: str, shift: float, overlap: float
) -> None:
    other = replace(Upload("x", (1,), 60.0, (1280, 720), 40.0), **upload)  # type: ignore[arg-type]
    (found,) = duplicate_uploads(pairs, {"source": SOURCE, "x": other}, least_share=0.5, tolerance_s=0.25)
    assert (found.video_id, found.kept_video_id, found.kind, found.clips) == ("x", "source", kind, len(pairs))
    assert found.shift_s == pytest.approx(-shift)
    assert found.overlap_s == pytest.approx(overlap)
    assert found.share == pytest.approx(1.0)


def test_uploads_need_a_shift_that_holds() -> None:
    """An intro in both, and clips that stand elsewhere in each, make no duplicate of the upload."""
    pairs = [replace(pair, shift_s=20.0 * n) for n, pair in enumerate(shared("x"))]
    uploads = {"source": SOURCE, "x": replace(SOURCE, video_id="x", order=(1,))}
    assert duplicate_uploads(pairs, uploads, least_share=0.5, tolerance_s=0.25) == []
    assert len(duplicate_uploads(pairs, uploads, least_share=0.25, tolerance_s=0.25)) == 1


def test_two_faces_at_one_time_count_once() -> None:
    pairs = [
        ClipPair("source", "x", one, other, 0.0, 10.0, 10.0, 10.0, False, one[-1] == other[-1])
        for one in ("s0", "s1")
        for other in ("x0", "x1")
    ]
    uploads = {"source": SOURCE, "x": replace(SOURCE, video_id="x", order=(1,))}
    (found,) = duplicate_uploads(pairs, uploads, least_share=0.5, tolerance_s=0.25)
    assert found.overlap_s == 20.0


def test_uploads_in_a_chain() -> None:
    """b shares its halves with a and with c, which share nothing: b is the double, not c."""
    pairs = [
        ClipPair("a", "b", "a0", "b0", 0.0, 10.0, 10.0, 10.0, False, True),
        ClipPair("b", "c", "b1", "c0", 5.0, 10.0, 10.0, 10.0, False, True),
    ]
    uploads = {name: Upload(name, (n,), 20.0, (64, 64), 20.0) for n, name in enumerate("abc")}
    found = duplicate_uploads(pairs, uploads, least_share=0.5, tolerance_s=0.25)
    assert [(row.video_id, row.kept_video_id) for row in found] == [("b", "a")]
