"""Weights for the real networks where the published ones cannot be had."""

from collections.abc import Callable
from typing import Any

import torch


def random_state(network: Callable[[], Any], seed: int = 0) -> dict[str, Any]:
    """The tensors of a network by name, at random: also the statistics of its normalisations, else all 0 and 1."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    state: dict[str, Any] = network().state_dict()
    for name, values in state.items():
        if name.endswith("running_mean"):
            values.normal_(0, 0.1)
        elif name.endswith("running_var"):
            values.uniform_(0.5, 2)
    return state
