"""The card of a dataset: licences and sizes as the Hub calls them."""

import pytest

from facelib.export.dataset_card import card, hub_licence
from facelib.export.options import ExportOptions


@pytest.mark.parametrize(
    ("told", "called"),
    [
        ("CC BY 4.0", "cc-by-4.0"),
        (" cc by-nc-sa 3.0 ", "cc-by-nc-sa-3.0"),
        ("CC0", "cc0-1.0"),
        ("cc-by-4.0", "cc-by-4.0"),
        ("Creative Commons Attribution license (reuse allowed)", "cc-by-3.0"),
        ("All rights reserved", "other"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_licences(told: str | None, called: str) -> None:
    assert hub_licence(told) == called


@pytest.mark.parametrize(("count", "size"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10_000, "10K<n<100K")])
def test_sizes(count: int, size: str) -> None:
    row = {"channel_id": "c", "video_id": "v", "clip_id": "x", "n_frames": 50, "fps": 25, "licence": None}
    text = card({"train": [row] * count}, ExportOptions(), features={}, patterns={})
    assert f'size_categories: ["{size}"]' in text
    assert f"{count} items, {count / 30:.1f} min" in text
