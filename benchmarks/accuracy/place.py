"""Where the clips and the weights are that are measured."""

import os
from dataclasses import dataclass
from pathlib import Path

from facelib.errors import SettingsError
from facelib.models.registry import Weights

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_MEDIA = ROOT.parent / "shared" / "media"
MODELS = ROOT / "data" / "models"
BESIDE = {"yunet": "yunet_n_dynamic.onnx", "light_asd": "light_asd_ava.model"}
"""Weights that lie in the folder ``weights`` beside the clips, by model."""


@dataclass(frozen=True)
class Place:
    """The folder of clips, and the weights that are here.

    Args:
        media: folder of clips.
        local: weights that lie elsewhere than in :data:`MODELS`, by model.
    """

    media: Path
    local: dict[str, Path]

    @property
    def weights(self) -> Weights:
        """The weights that are here."""
        return Weights(MODELS, local=self.local)

    def file(self, stem: str) -> Path:
        """A clip by its name without ending."""
        (found,) = (path for path in self.media.iterdir() if path.stem == stem)
        return found

    def has(self, models: tuple[str, ...]) -> bool:
        """Whether the weights of all these models are here and sound."""
        return all(self.weights.state(model) == "sound" for model in models)


def find() -> Place:
    """The folder that FACELIB_TEST_MEDIA names, or the default one. Raises SettingsError when there is none."""
    media = Path(os.environ.get("FACELIB_TEST_MEDIA") or DEFAULT_MEDIA).resolve()
    if not media.is_dir():
        raise SettingsError(
            f"there is no folder of test clips {media}", hint="set FACELIB_TEST_MEDIA", reason="no_test_media"
        )
    beside = {model: media.parent / "weights" / name for model, name in BESIDE.items()}
    return Place(media, {model: path for model, path in beside.items() if path.is_file()})
