"""Which clips come next, in which order."""

from collections.abc import Iterator

import pytest

from facelib.catalog.reader import Catalog
from facelib.collection.review.queue import QueueOrder, mixed, orders, queue
from facelib.curate import presets
from tests.support.judged import LATER, Judged


@pytest.fixture
def made(judged: Judged) -> Judged:
    return judged


@pytest.fixture
def catalog(made: Judged) -> Iterator[Catalog]:
    with Catalog(made.store) as catalog:
        yield catalog


def numbers(made: Judged, catalog: Catalog, wanted: QueueOrder, **more: object) -> list[int]:
    return [made.clips.index(clip) for clip in queue(catalog, LATER, wanted, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", [QueueOrder("near", "late"), QueueOrder("uncertain")])
def test_the_nearest_to_the_threshold_come_first(made: Judged, catalog: Catalog, wanted: QueueOrder) -> None:
    assert numbers(made, catalog, wanted) == [4, 3, 5, 2, 6, 1, 7, 0, 8, 9]
    assert numbers(made, catalog, wanted, limit=2) == [4, 3]
    assert numbers(made, catalog, wanted, without=[made.clips[4]], limit=1) == [3]
    assert numbers(made, catalog, wanted, among=[made.clips[9], made.clips[0]]) == [0, 9]


def test_failing(made: Judged, catalog: Catalog) -> None:
    assert sorted(numbers(made, catalog, QueueOrder("failing", "late"))) == [0, 1, 2, 3]
    assert numbers(made, catalog, QueueOrder("failing", "sound")) == []


def test_a_seed_gives_one_order(made: Judged, catalog: Catalog) -> None:
    first, again, other = (numbers(made, catalog, QueueOrder(seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert sorted(other) == list(range(10))


def test_what_a_rule_set_allows(catalog: Catalog) -> None:
    assert orders(LATER) == ["random", "uncertain", "near", "failing"]
    assert orders(presets.load("default")) == ["random"]
    for wanted in (QueueOrder("near", "sound"), QueueOrder("failing", "none")):
        with pytest.raises(ValueError, match="has no"):
            queue(catalog, LATER, wanted)
    with pytest.raises(ValueError, match="default has no"):
        queue(catalog, presets.load("default"), QueueOrder("uncertain"))


@pytest.mark.parametrize(("clips", "gold", "length"), [(0, 0, 0), (0, 2, 1), (9, 2, 10), (10, 2, 12), (30, 2, 32)])
def test_gold_clips_lie_among_the_others(clips: int, gold: int, length: int) -> None:
    plain, golden = [f"c{n}" for n in range(clips)], [f"g{n}" for n in range(gold)]
    found = mixed(plain, golden, seed=3)
    assert found == mixed(plain, golden, seed=3)
    assert [clip for clip in found if clip in plain] == plain
    assert len(found) == len(set(found)) == length
    assert mixed(plain, plain, seed=3) == plain
