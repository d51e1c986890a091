"""``detect`` with real detectors on real clips: frames, batches, damage, and what the next stage makes of it."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from facelib.models.registry import Weights
from facelib.stages.base import REJECTS, Job, Output
from facelib.stages.detect import Detect
from facelib.stages.detect_params import DetectParams
from facelib.stages.detections_report import write_log
from facelib.stages.probe import Probe, ProbeParams
from facelib.stages.track import Track, TrackParams
from facelib.store import records
from facelib.store.results import Result
from tests.support.pipelines import MODELS, write_film


@pytest.fixture
def found(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """Runs ``detect`` on a video; YuNet, the fastest detector, unless told otherwise."""

    def run(path: Path, *, batch: int = 0, **params: Any) -> Output:
        shared = request.getfixturevalue("shared_weights")
        weights = Weights(MODELS, {"yunet": shared / "yunet_n_dynamic.onnx"})
        chosen = DetectParams(**{"detector": "yunet", "long_side": 192, **params})
        stage = Detect(chosen, weights, threads=1, batch=batch)
        stage.open()
        return stage.process(Job("video", "0" * 16, path, {}, {}, tmp_path))

    return run


def as_result(stage: type[Any], output: Output, params: Any) -> Result:
    tables = {name: records.table(output.tables.get(name, []), schema) for name, schema in stage.tables.items()}
    tables["rejects"] = records.table([vars(reject) for reject in output.rejects], REJECTS)
    head = {"facts": output.facts, "params": params.model_dump(mode="json"), "media": []}
    return Result(stage.name, "video", "0" * 32, head, tables)


def frames(output: Output) -> list[int]:
    return [row["frame"] for row in output.tables["faces"]]


@pytest.fixture(scope="session")
def short_talk(media_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 53 frames of one person who is in view in all of them."""
    path = tmp_path_factory.mktemp("talk") / "talk.mkv"
    copy(media_dir / "talker_a.mp4", path, 53)
    return path


def copy(source: Path, path: Path, count: int, *, spoil_last: bool = False) -> None:
    """The first packets of a video; the bytes of the last one may be replaced."""
    with av.open(str(source)) as given, av.open(str(path), "w") as made:
        stream = given.streams.video[0]
        out = made.add_stream_from_template(stream)
        packets = [packet for packet in given.demux(stream) if packet.dts is not None][:count]
        for number, packet in enumerate(packets):
            if spoil_last and number == len(packets) - 1:
                spoilt = av.Packet(bytes(len(bytes(packet)) // 2))
                spoilt.pts, spoilt.dts, spoilt.time_base = packet.pts, packet.dts, packet.time_base
                packet = spoilt
            packet.stream = out
            made.mux(packet)


@pytest.mark.media
@pytest.mark.parametrize("batch", [1, 4, 7, 100])
def test_frame_numbers_are_right_up_to_the_last_batch(found: Any, short_talk: Path, batch: int) -> None:
    """53 frames, every second one: 27 looks, no multiple of any of these batches but 1."""
    output = found(short_talk, batch=batch, step=2)
    assert output.facts["n_frames"] == 53
    assert frames(output) == list(range(0, 53, 2))
    alone = found(short_talk, batch=1, step=2)
    for one, other in zip(output.tables["faces"], alone.tables["faces"], strict=True):
        assert one["x1"] == pytest.approx(other["x1"], rel=1e-5, abs=1e-3)
        assert one["score"] == pytest.approx(other["score"], abs=1e-5)


@pytest.mark.media
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"step": 10}, range(0, 53, 10)),
        ({"step_s": 0.4}, range(0, 53, 10)),
        ({"step": 10, "skip_first": True}, range(10, 53, 10)),
        ({"step": 2, "copy_boxes": True}, range(53)),
        ({"step": 25, "copy_boxes": True}, range(53)),
        ({"step": 100}, [0]),
        ({"step": 100, "skip_first": True}, []),
        ({"step": 10, "min_score": 1.0, "noise_score": 1.0}, []),
    ],
)
def test_sampling(found: Any, short_talk: Path, params: dict[str, Any], expected: Any) -> None:
    assert frames(found(short_talk, **params)) == list(expected)


