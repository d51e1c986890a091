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
}
