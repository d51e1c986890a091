"""Names that a form can offer without loading anything: of the formats and of the crop policies."""

FORMATS = {
    "clips": "Clips",
    "faces": "Faces",
    "lmdb": "Lmdb",
    "hdf5": "Hdf5",
    "webdataset": "WebDataset",
    "hugging_face": "HuggingFace",
    "facial_scraper": "FacialScraper",
    "talking_face": "TalkingFace",
    "hdtf": "Hdtf",
    "voxceleb2": "VoxCeleb2",
}
"""The class of each format, in the module of ``facelib.export.formats`` that has its name."""

CROPS = (
    *("window", "follow", "lrs", "union", "median", "median_pad", "landmark_union"),
    *("four_sided", "four_sided_square", "vox2"),
)
"""Crop policies that need nothing but the clip: all of ``facelib.media.crop_policies.POLICIES`` except ``given``."""
