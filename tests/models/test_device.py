import subprocess
import sys
from collections.abc import Sequence

import pytest

from facelib.errors import SettingsError
from facelib.models import device
from facelib.models.device import Batch, Device


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


@pytest.mark.parametrize(
    ("size", "fits", "sizes"), [(4, 9, [4, 4, 2]), (8, 3, [2] * 5), (3, 1, [1] * 10), (0, 9, [1] * 10)]
)
def test_a_batch_that_does_not_fit_is_halved_for_good(size: int, fits: int, sizes: list[int]) -> None:
    seen: list[int] = []

    def run(items: list[int]) -> Sequence[int]:
        if len(items) > fits:
            raise OutOfMemoryError("out of memory")
        seen.append(len(items))
        return [item * item for item in items]

    assert Batch(size).map(run, iter(range(10))) == [n * n for n in range(10)]
    assert seen == sizes


@pytest.mark.parametrize("error", [OutOfMemoryError("even one"), ValueError("something else")])
def test_one_that_does_not_fit_and_other_errors_are_told(error: Exception) -> None:
    def run(items: list[int]) -> Sequence[int]:
        raise error

    with pytest.raises(type(error)):
        Batch(4).map(run, [1, 2, 3])


@pytest.mark.parametrize(
    ("wanted", "gpus", "is_"),
    [("cpu", 0, "cpu"), ("auto", 0, "cpu"), ("cuda:1", 2, "cuda:1"), ("cuda", 1, "cuda:0")],
)
def test_choice(monkeypatch: pytest.MonkeyPatch, wanted: str, gpus: int, is_: str) -> None:
    monkeypatch.setattr(device, "gpu_count", lambda: gpus)
    device.choose.cache_clear()
    assert device.choose(wanted) == Device(is_)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [("cuda:3", "no_device"), ("gpu", "bad_device"), ("cuda:x", "bad_device"), ("1", "bad_device")],
)
def test_a_device_that_is_not_there_names_the_way_on(monkeypatch: pytest.MonkeyPatch, wanted: str, reason: str) -> None:
    monkeypatch.setattr(device, "gpu_count", lambda: 2)
    device.choose.cache_clear()
    with pytest.raises(SettingsError) as caught:
        device.choose(wanted)
    assert caught.value.reason == reason and caught.value.hint


def test_each_process_takes_a_gpu_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("locks")
    code = (
        "import sys, time; from facelib.models import device; device.gpu_count = lambda: 2; "
        "print(device.choose('auto').name, flush=True); sys.stdin.read()"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"TMPDIR": str(folder)},
        )
        for _ in range(2)
    ]
    try:
        names = {process.stdout.readline().strip() for process in running if process.stdout}
        assert names == {"cuda:0", "cuda:1"}
    finally:
        for process in running:
            process.communicate("", timeout=120)
