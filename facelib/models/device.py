"""Where models run: one device a process, chosen once, and batches that fit its memory."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar

from facelib.errors import ModelError, SettingsError

T = TypeVar("T")
R = TypeVar("R")

GPU_BATCH = 4
"""A batch on a GPU is this many times the batch that is best on a CPU."""


def torch() -> Any:
    """The module torch.

    Raises:
        ModelError: it is not installed; reason ``needs_extra``.
    """
    try:
        import torch as module
    except ImportError as error:
        raise ModelError(
            "this model needs torch, which is not installed",
            hint="pip install 'facelib[full]', or choose a model of the profile lite",
            reason="needs_extra",
        ) from error
    return module


@dataclass(frozen=True)
class Device:
    """A device by its name: ``cpu`` or ``cuda:N``."""

    name: str

    @property
    def is_cuda(self) -> bool:
        """Whether it is a GPU."""
        return self.name.startswith("cuda")

    def torch_device(self) -> Any:
        """The same for torch."""
        return torch().device(self.name)

    @property
    def half(self) -> Any:
        """The number type for inference: float16 on a GPU, float32 on a CPU."""
        return torch().float16 if self.is_cuda else torch().float32

    def session(self, model: Path | bytes, threads: int = 0) -> Any:
        """An ONNX Runtime session on this device.

        Args:
            model: the ONNX file or its bytes.
            threads: CPU threads; 0 lets the runtime choose.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Threads that spin while they wait take the cores from the decoder, which works at the same time.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers: list[Any] = ["CPUExecutionProvider"]
        if self.is_cuda and onnx_knows_gpus():
            _load_cuda()
            providers.insert(0, ("CUDAExecutionProvider", {"device_id": int(self.name.partition(":")[2] or 0)}))
        content = model if isinstance(model, bytes) else str(model)
        return onnxruntime.InferenceSession(content, options, providers=providers)


CPU = Device("cpu")


@lru_cache(maxsize=4)
def choose(wanted: str = "auto") -> Device:
    """The device of this process.

    Args:
        wanted: ``cpu``, ``cuda:N``, or ``auto``: a GPU that no other process has taken, the first of them; where every
            one is taken, they are shared; a CPU where there is none.

    Raises:
        SettingsError: there is no such device.
    """
    if wanted == "cpu":
        return CPU
    count = gpu_count()
    if wanted == "auto":
        return Device(f"cuda:{_own_gpu(count)}") if count else CPU
    number = wanted.removeprefix("cuda:") if wanted != "cuda" else "0"
    if not number.isdigit() or not wanted.startswith("cuda"):
        raise SettingsError(f"device {wanted!r} is unknown", hint="auto, cpu or cuda:N", reason="bad_device")
    if int(number) >= count:
        raise SettingsError(
            f"device {wanted} is not there: {count} GPUs are visible", hint="use auto or cpu", reason="no_device"
        )
    return Device(f"cuda:{number}")


def gpu_count() -> int:
    """GPUs that torch can use; 0 without torch."""
    # Without a driver's device file there is nothing to find, and torch takes seconds to load.
    if not any(Path("/dev").glob("nvidia[0-9]*")) and not Path("/dev/dxg").exists():
        return 0
    try:
        module = torch()
    except ModelError:
        return 0
    return int(module.cuda.device_count()) if module.cuda.is_available() else 0


def onnx_knows_gpus() -> bool:
    """Whether the ONNX Runtime that is installed is built for GPUs: the package onnxruntime-gpu, not onnxruntime."""
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


@cache
def _load_cuda() -> None:
    """Load CUDA's libraries for ONNX Runtime: they lie in packages of Python, where the system does not look."""
    import onnxruntime

    # It prints what it does not find.
    with contextlib.redirect_stdout(sys.stderr):
        onnxruntime.preload_dlls()


_held: list[IO[str]] = []


def _own_gpu(count: int) -> int:
    """A GPU for this process alone, held by a file lock until it ends; by turns where there are more processes."""
    import fcntl

    for number in range(count):
        file = (Path(tempfile.gettempdir()) / f"facelib-gpu-{os.getuid()}-{number}.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _held.append(file)
        return number
    return os.getpid() % count


class Batch:
    """How many items a model takes at once: shrinks for good when they do not fit into memory.

    Args:
        size: the first size.

    Example:
        >>> Batch(2).map(lambda items: [item * 2 for item in items], [1, 2, 3])
        [2, 4, 6]
    """

    def __init__(self, size: int) -> None:
        self.size = max(1, size)

    def map(self, run: Callable[[list[T]], Sequence[R]], items: Iterable[T]) -> list[R]:
        """Call ``run`` with lists of at most ``size`` items and join what it returns, in order.

        Items are taken as they are needed, so a generator is never read as a whole.
        """
        results: list[R] = []
        source = iter(items)
        while chunk := list(islice(source, self.size)):
            for part in self._fitting(run, chunk):
                results.extend(part)
        return results

    def _fitting(self, run: Callable[[list[T]], Sequence[R]], chunk: list[T]) -> Iterator[Sequence[R]]:
        done = 0
        while done < len(chunk):
            part = chunk[done : done + self.size]
            try:
                yield run(part)
            except Exception as error:
                if not _out_of_memory(error) or len(part) == 1:
                    raise
                self.size = max(1, len(part) // 2)
                _free()
                continue
            done += len(part)


def _out_of_memory(error: Exception) -> bool:
    """Whether a model did not fit: torch has a class for it, ONNX Runtime a sentence."""
    return type(error).__name__ == "OutOfMemoryError" or "Failed to allocate memory" in str(error)


def _free() -> None:
    if gpu_count():
        torch().cuda.empty_cache()
