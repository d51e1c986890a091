"""TorchScript archives that hold tensors alone, as OpenAI publishes CLIP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def save(state: Mapping[str, Any], path: Path) -> Path:
    """Write an archive whose state has these names; dots in them part the modules."""
    import torch

    torch.jit.script(_bag(state)).save(str(path))
    return path


def _bag(state: Mapping[str, Any]) -> Any:
    """A module without code whose state has these names."""
    import torch

    class Bag(torch.nn.Module):
        def forward(self) -> int:
            return 0

    bag = Bag()
    groups: dict[str, dict[str, Any]] = {}
    for name, value in state.items():
        head, _, rest = name.partition(".")
        if rest:
            groups.setdefault(head, {})[rest] = value
        else:
            bag.register_buffer(head, value)
    for head, group in groups.items():
        bag.add_module(head, _bag(group))
    return bag
