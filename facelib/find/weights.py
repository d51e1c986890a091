"""The weights that a query is made with: those that the clips were described with, or none."""

from pathlib import Path

from facelib.errors import StoreError
from facelib.settings import Settings
from facelib.store.published import VectorTable


def weights_of(settings: Settings, table: VectorTable) -> Path:
    """The weights of the model of a vector table.

    Raises:
        ModelError: they are not here.
        StoreError: those here are others than those of the table; reason ``wrong_model``.
    """
    weights = settings.open_weights()
    digest = weights.digest(table.model)
    if digest != table.digest and weights.state(table.model) == "sound":
        raise StoreError(
            f"the weights of {table.model} here ({digest[:12]}) are not those that the clips were described with "
            f"({table.digest[:12]})",
            hint=f"use the same weights on all machines, or run the stage {table.task} again",
            reason="wrong_model",
        )
    return weights.file(table.model)
