"""Speech, voices and audio features."""

from facelib.models.entry import HubFiles, ModelEntry, PackageFile

ENTRIES: dict[str, ModelEntry] = {
    "silero_vad": ModelEntry(
        task="speech activity",
        profile="lite",
        licence="MIT",
        commercial=True,
        source=PackageFile("silero-vad", "6.2.3", "silero_vad/data/silero_vad_16k_sequence.onnx"),
        homepage="https://github.com/snakers4/silero-vad",
        sha256="9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
        size_bytes=1_246_165,
    ),
    "resemblyzer": ModelEntry(
        task="voice",
        profile="full",
        licence="Apache-2.0",
        commercial=True,
        source=PackageFile("Resemblyzer", "0.1.4", "resemblyzer/pretrained.pt"),
        homepage="https://github.com/resemble-ai/Resemblyzer",
        sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
        size_bytes=17_090_379,
    ),
    "hubert": ModelEntry(
        task="audio features",
        profile="full",
        licence="MIT",
        commercial=True,
        source=HubFiles(
            "TencentGameMate/chinese-hubert-large", ("config.json", "preprocessor_config.json", "pytorch_model.bin")
        ),
        homepage="https://github.com/TencentGameMate/chinese_speech_pretrain",
    ),
    "whisper": ModelEntry(
        task="audio features",
        profile="full",
        licence="Apache-2.0",
        commercial=True,
        source=HubFiles("openai/whisper-large-v2", ("config.json", "preprocessor_config.json", "model.safetensors")),
        homepage="https://huggingface.co/openai/whisper-large-v2",
    ),
}
