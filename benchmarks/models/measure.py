"""Times models: one warm-up, then a clip, or as much of it as fits into the time for it."""

import gc
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.models.cases import Case
from benchmarks.models.clip import SyntheticClip
from benchmarks.models.work import Work
from facelib.errors import FacelibError
from facelib.models.device import CPU, Device, torch
from facelib.models.registry import Weights

LIMIT_S = 10.0
"""No new call of a model is begun after this time; what was done until then counts."""
REASON = 100
"""Characters of an error that are shown."""


@dataclass(frozen=True)
class Row:
    """One measurement.

    Args:
        model, device: by name.
        batch: size, with its unit.
        clips_per_s: clips a second; None where it could not be measured.
        ratio: the same over that of the CPU at the first batch; None on a CPU, or where that failed.
        memory_mb: largest memory of the GPU that torch used, weights included; None on a CPU.
        reason: why it could not be measured, else empty.
    """

    model: str
    device: str
    batch: str
    clips_per_s: float | None = None
    ratio: float | None = None
    memory_mb: float | None = None
    reason: str = ""


def measure(
    name: str, case: Case, device: Device, clip: SyntheticClip, weights: Weights, *, limit_s: float = LIMIT_S
) -> Iterator[Row]:
    """The rows of one model, each as soon as it is there.

    On a GPU the first batch is also run on the CPU, so that both come from the same run.

    Args:
        name: of the model.
        case: how to make and run it.
        device: where it is measured.
        clip: what it is measured on.
        weights: real weights that are here, for what has no random ones.
        limit_s: see :data:`LIMIT_S`.
    """
    lacking = [wanted for wanted in case.needs if weights.state(wanted) != "sound"]
    if lacking:
        why = "no random weights are made of" if case.write is None else "it also needs"
        yield Row(name, device.name, "", reason=f"skipped: {why} {lacking[0]}; name its file in FACELIB_WEIGHTS")
        return
    free = _free_gb()
    if case.memory_gb > free:
        yield Row(name, device.name, "", reason=f"needs {case.memory_gb:g} GB of memory, {free:.1f} GB are free")
        return
    with tempfile.TemporaryDirectory() as folder:
        threads = torch().get_num_threads()
        try:
            made = case.write(Path(folder)) if case.write else {}
        except Exception as error:
            yield Row(name, device.name, "", reason=_reason(error))
            return
        finally:
            torch().set_num_threads(threads)
        here = Weights(weights.folder, {**_local(weights, case.needs), **made})
        alone: float | None = None
        if device.is_cuda:
            for row in _rows(name, case, CPU, clip, here, case.batches[:1], limit_s, None):
                alone = row.clips_per_s
                yield row
        yield from _rows(name, case, device, clip, here, case.batches, limit_s, alone)


def _rows(
    name: str,
    case: Case,
    device: Device,
    clip: SyntheticClip,
    weights: Weights,
    batches: tuple[int, ...],
    limit_s: float,
    alone: float | None,
) -> Iterator[Row]:
    """The rows of one device; after a batch that fails, for want of memory as a rule, no larger one is tried."""
    batch = f"{batches[0]} {case.unit}"
    work: Work | None = None
    try:
        _reset(device)
        work = case.open(weights, device, clip)
        for size in batches:
            batch = f"{size} {case.unit}"
            if device.is_cuda or size == batches[0]:  # kernels of a GPU are chosen anew for each batch
                next(work(size))
            rate = _rate(work, size, device, limit_s)
            yield Row(name, device.name, batch, rate, rate / alone if alone else None, _peak_mb(device))
            _reset(device)
    except Exception as error:
        yield Row(name, device.name, batch, memory_mb=_peak_mb(device), reason=_reason(error))
    finally:
        work = None  # lets go of the model
        _reset(device)


def _rate(work: Work, batch: int, device: Device, limit_s: float) -> float:
    """Clips a second."""
    _wait(device)
    started, clips, seconds = time.perf_counter(), 0.0, 0.0
    for done in work(batch):
        _wait(device)
        clips, seconds = done, time.perf_counter() - started
        if seconds > limit_s:
            break
    return clips / seconds


def _wait(device: Device) -> None:
    if device.is_cuda:
        torch().cuda.synchronize(device.torch_device())


def _reset(device: Device) -> None:
    """Give back what is not used and count the largest memory anew."""
    gc.collect()
    if device.is_cuda:
        torch().cuda.empty_cache()
        torch().cuda.reset_peak_memory_stats(device.torch_device())


def _peak_mb(device: Device) -> float | None:
    return torch().cuda.max_memory_allocated(device.torch_device()) / 1e6 if device.is_cuda else None


def _local(weights: Weights, names: tuple[str, ...]) -> dict[str, Path]:
    return {name: weights.path(name) for name in names if weights.is_local(name)}


def _reason(error: Exception) -> str:
    if isinstance(error, FacelibError):
        return str(error)[:REASON]
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:REASON]


def _free_gb() -> float:
    """Main memory that can be had, GB; without end where the system does not tell."""
    told = Path("/proc/meminfo")
    if not told.is_file():
        return float("inf")
    lines = dict(line.split(":", 1) for line in told.read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024 / 1e9
