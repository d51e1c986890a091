"""The forms of values in a pod: amounts, names and images, as Kubernetes reads them."""

import re

_CPU = re.compile(r"\d+(\.\d+)?|\d+m")
_MEMORY = re.compile(r"\d+(\.\d+)?([KMGTPE]i|[kMGTPE])")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_RESOURCE = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?")
_IMAGE = re.compile(
    r"([A-Za-z0-9.-]+(:\d+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:\w[\w.-]{0,127})?(@[a-z0-9]+:[0-9a-f]{32,})?"
)
_BYTES: dict[str, float] = {unit: 1000.0**n for n, unit in enumerate("kMGTPE", 1)}
_BYTES |= {f"{unit}i": 1024.0**n for n, unit in enumerate("KMGTPE", 1)}


def cpu(value: str | None) -> str | None:
    """A number of CPUs, such as 2 or 500m. Raises ValueError."""
    if value is not None and (not _CPU.fullmatch(value) or _is_zero(value)):
        raise ValueError(f"{value!r} is no number of CPUs; write 2, 0.5 or 500m")
    return value


def memory(value: str | None) -> str | None:
    """An amount of memory, such as 8Gi. Raises ValueError."""
    if value is not None and (not _MEMORY.fullmatch(value) or _is_zero(value)):
        raise ValueError(f"{value!r} is no amount of memory; write it with its unit, such as 8Gi or 500Mi")
    return value


def _is_zero(value: str) -> bool:
    """Whether an amount is nothing: to Kubernetes a request of nothing, or a limit that is none."""
    return float(value.rstrip("kKMGTPEim")) == 0


def resource(value: str) -> str:
    """The resource name of a GPU; empty where none is asked for. Raises ValueError."""
    if value and not _RESOURCE.fullmatch(value):
        raise ValueError(
            f"{value!r} is no resource name of a GPU; write nvidia.com/gpu, or nothing where no stage asks for one"
        )
    return value


def image(value: str | None) -> str | None:
    """The name of an image. Raises ValueError."""
    if value and not _IMAGE.fullmatch(value):
        raise ValueError(f"{value!r} is no name of an image; write registry.example.org/facelib-worker-gpu:TAG")
    return value


def name(value: str | None) -> str | None:
    """A name in Kubernetes. Raises ValueError."""
    if value and not is_name(value):
        raise ValueError(f"{value!r} is no name in Kubernetes: small letters, digits, '-' and '.'")
    return value


def is_name(value: str) -> bool:
    """Whether a text can be the name of an object in Kubernetes."""
    return bool(_NAME.fullmatch(value))


def gigabytes(memory: str) -> float:
    """An amount of memory in GB.

    >>> gigabytes("20Gi"), gigabytes("500M")
    (21.47483648, 0.5)
    """
    number = memory.rstrip("kKMGTPEi")
    return float(number) * _BYTES[memory.removeprefix(number)] / 1e9
