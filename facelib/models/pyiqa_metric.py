"""HyperIQA and CLIP-IQA+ by pyiqa, from weights of the registry: nothing is downloaded, nothing is unpickled."""

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from facelib.errors import ModelError
from facelib.models.device import CPU, Device, torch
from facelib.models.pictures import Picture, blob
from facelib.models.state_dict import fill

CROP, CROPS_A_SIDE = 224, 5
"""HyperIQA looks at 5 by 5 crops of this side, px."""


class Metric(Protocol):
    """A learned quality metric."""

    def score(self, pictures: Sequence[Picture], *, squash: bool = False) -> NDArray[np.float32]:
        """Quality of some pictures.

        Args:
            pictures: each (h, w, 3) BGR, all of one size unless they are squashed.
            squash: force them to 224 by 224 px first, as facial-scraper does.

        Returns:
            (n,), about 0 (bad) to 1 (good).
        """
        ...


class HyperIqa:
    """HyperIQA (Su et al. 2020): the mean over 25 crops of 224 px, spread over the picture.

    The scores are those of pyiqa. Crops that are the same are looked at once: one instead of 25 for a picture of 224 by
    224 px, five where one side is that short.

    Args:
        weights: the state of pyiqa's ``HyperNet`` under the key ``params``.
        device: where it runs.

    Raises:
        ModelError: ``bad_weights`` for another file, ``needs_extra`` without torch or pyiqa.
    """

    def __init__(self, weights: Path, *, device: Device = CPU) -> None:
        self._torch = torch()
        metric = _create("hyperiqa", device, pretrained=False, base_model_name=_backbone())
        with _readable(weights, "hyperiqa"):
            state = self._torch.load(weights, map_location="cpu", weights_only=True)["params"]
            self._net = fill(metric.net, {key.removeprefix("module."): value for key, value in state.items()}, weights)
        self._device = device

    def score(self, pictures: Sequence[Picture], *, squash: bool = False) -> NDArray[np.float32]:
        """See :meth:`Metric.score`."""
        crops, weight = self._crops(_tensor(pictures, self._device, squash))
        with self._torch.inference_mode():
            scores = [self._net.forward_patch(crop).reshape(-1) for crop in crops]
            mean = sum(share * score for share, score in zip(weight, scores, strict=True))
        return np.asarray(mean.cpu().numpy(), np.float32)

    def _crops(self, batch: Any) -> tuple[list[Any], list[float]]:
        """The different crops of a batch, and the share of each in the mean."""
        short = min(batch.shape[2:])
        if short <= CROP:
            scale = (CROP + 1) / short
            batch = self._torch.nn.functional.interpolate(batch, scale_factor=scale, mode="bilinear")
        starts = [_starts(side) for side in batch.shape[2:]]
        crops = [batch[..., top : top + CROP, left : left + CROP] for top, left in product(*starts)]
        return crops, [a * b for a, b in product(*(found.values() for found in starts))]


class ClipIqaPlus:
    """CLIP-IQA+ (Wang et al. 2023): how much nearer a picture is to a learned "good photo" than to a "bad photo".

    Args:
        clip: OpenAI's file ``RN50.pt``.
        prompts: the learned prompts, one tensor.
        device: where it runs.

    Raises:
        ModelError: ``bad_weights`` for other files, ``needs_extra`` without torch or pyiqa.
    """

    def __init__(self, clip: Path, prompts: Path, *, device: Device = CPU) -> None:
        self._torch = torch()
        with _readable(clip, "clip_rn50"):
            metric = _create("clipiqa+", device, pretrained=False, backbone=str(clip))
        with _readable(prompts, "clipiqa_plus"):
            context = self._torch.load(prompts, map_location="cpu", weights_only=True)
            parameter = metric.net.prompt_learner.ctx
            parameter.data.copy_(context.reshape(parameter.shape))
        self._metric, self._device = metric, device

    def score(self, pictures: Sequence[Picture], *, squash: bool = False) -> NDArray[np.float32]:
        """See :meth:`Metric.score`."""
        with self._torch.inference_mode():
            scores = self._metric(_tensor(pictures, self._device, squash)).reshape(-1)
            return np.asarray(scores.cpu().numpy(), np.float32)


def _starts(side: int) -> Mapping[int, float]:
    """Where pyiqa's five crops of a side start, and the share of those that start there."""
    step = (side - CROP) // CROPS_A_SIDE
    starts = [number * step for number in range(CROPS_A_SIDE)]
    return {start: starts.count(start) / CROPS_A_SIDE for start in starts}


def _tensor(pictures: Sequence[Picture], device: Device, squash: bool) -> Any:
    """(n, 3, h, w) RGB, 0..1."""
    module = torch()
    blobs = [blob([picture], rgb=True, std=(255, 255, 255)) for picture in pictures]
    tensors = [module.from_numpy(one).to(device.torch_device()) for one in blobs]
    if squash:
        resize = module.nn.functional.interpolate
        tensors = [resize(one, (CROP, CROP), mode="bilinear", antialias=True).clamp(0, 1) for one in tensors]
    return module.cat(tensors)


def _create(name: str, device: Device, **options: Any) -> Any:
    try:
        import pyiqa
    except ImportError as error:
        raise ModelError(
            "this model needs pyiqa, which is not installed",
            hint="pip install 'facelib[full]', or leave it out of iqa.models",
            reason="needs_extra",
        ) from error
    # pyiqa prints what it loads.
    with contextlib.redirect_stdout(io.StringIO()):
        return pyiqa.create_metric(name, device=device.torch_device(), **options).eval()


def _backbone() -> str:
    """The name of a ResNet-50 in timm that is made without weights: pyiqa asks for others, which it then replaces."""
    import timm

    name = "facelib_resnet50"
    if not timm.is_model(name):

        def facelib_resnet50(pretrained: bool = False, **options: Any) -> Any:
            return timm.create_model("resnet50", pretrained=False, **options)

        timm.models.register_model(facelib_resnet50)
    return name


@contextlib.contextmanager
def _readable(weights: Path, name: str) -> Iterator[None]:
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # what a reader raises on bytes of another kind is not defined
        raise ModelError(
            f"{weights.name} does not hold the weights of {name}: {error}",
            hint=f"fetch it again: facelib models fetch {name}",
            reason="bad_weights",
        ) from error
