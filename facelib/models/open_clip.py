"""CLIP by open_clip: vectors of pictures and of sentences in one space (Radford et al. 2021)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facelib.distances import unit
from facelib.errors import ModelError
from facelib.models.device import CPU, Device, torch
from facelib.models.faces import Floats
from facelib.models.pictures import Picture

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class OpenClip:
    """Encodes pictures and text.

    Args:
        folder: ``open_clip_config.json`` and the weights beside it, as repositories of open_clip models hold them.
        device: where it runs.

    Raises:
        ModelError: ``bad_weights`` for a folder that is no such model, ``needs_extra`` without torch or open_clip.

    Example:
        >>> clip = OpenClip(Path("files"))  # doctest: +SKIP
        >>> float((clip.encode_images([picture]) @ clip.encode_text(["a face"]).T)[0, 0])  # doctest: +SKIP
        0.24
    """

    metric = "cosine"

    def __init__(self, folder: Path, *, device: Device = CPU) -> None:
        self._torch = torch()
        library = _library()
        name = f"local-dir:{folder}"
        try:
            # The schema reads this folder alone: nothing is downloaded, and only safe formats are loaded.
            model = library.create_model(name, precision="fp32", require_pretrained=True)
            self._tokenizer = library.get_tokenizer(name)
        except Exception as error:  # what a reader raises on bytes of another kind is not defined
            raise ModelError(
                f"{folder} is no open_clip model: {error}",
                hint="fetch it again: facelib models fetch open_clip",
                reason="bad_weights",
            ) from error
        self._device = device
        self._model = model.to(device.torch_device(), device.half).eval()
        self._trained, self._legacy = _trained_transform(model), _legacy_transform(model)

    def encode_images(self, pictures: Sequence[Picture], *, legacy: bool = False) -> Floats:
        """Vectors of pictures.

        Args:
            pictures: each (h, w, 3) BGR, of any size.
            legacy: prepare them as facial-scraper does, see :meth:`prepare`.

        Returns:
            (n, 512) for ViT-B/32, L2-normalised.
        """
        if not pictures:
            return np.zeros((0, 0), np.float32)
        batch = self._torch.stack([self.prepare(picture, legacy=legacy) for picture in pictures])
        with self._torch.inference_mode():
            batch = batch.to(self._device.torch_device(), self._device.half)
            return unit(self._model.encode_image(batch).float().cpu().numpy())

    def encode_text(self, texts: Sequence[str]) -> Floats:
        """Vectors of sentences, (n, 512) for ViT-B/32, L2-normalised; text beyond 77 tokens is cut off."""
        if not texts:
            return np.zeros((0, 0), np.float32)
        with self._torch.inference_mode():
            tokens = self._tokenizer(list(texts)).to(self._device.torch_device())
            return unit(self._model.encode_text(tokens).float().cpu().numpy())

    def prepare(self, picture: Picture, *, legacy: bool = False) -> Any:
        """A BGR picture as the model takes it: a tensor (3, side, side).

        Args:
            picture: (h, w, 3).
            legacy: squash it to the input size and normalise by ImageNet's colours. Otherwise as the model was trained:
                the shorter side to the input size, the middle of the longer one, the model's own colours.
        """
        from PIL import Image

        transform = self._legacy if legacy else self._trained
        return transform(Image.fromarray(np.ascontiguousarray(picture[:, :, ::-1])))


def _library() -> Any:
    try:
        import open_clip
    except ImportError as error:
        raise ModelError(
            "this model needs open_clip, which is not installed",
            hint="pip install 'facelib[full]', or choose a model of the profile lite",
            reason="needs_extra",
        ) from error
    return open_clip


def _trained_transform(model: Any) -> Any:
    from open_clip.transform import PreprocessCfg, image_transform_v2

    return image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)


def _legacy_transform(model: Any) -> Any:
    from torchvision import transforms

    size = model.visual.image_size
    side = (size, size) if isinstance(size, int) else tuple(size)
    steps = [transforms.ToTensor(), transforms.Resize(side), transforms.Normalize(IMAGENET_MEAN, IMAGENET_STD)]
    return transforms.Compose(steps)
