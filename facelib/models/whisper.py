"""The encoder of Whisper: speech representations at 50 Hz (Radford et al. 2022, arXiv:2212.04356)."""

from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from facelib.models.hidden_states import DEFAULT_LAYERS, Layers, collect, layer_numbers
from facelib.models.speech_encoder import RATE, SpeechEncoder

WINDOW_S = 30
"""Length of sound that every Whisper reads at once."""


class WhisperEncoder(SpeechEncoder):
    """The encoder of a Whisper of any size.

    It was trained on windows of exactly 30 s and takes nothing else, so longer sound is cut into windows that do not
    see each other, the last one filled up with silence.

    See :class:`SpeechEncoder` for the arguments.
    """

    kind = "whisper"
    options: ClassVar = {"key_mapping": {r"^(model\.)?encoder\.": ""}}

    @staticmethod
    def _types() -> tuple[Any, Any]:
        from transformers import WhisperFeatureExtractor
        from transformers.models.whisper.modeling_whisper import WhisperEncoder as Encoder

        return WhisperFeatureExtractor, Encoder

    @property
    def depth(self) -> int:
        """Number of layers."""
        return len(self._model.layers)

    @property
    def dim(self) -> int:
        """Numbers a step."""
        return int(self._model.config.d_model)

    def features(
        self,
        samples: NDArray[np.int16],
        layers: Layers = DEFAULT_LAYERS,
        *,
        dtype: type[np.floating[Any]] = np.float32,
    ) -> NDArray[Any]:
        """Hidden states of a clip.

        Args:
            samples: (n,) int16 at 16 kHz.
            layers: which of them; 0 is the input of the first layer, ``depth`` the encoder's output.
            dtype: of the result.

        Returns:
            (layers, T, D), 1500 steps for each 30 s begun.

        Raises:
            ModelError: a number is too large for ``dtype``.
            SettingsError: there is no such layer.
        """
        numbers = layer_numbers(layers, self.depth)
        size = WINDOW_S * RATE
        windows = [self._window(samples[first : first + size]) for first in range(0, max(1, len(samples)), size)]
        with self._torch.inference_mode():
            states = [collect(self._model.layers, partial(self._run, window), numbers, dtype) for window in windows]
        return np.concatenate(states, axis=1)

    def _window(self, samples: NDArray[np.int16]) -> Any:
        """(1, mels, 3000): the log-mel spectrogram of at most 30 s."""
        spoken = self._extractor(samples.astype(np.float32) / 32768, sampling_rate=RATE, return_tensors="pt")
        return spoken.input_features.to(self._device.torch_device(), self._dtype)

    def _run(self, window: Any) -> Any:
        """(1, 1500, D): the encoder's output."""
        return self._model(window).last_hidden_state
