"""The models that are measured: how each gets its weights, how it is loaded, and what it does with a clip."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.models import random_weights, work
from benchmarks.models.clip import SyntheticClip
from facelib.models import detector, identity
from facelib.models.detector import KINDS
from facelib.models.device import Device
from facelib.models.registry import Weights

GROWING = (1, 4, 16, 64)
ONE = (1,)
"""The batches of models that take one clip, or one window of it, at a time."""


@dataclass(frozen=True)
class Case:
    """One model.

    Args:
        open: loads it by facelib's own code and says what it does with a clip.
        write: writes its random weights into a folder and names them; None where only the real file can be used.
        needs: names in the registry of weights that must be there.
        unit: what a batch counts.
        batches: sizes, in the order in which they are tried.
        memory_gb: main memory that making, writing and loading it takes; 0 where that is little.
    """

    open: Callable[[Weights, Device, SyntheticClip], work.Work]
    write: Callable[[Path], dict[str, Path]] | None = None
    needs: tuple[str, ...] = ()
    unit: str = "frames"
    batches: tuple[int, ...] = GROWING
    memory_gb: float = 0.0


def _syncnet(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.syncnet import SyncNet

    return work.sync(SyncNet(weights.file("syncnet_v2"), device=device), clip)


def _light_asd(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.light_asd import LightAsd

    return work.speaker(LightAsd(weights.file("light_asd"), device=device), clip)


def _resemblyzer(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.resemblyzer import Resemblyzer

    return work.voice(Resemblyzer(weights.file("resemblyzer"), device=device), clip)


def _transnetv2(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.transnetv2 import TransNetV2

    return work.cuts(TransNetV2(weights.file("transnetv2"), device=device), clip)


def _open_clip(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.open_clip import OpenClip

    return work.pictures(OpenClip(weights.file("open_clip"), device=device).encode_images, clip)


def _hyperiqa(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.pyiqa_metric import HyperIqa

    return work.pictures(HyperIqa(weights.file("hyperiqa"), device=device).score, clip)


def _clipiqa_plus(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.pyiqa_metric import ClipIqaPlus

    model = ClipIqaPlus(weights.file("clip_rn50"), weights.file("clipiqa_plus"), device=device)
    return work.pictures(model.score, clip)


def _hubert(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.hubert import Hubert

    return work.speech(Hubert(weights.file("hubert"), device=device), clip)


def _whisper(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.whisper import WhisperEncoder

    return work.speech(WhisperEncoder(weights.file("whisper"), device=device), clip)


def _landmarks(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
    from facelib.models.insightface_landmarks import InsightfaceLandmarks

    return work.landmarks(InsightfaceLandmarks(weights.file("insightface_1k3d68"), device=device), clip)


def _detector(name: detector.Name, write: Callable[[Path], dict[str, Path]] | None) -> Case:
    def open_(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
        return work.detector(detector.make(name, weights.file, device=device), clip, KINDS[name].long_side)

    return Case(open_, write, () if write else KINDS[name].weights)


def _identity(name: str, write: Callable[[Path], dict[str, Path]] | None) -> Case:
    def open_(weights: Weights, device: Device, clip: SyntheticClip) -> work.Work:
        return work.faces(identity.make(name, weights.file, device), clip)

    needs = (identity.LANDMARKS,) if write else identity.weights_of(name)
    return Case(open_, write, needs, unit="faces")


def _networks() -> dict[str, Callable[[], Any]]:
    from facelib.models import light_asd, mtcnn_networks, syncnet, transnetv2

    return {
        "syncnet_v2": syncnet.network,
        "light_asd": light_asd.network,
        "transnetv2": transnetv2.network,
        "mtcnn_pnet": random_weights.mtcnn_pnet,
        "mtcnn_rnet": mtcnn_networks.refinement_network,
        "mtcnn_onet": mtcnn_networks.output_network,
        "s3fd": random_weights.s3fd,
        "yolov3_face": random_weights.yolov3_face,
    }


def _of(name: str) -> Callable[[Path], dict[str, Path]]:
    return random_weights.state_file(name, _networks()[name])


CASES: dict[str, Case] = {
    "syncnet_v2": Case(_syncnet, _of("syncnet_v2"), unit="windows"),
    "light_asd": Case(_light_asd, _of("light_asd"), batches=(16, 64)),
    "s3fd": _detector("s3fd", _of("s3fd")),
    "mtcnn": _detector("mtcnn", random_weights.several(*map(_of, KINDS["mtcnn"].weights))),
    "yolov3_face": _detector("yolov3_face", _of("yolov3_face")),
    "anime_frcnn": _detector("anime_frcnn", random_weights.anime_frcnn),
    "scrfd": _detector("scrfd", None),
    "facenet_vggface2": _identity("facenet_vggface2", random_weights.facenet("facenet_vggface2")),
    "arcface_ir_se50": _identity("arcface_ir_se50", random_weights.ir_se50),
    "anime_vit_b16": _identity("anime_vit_b16", random_weights.anime_vit_b16),
    "arcface": _identity("arcface", None),
    "insightface_1k3d68": Case(_landmarks, needs=("insightface_1k3d68",)),
    "open_clip": Case(_open_clip, random_weights.open_clip, memory_gb=2),
    "hyperiqa": Case(_hyperiqa, random_weights.hyperiqa),
    "clipiqa_plus": Case(_clipiqa_plus, random_weights.clipiqa_plus, memory_gb=2),
    "hubert": Case(_hubert, random_weights.hubert, unit="clips", batches=ONE, memory_gb=5),
    "whisper": Case(_whisper, random_weights.whisper, unit="clips", batches=ONE, memory_gb=9),
    "resemblyzer": Case(
        _resemblyzer,
        random_weights.state_file("resemblyzer", random_weights.resemblyzer, below="model_state"),
        unit="stretches",
    ),
    "transnetv2": Case(_transnetv2, _of("transnetv2"), unit="clips", batches=ONE),
}
"""The models by name; MTCNN is three networks."""
