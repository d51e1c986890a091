"""HuBERT: speech representations at 50 Hz (Hsu et al. 2021, arXiv:2106.07447), from any folder that transformers reads.

Long sound needs memory in two places. The convolutions turn a second into megabytes, but see only 25 ms each, so
they run in pieces and give what one pass gives. Attention looks at the whole clip, so no piece of it can be exact; it
runs in one pass by an algorithm whose memory grows with the length, not with its square. What depends on the whole clip
is taken from the whole clip before it is cut: the normalisation of the sound, and the statistics over time of models
whose first convolution has a group norm.

Two minutes of sound take 2.5 GB with a large model (24 layers, 1024 wide) on a CPU, the weights included. There is no
limit to the length, but the time of attention grows with its square: cut what lasts longer than some minutes.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.models.device import Batch
from facelib.models.hidden_states import DEFAULT_LAYERS, Layers, collect, layer_numbers
from facelib.models.speech_encoder import RATE, SpeechEncoder


class Hubert(SpeechEncoder):
    """A HuBERT of any size.

    See :class:`SpeechEncoder` for the arguments.
    """

    kind = "hubert"

    @staticmethod
    def _types() -> tuple[Any, Any]:
        from transformers import HubertModel, Wav2Vec2FeatureExtractor

        return Wav2Vec2FeatureExtractor, HubertModel

    @property
    def depth(self) -> int:
        """Number of layers."""
        return len(self._model.encoder.layers)

    @property
    def dim(self) -> int:
        """Numbers a step."""
        return int(self._model.config.hidden_size)

    def features(
        self,
        samples: NDArray[np.int16],
        layers: Layers = DEFAULT_LAYERS,
        *,
        batch: Batch | None = None,
        dtype: type[np.floating[Any]] = np.float32,
    ) -> NDArray[Any]:
        """Hidden states of a clip.

        Args:
            samples: (n,) int16 at 16 kHz, at least 400.
            layers: which of them; 0 is the input of the first layer, ``depth`` the model's output.
            batch: seconds of sound that the convolutions take at once; 30 by default. Changes memory, not numbers.
            dtype: of the result.

        Returns:
            (layers, T, D), T = floor((n - 400) / 320) + 1.

        Raises:
            ModelError: a number is too large for ``dtype``.
            SettingsError: there is no such layer.
            ValueError: there are too few samples for one step.
        """
        numbers = layer_numbers(layers, self.depth)
        values = self._extractor(samples.astype(np.float32) / 32768, sampling_rate=RATE).input_values[0]
        with self._torch.inference_mode():
            signal = self._torch.from_numpy(np.asarray(values, np.float32))[None, None]
            convolved = self._convolved(signal.to(self._device.torch_device(), self._dtype), batch or Batch(30))
            projected = self._model.feature_projection(convolved)
            encoder = self._model.encoder
            return collect(encoder.layers, lambda: encoder(projected).last_hidden_state, numbers, dtype)

    def _convolved(self, signal: Any, batch: Batch) -> Any:
        """(1, T, C) of the convolutions."""
        config = self._model.config
        kernel, stride = _field(config.conv_kernel, config.conv_stride), prod(config.conv_stride)
        first, *rest = self._model.feature_extractor.conv_layers
        norm = self._group_norm(first, signal, batch) if config.feat_extract_norm == "group" else None

        def run(part: Any) -> Any:
            part = first(part) if norm is None else first.activation(first.conv(part) * norm[0] + norm[1])
            for layer in rest:
                part = layer(part)
            return part

        return self._torch.cat(_in_pieces(run, signal, kernel, stride, batch), dim=-1).transpose(1, 2)

    def _group_norm(self, layer: Any, signal: Any, batch: Batch) -> tuple[Any, Any]:
        """Scale and shift that stand for the first layer's group norm over the whole clip, each (1, C, 1)."""
        kernel, stride = layer.conv.kernel_size[0], layer.conv.stride[0]

        def run(part: Any) -> Any:
            values = layer.conv(part).double()
            return self._torch.stack([values.sum(-1, keepdim=True), (values**2).sum(-1, keepdim=True)])

        steps = (signal.shape[-1] - kernel) // stride + 1
        mean, square = sum(_in_pieces(run, signal, kernel, stride, batch)) / steps
        norm = layer.layer_norm
        scale = norm.weight.double()[None, :, None] / (square - mean**2 + norm.eps).sqrt()
        return scale.to(self._dtype), (norm.bias.double()[None, :, None] - mean * scale).to(self._dtype)


def _in_pieces(run: Callable[[Any], Any], signal: Any, kernel: int, stride: int, batch: Batch) -> list[Any]:
    """Run a convolution on successive parts of a signal whose steps make up those of the whole.

    Args:
        run: takes (1, 1, samples).
        signal: (1, 1, samples).
        kernel, stride: samples that one step sees, and from one step to the next.
        batch: seconds at once.

    Raises:
        ValueError: there are too few samples for one step.
    """
    steps = (signal.shape[-1] - kernel) // stride + 1
    if steps < 1:
        raise ValueError(f"{signal.shape[-1]} samples are fewer than the {kernel} of one step")
    second = RATE // stride

    def together(starts: list[int]) -> list[Any]:
        end = min(steps, starts[-1] + second)
        return [run(signal[..., starts[0] * stride : (end - 1) * stride + kernel])]

    return batch.map(together, range(0, steps, second))


def _field(kernels: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Samples that one step sees: 400 for all published models."""
    field, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        field, step = field + (kernel - 1) * step, step * stride
    return field
