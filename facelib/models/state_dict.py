"""Weights of torch networks: read without executing what is in the file, and fitted without leftovers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from facelib.errors import ModelError
from facelib.models.device import Device, torch


def read(weights: Path) -> dict[str, Any]:
    """The tensors of a checkpoint by name, on the CPU.

    A checkpoint that keeps them below ``state_dict``, beside its training notes, and names that begin with ``module.``,
    as training on several GPUs leaves them, are understood.

    Raises:
        ModelError: the file is none, or needs code to be read; reason ``bad_weights``.
    """
    module = torch()
    try:
        found = module.load(weights, map_location="cpu", weights_only=True)
    except Exception as error:
        raise _bad(weights, "it is no checkpoint of tensors") from error
    if isinstance(found, Mapping) and isinstance(found.get("state_dict"), Mapping):
        found = found["state_dict"]
    if not isinstance(found, Mapping) or not all(isinstance(value, module.Tensor) for value in found.values()):
        raise _bad(weights, "it is no checkpoint of tensors")
    return {str(name).removeprefix("module."): value for name, value in found.items()}


def fill(network: Any, state: Mapping[str, Any], weights: Path) -> Any:
    """Put tensors into a network and make it ready for inference.

    Args:
        network: a torch module.
        state: tensor by name. The counts of batches, which old files lack and inference does not use, may be absent.
        weights: the file, for the message.

    Returns:
        The network.

    Raises:
        ModelError: a tensor is missing, is not known, or has another shape; reason ``bad_weights``.
    """
    try:
        found = network.load_state_dict(dict(state), strict=False)
    except RuntimeError as error:
        raise _bad(weights, str(error).strip().splitlines()[-1].strip()) from error
    missing = [name for name in found.missing_keys if not name.endswith("num_batches_tracked")]
    for what, names in (("lacks", missing), ("has an unknown", found.unexpected_keys)):
        if names:
            raise _bad(weights, f"it {what} {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else ""))
    return network.eval().requires_grad_(False)


def load(network: Any, weights: Path, device: Device, threads: int = 0) -> Any:
    """Put the tensors of a checkpoint into a network and move it to where it runs.

    Args:
        network: a torch module.
        weights: the checkpoint.
        device: where it runs.
        threads: CPU threads of torch in this process; 0 leaves them.

    Returns:
        The network, ready for inference.

    Raises:
        ModelError: see :func:`read` and :func:`fill`.
    """
    if threads:
        torch().set_num_threads(threads)
    return fill(network, read(weights), weights).to(device.torch_device())


def _bad(weights: Path, why: str) -> ModelError:
    return ModelError(
        f"{weights} does not hold the weights that are wanted: {why}",
        hint="remove it and fetch it again, or name the right file in FACELIB_WEIGHTS",
        reason="bad_weights",
    )
