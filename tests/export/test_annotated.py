import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from facelib.cli.annotate import app
from facelib.collection.clip.results import result_of_video
from facelib.errors import SettingsError, StoreError
from facelib.export.annotated import drawn_tracks, write_annotated
from facelib.media.annotate import confidence_color
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.settings import load
from facelib.store.uploads import Revision
from tests.support.export_items import Collection
from tests.support.films import FILMS


def test_tracks_of_a_video_with_the_confidence_of_their_clip(collected: Collection) -> None:
    film = FILMS[3]
    found = [result_of_video(collected.store, film.video_id, stage) for stage in ("track", "syncnet")]
    tracks = drawn_tracks(found[0], found[1])
    assert [track.label.partition(":")[0] for track in tracks] == ["1", "2"]
    for track, face in zip(tracks, film.faces, strict=True):
        assert np.allclose(track.boxes, face.boxes(film.n_frames), atol=0.01)
        assert track.start == 0 and (track.confidence == 5.25).all()
    assert all(np.isnan(track.confidence).all() for track in drawn_tracks(found[0], None))


@pytest.mark.parametrize("film", [FILMS[1], FILMS[2]], ids=lambda film: film.name)
def test_the_video_has_its_length_and_the_box_its_colour(collected: Collection, tmp_path: Path, film: object) -> None:
    video = next(known for known in FILMS if known is film)
    out = tmp_path / "look.mp4"
    assert write_annotated(collected.store, video.video_id, out) == video.n_frames
    told = confidence_color(5.25 if video.sound else np.nan)
    with GridReader(out) as reader:
        pictures = [to_bgr(shown.frame) for shown in reader for _ in range(shown.count)]
    assert len(pictures) == video.n_frames
    for number in (0, video.n_frames - 1):
        _, y1, x2, y2 = video.faces[0].boxes(video.n_frames)[number].round().astype(int)
        seen = pictures[number][y1 + 12 : y2 - 12, x2].mean(axis=0)
        assert np.abs(seen - told).max() < 60


def test_a_source_that_was_let_go_and_a_video_that_is_unknown(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError, match="no video 'nobody'"):
        write_annotated(collected.store, "nobody", tmp_path / "a.mp4")
    monkeypatch.setattr(Revision, "exists", lambda self, store: False)
    with pytest.raises(StoreError, match="let go") as error:
        write_annotated(collected.store, FILMS[0].video_id, tmp_path / "a.mp4")
    assert error.value.reason == "no_source" and not list(tmp_path.iterdir())


def test_the_command(collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_STORE", str(collected.store.root))
    load.cache_clear()
    ran = CliRunner().invoke(app, [FILMS[2].video_id, str(tmp_path / "a.mp4"), "--json"])
    load.cache_clear()
    assert ran.exit_code == 0 and json.loads(ran.stdout) == {"file": str(tmp_path / "a.mp4"), "frames": 36}
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize(
    ("name", "reason"), [("a.mkv", "bad_format"), ("none/a.mp4", "no_folder"), ("store/a.mp4", "in_store")]
)
def test_places_that_the_command_does_not_write_to(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.setenv("FACELIB_STORE", str(collected.store.root))
    load.cache_clear()
    out = collected.store.root / "a.mp4" if reason == "in_store" else tmp_path / name
    ran = CliRunner().invoke(app, [FILMS[2].video_id, str(out)])
    load.cache_clear()
    assert isinstance(ran.exception, SettingsError) and ran.exception.reason == reason
    assert not out.exists()
