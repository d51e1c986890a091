"""``python -m docs.pages.screenshots``: takes the pictures of the dashboard for the documentation anew."""

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image

from facelib.catalog.reader import Catalog
from facelib.store.objects import Store
from tests.support import chromium
from tests.support.dashboard_process import serving

FOLDER = Path(__file__).resolve().parents[1] / "images"
COLOURS = 256
"""Of a picture: it has a third of the bytes of one with all of them; fine shades in photographs become bands."""
MEDIA_MS = 2500
"""Time for posters and charts to be drawn."""
PAGES = {
    "dashboard": "?clip={clip}",
    "dashboard_clip": "clip?id={clip}",
    "dashboard_review": "review",
    "dashboard_people": "people",
    "dashboard_pipeline": "pipeline",
    "dashboard_dataset": "dataset",
}
"""Name of the picture → page."""


def main() -> None:
    """Serve a store, and take every picture."""
    parser = argparse.ArgumentParser(prog="python -m docs.pages.screenshots", description=__doc__)
    parser.add_argument(
        "--store", type=Path, default=Path("data/demo/store"), help="published store, as of 'make demo'"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures go")
    parser.add_argument("--only", choices=list(PAGES), nargs="*", default=list(PAGES), help="pictures to take")
    options = parser.parse_args()
    with Catalog(Store(options.store)) as catalog:
        clip = catalog.rows("SELECT clip_id FROM clips ORDER BY has_audio DESC, face_side DESC, clip_id LIMIT 1")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(options.store, Path(folder)) as running,
        chromium.launched() as browser,
    ):
        for name in options.only:
            address = f"{running.url}/{PAGES[name].format(clip=clip[0]['clip_id'])}"
            with chromium.visiting(browser, address) as page:
                page.wait_for_timeout(MEDIA_MS)
                _write(page.screenshot(), options.folder / f"{name}.png")
            print(f"wrote {options.folder / name}.png")


def _write(picture: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(picture)) as taken:
        taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