@pytest.mark.media
def test_copied_boxes_are_those_of_the_look_before(found: Any, short_talk: Path) -> None:
    rows = found(short_talk, step=2, copy_boxes=True).tables["faces"]
    for looked, copied in zip(rows[::2], rows[1::2], strict=False):
        assert copied == looked | {"frame": looked["frame"] + 1}


@pytest.mark.media
def test_a_picture_that_stands_still_has_its_faces_in_every_look(found: Any, short_talk: Path, tmp_path: Path) -> None:
    """The same talk at one frame a second: each source frame shows in 25 frames of the grid."""
    path = tmp_path / "slow.mkv"
    with av.open(str(short_talk)) as given, av.open(str(path), "w") as made:
        out = made.add_stream("libx264", rate=1)
        out.width, out.height, out.pix_fmt = 256, 256, "yuv420p"
        for number, frame in enumerate(given.decode(video=0)):
            if number < 3:
                small = frame.reformat(256, 256, "yuv420p")
                small.pts, small.time_base = number, Fraction(1)
                made.mux(out.encode(small))
        made.mux(out.encode(None))
    output = found(path, step=5)
    assert frames(output) == list(range(0, output.facts["n_frames"], 5))


@pytest.mark.media
def test_a_broken_last_frame(found: Any, media_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.mkv"
    copy(media_dir / "talker_a.mp4", path, 31, spoil_last=True)
    output = found(path, step=5, batch=4)
    assert frames(output) == [0, 5, 10, 15, 20, 25] + [30] * (output.facts["n_frames"] > 30)
    assert output.facts["n_frames"] in (30, 31)


def test_a_video_without_a_face(found: Any, tmp_path: Path) -> None:
    params = DetectParams(detector="yunet", long_side=192)
    output = found(write_film(tmp_path / "film.mp4", 40))
    assert output.tables["faces"] == [] and output.tables["rejected"] == [] and output.rejects == []
    assert [(row["start_frame"], row["end_frame"]) for row in output.tables["shots"]] == [(0, 40)]
    assert write_log(as_result(Detect, output, params), tmp_path / "out").read_text().count("\n") == 1


@pytest.mark.media
def test_rejected_faces_are_kept_with_their_reason(found: Any, short_talk: Path) -> None:
    output = found(short_talk, step=10, min_side=10_000.0)
    assert output.tables["faces"] == []
    assert [(row["frame"], row["number"], row["reason"]) for row in output.tables["rejected"]] == [
        (reject.start_frame, reject.number, reject.reason) for reject in output.rejects
    ]
    small = [reject for reject in output.rejects if reject.reason == "small_face"]
    assert [(reject.start_frame, reject.threshold) for reject in small] == [(n, 10_000.0) for n in range(0, 53, 10)]


@pytest.mark.media
@pytest.mark.parametrize(("detector", "keypoints"), [("yunet", True), ("faceboxes_v2", False)])
def test_tracks_are_made_with_and_without_keypoints(
    found: Any, short_talk: Path, tmp_path: Path, detector: str, keypoints: bool
) -> None:
    if detector != "yunet" and Weights(MODELS).state(detector) != "sound":
        pytest.skip(f"the weights of {detector} were not fetched")
    params = DetectParams(detector=detector, step=5)  # type: ignore[arg-type]
    output = found(short_talk, detector=detector, long_side=0, step=5)
    probe = Probe(ProbeParams(), Weights(MODELS), threads=1)
    probed = probe.process(Job("video", "0" * 16, short_talk, {}, {}, tmp_path))
    inputs = {
        "probe": as_result(Probe, probed, ProbeParams()),
        "detect": as_result(Detect, output, params),
    }
    assert all((row["keypoints"] is not None) == keypoints for row in inputs["detect"].rows("faces"))
    track = Track(TrackParams(min_face_side=20), Weights(MODELS), threads=1)
    tracked = track.process(Job("video", "0" * 16, short_talk, inputs, {}, tmp_path))
    assert [row["detections"] for row in tracked.tables["tracks"]] == [11]
    rows = as_result(Track, tracked, TrackParams()).rows("boxes")
    assert len(rows) == 53
    assert sum(row["score"] is not None for row in rows) == 11
    assert sum(row["keypoints"] is not None for row in rows) == (11 if keypoints else 0)
