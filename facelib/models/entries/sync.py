"""Lip sync and active speakers."""

from facelib.models.entry import HttpFile, ModelEntry

ENTRIES: dict[str, ModelEntry] = {
    "syncnet_v2": ModelEntry(
        task="lip sync",
        profile="full",
        licence="none stated for the weights (the authors' code is MIT)",
        commercial=False,
        source=HttpFile("https://www.robots.ox.ac.uk/~vgg/software/lipsync/data/syncnet_v2.model"),
        homepage="https://github.com/joonson/syncnet_python",
    ),
    "light_asd": ModelEntry(
        task="active speaker",
        profile="full",
        licence="MIT",
        commercial=True,
        source=HttpFile(
            "https://raw.githubusercontent.com/Junhua-Liao/Light-ASD/ed38c232de5efe0261dbd68627c0ade7cdfe14eb/weight/pretrain_AVA_CVPR.model"
        ),
        homepage="https://github.com/Junhua-Liao/Light-ASD",
        sha256="d44bc3ea7baa8e0946fa3921311714a630ed8b90a1928fab0dbe30d918909317",
        size_bytes=4_175_289,
    ),
}
