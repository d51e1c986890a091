"""The benchmark of models: rows of small ones on the CPU, and what stands where one cannot be measured."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.models.cases import CASES
from benchmarks.models.clip import SyntheticClip
from benchmarks.models.measure import Row, measure
from benchmarks.models.work import over
from facelib.models.device import CPU
from facelib.models.registry import Weights

torch = pytest.importorskip("torch")
CLIP = SyntheticClip(0.4)


def rows(name: str, place: Path, **changes: Any) -> list[Row]:
    torch.set_num_threads(1)
    return list(measure(name, replace(CASES[name], **changes), CPU, CLIP, Weights(place), limit_s=0.2))


@pytest.mark.parametrize(
    ("name", "batches", "shown"),
    [
        ("light_asd", (4, 16), ["4 frames", "16 frames"]),
        ("resemblyzer", (1, 4), ["1 stretches", "4 stretches"]),
    ],
)
def test_a_row_for_each_batch(name: str, batches: tuple[int, ...], shown: list[str], tmp_path: Path) -> None:
    found = rows(name, tmp_path, batches=batches)
    assert [row.batch for row in found] == shown
    assert all(row.clips_per_s is not None and row.clips_per_s > 0 and not row.reason for row in found)
    assert {(row.model, row.device, row.ratio, row.memory_mb) for row in found} == {(name, "cpu", None, None)}


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("scrfd", {}, "no random weights are made of scrfd_10g"),
        ("facenet_vggface2", {}, "it also needs dlib_landmarks5"),
        ("whisper", {"memory_gb": 1e9}, "GB of memory"),
        ("light_asd", {"write": lambda folder: 1 / 0}, "ZeroDivisionError"),
        ("light_asd", {"open": lambda weights, device, clip: over([1], lambda part: 1 / 0)}, "ZeroDivisionError"),
    ],
)
def test_what_cannot_be_measured_is_a_row_with_the_reason(
    name: str, changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    (row,) = rows(name, tmp_path, **changes)
    assert row.clips_per_s is None and said in row.reason


@pytest.mark.parametrize(("batch", "done"), [(1, [0.5, 1]), (2, [1]), (3, [1.5, 2])])
def test_a_batch_larger_than_a_clip_takes_several(batch: int, done: list[float]) -> None:
    sizes: list[int] = []
    assert list(over("ab", lambda part: sizes.append(len(part)))(batch)) == done
    assert max(sizes) == batch
