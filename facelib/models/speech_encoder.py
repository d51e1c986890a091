"""Opens speech encoders that transformers knows, from a folder, and refuses what is not whole."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from facelib.errors import ModelError
from facelib.models import device as devices
from facelib.models.device import CPU, Device

RATE = 16_000
_NEVER_USED = {"masked_spec_embed"}
"""Weights that only training reads; some files lack them."""


class SpeechEncoder(ABC):
    """A speech encoder of any size, loaded and put where it runs.

    Args:
        folder: config.json, preprocessor_config.json and the weights, as ``save_pretrained`` writes them.
        device: where it runs.
        half: compute in half precision on a GPU.
        threads: CPU threads of torch in this process; 0 leaves them.

    Raises:
        ModelError: the folder does not hold a whole model of this kind for 16 kHz.
    """

    kind: ClassVar[str]
    """The ``model_type`` that config.json must name."""
    options: ClassVar[dict[str, Any]] = {}
    """For the model's ``from_pretrained``."""

    def __init__(self, folder: Path, *, device: Device = CPU, half: bool = True, threads: int = 0) -> None:
        self._torch = devices.torch()
        if threads:
            self._torch.set_num_threads(threads)
        self._device = device
        self._dtype = device.half if half else self._torch.float32
        self._extractor, self._model = open_encoder(
            folder, self.kind, *self._types(), dtype=self._dtype, **self.options
        )
        self._model.to(device.torch_device()).eval()

    @staticmethod
    @abstractmethod
    def _types() -> tuple[Any, Any]:
        """The classes of transformers that read sound and run the network."""


def open_encoder(folder: Path, kind: str, extractor_type: Any, model_type: Any, **options: Any) -> tuple[Any, Any]:
    """A feature extractor and a model.

    transformers fills weights that a file lacks with random ones and only warns; here that is an error.

    Args:
        folder: config.json, preprocessor_config.json and the weights, as ``save_pretrained`` writes them.
        kind: the ``model_type`` that config.json must name.
        extractor_type, model_type: classes of transformers.
        options: for the model's ``from_pretrained``.

    Raises:
        ModelError: the folder does not hold a whole model of this kind for 16 kHz; reason ``bad_weights``.
    """
    from transformers import AutoConfig
    from transformers.utils import logging as library

    logging: Any = library
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    hint = f"name a folder with config.json, preprocessor_config.json and the weights of a {kind} model for 16 kHz"
    try:
        found = AutoConfig.from_pretrained(folder, local_files_only=True).model_type
        if found != kind:
            raise ModelError(f"{folder} holds a model of type {found}, not {kind}", hint=hint, reason="bad_weights")
        extractor = extractor_type.from_pretrained(folder, local_files_only=True)
        model, told = model_type.from_pretrained(
            folder, local_files_only=True, attn_implementation="sdpa", output_loading_info=True, **options
        )
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} does not hold a {kind} model: {error}", hint=hint, reason="bad_weights") from error
    absent = sorted({*told["missing_keys"]} - _NEVER_USED)
    if absent or extractor.sampling_rate != RATE:
        why = f"it lacks {absent[0]}" if absent else f"it wants {extractor.sampling_rate} Hz"
        raise ModelError(f"the model in {folder} cannot be used: {why}", hint=hint, reason="bad_weights")
    return extractor, model
