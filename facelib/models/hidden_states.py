"""Which layers of a transformer to keep, and how to take them out as it runs."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from facelib.errors import ModelError, SettingsError

LayerName = Literal["low", "middle", "last"]
Layers = Literal["all"] | tuple[int | LayerName, ...]
"""``all``, or some layers by number or by name; 0 is the input of the first layer."""

DEFAULT_LAYERS: tuple[LayerName, ...] = ("low", "middle", "last")
"""A quarter up (voice, pitch, loudness), half way (sounds of speech), and the output, which most talking-face models
read: layers 6, 12 and 24 of 24."""


def layer_numbers(layers: Layers, depth: int) -> tuple[int, ...]:
    """Layers by number.

    Args:
        layers: the layers wanted. ``low`` is a quarter of the way up, ``middle`` half of it.
        depth: number of layers of the network.

    Raises:
        SettingsError: there is no such layer, or one is named twice.

    Example:
        >>> layer_numbers(("low", "middle", "last"), 24), layer_numbers("all", 2)
        ((6, 12, 24), (0, 1, 2))
    """
    if layers == "all":
        return tuple(range(depth + 1))
    named = {"low": round(depth / 4), "middle": round(depth / 2), "last": depth}
    numbers = tuple(named[layer] if isinstance(layer, str) else layer for layer in layers)
    if not numbers or len(set(numbers)) < len(numbers) or not all(0 <= number <= depth for number in numbers):
        raise SettingsError(
            f"layers {', '.join(map(str, layers)) or 'none'} cannot be had from a model of {depth} layers",
            hint=f"all, or different numbers from 0 to {depth}, low, middle, last",
            reason="bad_layers",
        )
    return numbers


def collect(
    blocks: Sequence[Any], run: Callable[[], Any], numbers: Sequence[int], dtype: type[np.floating[Any]]
) -> NDArray[Any]:
    """Run a transformer and keep the hidden states of some of its layers.

    Each layer leaves the device as soon as it is there. The last one is what the model as a whole returns, after its
    final normalisation where it has one: what transformers 4 gave as the last of ``hidden_states``.

    Args:
        blocks: its layers, torch modules.
        run: runs it on one clip and returns its output, (1, T, D).
        numbers: layers to keep; 0 is the input of the first.
        dtype: of the result.

    Returns:
        (len(numbers), T, D).

    Raises:
        ModelError: a number is too large for the number type; reason ``not_finite``.
    """
    depth = len(blocks)
    kept: dict[int, NDArray[Any]] = {}
    handles = []
    try:
        for number in {*numbers} - {depth}:
            if number == 0:
                handles.append(blocks[0].register_forward_pre_hook(lambda _, inputs: _keep(kept, 0, inputs[0], dtype)))
            else:
                handles.append(blocks[number - 1].register_forward_hook(_hook(kept, number, dtype)))
        output = run()
        if depth in numbers:
            _keep(kept, depth, output, dtype)
    finally:
        for handle in handles:
            handle.remove()
    states = np.stack([kept[number] for number in numbers])
    if not np.isfinite(states).all():
        raise ModelError(
            "hidden states are too large for half precision", hint="set dtype to fp32", reason="not_finite"
        )
    return states


def _hook(kept: dict[int, NDArray[Any]], number: int, dtype: type[np.floating[Any]]) -> Callable[[Any, Any, Any], None]:
    def keep(_: Any, inputs: Any, output: Any) -> None:
        _keep(kept, number, output[0] if isinstance(output, tuple) else output, dtype)

    return keep


def _keep(kept: dict[int, NDArray[Any]], number: int, states: Any, dtype: type[np.floating[Any]]) -> None:
    with np.errstate(over="ignore"):  # refused at the end
        kept[number] = states[0].float().cpu().numpy().astype(dtype)
