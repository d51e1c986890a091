"""One video, from the file to measured clips: ``python examples/one_video.py talk.mp4``.

Makes a folder ``talk_facelib`` beside you: ``annotated.mp4``, the video with what was found drawn on it, and ``clips``,
a dataset of mp4 files with a table. Everything runs in this process, with models that are free for any use; they are
fetched at the first run. The collection itself is temporary.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from facelib.catalog.reader import Catalog
from facelib.collection.clip.report import clip_report
from facelib.errors import FacelibError
from facelib.export.annotated import write_annotated
from facelib.export.job import export
from facelib.export.options import ExportOptions
from facelib.ingest import ingest
from facelib.models.fetch import fetch
from facelib.models.identity import KINDS
from facelib.settings import Settings


def main(video: Path) -> None:
    """Work through one video and write the results."""
    if not video.is_file():
        sys.exit(f"there is no file {video}")
    out = Path(f"{video.stem}_facelib")
    if out.exists():
        sys.exit(f"{out} is there already: move it away")
    with TemporaryDirectory() as scratch:
        settings = Settings(profile="lite", store=f"{scratch}/store", work_dir=Path(scratch, "work"))
        fetch(settings.needed_models(), settings.open_weights())

        found = ingest(settings, [str(video)], say=print)
        for reason, count in found["quarantine"].items():
            print(f"not computed: {reason}, {count} times")
        if not found["counts"].get("clips"):
            print(
                f"{found['counts'].get('tracks', 0)} faces were followed, and none is large and long enough for a clip"
            )
            return

        store = settings.open_store()
        with Catalog(store) as catalog:
            clips = catalog.rows("SELECT clip_id, video_id, start_s, end_s FROM clips ORDER BY start_s, number")
            for clip in clips:
                print(f"\n{clip['clip_id']}, {clip['start_s']:.2f} to {clip['end_s']:.2f} s")
                for measure in clip_report(catalog, clip["clip_id"]).measures:
                    if measure.value is not None:
                        print(f"  {measure.table}.{measure.column} = {measure.value}  ({measure.meaning})")

        out.mkdir()
        write_annotated(store, clips[0]["video_id"], out / "annotated.mp4")
        same_person = {kind.weights: kind.same_person for kind in KINDS.values()}
        export(store, "clips", out / "clips", ExportOptions(), same_person=same_person)
    print(f"\n{out}/annotated.mp4 and {len(clips)} clips in {out}/clips")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("which video? python examples/one_video.py VIDEO")
    try:
        main(Path(sys.argv[1]))
    except FacelibError as error:
        sys.exit(f"error: {error}")
