import threading

import pytest

from facelib.models.device import Batch
from facelib.stages.ahead import Ahead


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 20])
def test_each_result_comes_once_in_order_with_its_key(size: int, count: int) -> None:
    sizes: list[int] = []

    def run(items: list[int]) -> list[int]:
        sizes.append(len(items))
        return [item * 10 for item in items]

    with Ahead[str, int, int](run, Batch(size)) as work:
        done = [pair for n in range(count) for pair in work.put(f"k{n}", n)]
        assert len(done) >= count - 3 * size
        done += work.rest()
    assert done == [(f"k{n}", n * 10) for n in range(count)]
    assert sum(sizes) == count and max(sizes, default=0) <= size


def test_the_work_is_done_on_another_thread_while_items_are_made() -> None:
    began, go_on = threading.Event(), threading.Event()

    def run(items: list[int]) -> list[int]:
        began.set()
        assert go_on.wait(60)
        return items

    with Ahead[int, int, int](run, Batch(1)) as work:
        assert list(work.put(0, 0)) == [] and began.wait(60)
        assert list(work.put(1, 1)) == []
        go_on.set()
        assert list(work.rest()) == [(0, 0), (1, 1)]


def test_an_error_of_the_work_reaches_the_caller() -> None:
    def run(items: list[int]) -> list[int]:
        raise ValueError("bad item")

    with pytest.raises(ValueError, match="bad item"), Ahead[int, int, int](run, Batch(1)) as work:
        list(work.put(0, 0))
        list(work.rest())


def test_what_does_not_fit_is_done_in_halves() -> None:
    def run(items: list[int]) -> list[int]:
        if len(items) > 2:
            raise RuntimeError("Failed to allocate memory for requested buffer")
        return items

    batch = Batch(8)
    with Ahead[int, int, int](run, batch) as work:
        done = [pair for n in range(11) for pair in work.put(n, n)] + list(work.rest())
    assert done == [(n, n) for n in range(11)] and batch.size == 2
