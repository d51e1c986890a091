"""``detect``: shot cuts and faces, in one decode of the source."""

from collections.abc import Sequence
from typing import ClassVar

import pyarrow as pa

from facelib.media.grid import GRID_FPS, GridFrame, GridReader
from facelib.media.picture import to_bgr
from facelib.models.detector import KINDS, make
from facelib.models.faces import Faces
from facelib.models.pictures import Picture
from facelib.models.transnetv2 import TransNetV2
from facelib.stages.ahead import Ahead
from facelib.stages.base import Job, Output, Stage
from facelib.stages.detect_params import DetectParams
from facelib.stages.face_rules import EDGES, judge
from facelib.stages.shots import ContentShots, ShotFinder, TransNetShots

FACE = [
    ("frame", pa.int32()),
    ("number", pa.int32()),
    *[(edge, pa.float32()) for edge in EDGES],
    ("score", pa.float32()),
    ("keypoints", pa.list_(pa.float32(), 10)),
]


class Detect(Stage[DetectParams]):
    """Finds shots in every frame and faces in every ``step``-th one.

    A face's keypoints are NULL where the detector gives none. The table ``rejected`` has the boxes of faces that were
    found and not kept.
    """

    name = "detect"
    version = 3
    params_type = DetectParams
    after = ("probe",)
    reads_source = True
    cost = 0.25
    published = ("shots",)
    tables: ClassVar = {
        "shots": pa.schema(
            [
                ("start_frame", pa.int32()),
                ("end_frame", pa.int32()),
                ("start_s", pa.float64()),
                ("end_s", pa.float64()),
            ]
        ),
        "faces": pa.schema(FACE),
        "rejected": pa.schema([*FACE, ("reason", pa.string())]),
    }

    @classmethod
    def models(cls, params: DetectParams) -> tuple[str, ...]:
        """Those of the face detector, and of the shot detector if it has any."""
        return KINDS[params.detector].weights + (("transnetv2",) if params.shot_detector == "transnetv2" else ())

    def open(self) -> None:
        """Load the detectors."""
        params = self.params
        self._detector = make(
            params.detector, self.weights, device=self.device, threads=self.threads, min_face=params.min_face
        )
        self._pictures = self.batch(KINDS[params.detector].batch)
        if params.shot_detector == "transnetv2":
            self._transnet = TransNetV2(self.weights("transnetv2"), device=self.device, threads=self.threads)

    def process(self, job: Job) -> Output:
        """Decode the source once; every frame goes to the shot finder, every ``step``-th to the detector."""
        assert job.source is not None  # noqa: S101 - the runner passes it because of reads_source
        reader = GridReader(job.source, threads=self.threads)
        finder = self._shot_finder()
        output = Output(tables={"faces": [], "rejected": []})
        factor = self.params.shrink(reader.width, reader.height)
        size = (max(2, round(reader.width * factor)), max(2, round(reader.height * factor)))
        with Ahead[range, Picture, Faces](self._find, self._pictures) as work:
            for shown in reader:
                finder.add(shown.index, finder.picture(shown, reader.rotation))
                if looks := self._looks(shown):
                    picture = to_bgr(shown.frame, size=size, rotation=reader.rotation)
                    for done, faces in work.put(looks, picture):
                        self._keep(output, done, faces.scaled(1 / factor), reader)
            for done, faces in work.rest():
                self._keep(output, done, faces.scaled(1 / factor), reader)
        output.tables["faces"] = [row for row in output.tables["faces"] if row["frame"] < reader.n_frames]
        t0 = float(reader.t0)
        output.tables["shots"] = [
            {
                "start_frame": shot.start_frame,
                "end_frame": shot.end_frame,
                "start_s": t0 + shot.start_frame / GRID_FPS,
                "end_s": t0 + shot.end_frame / GRID_FPS,
            }
            for shot in finder.shots(reader.n_frames)
        ]
        output.facts = {
            "n_frames": reader.n_frames,
            "decode_errors": reader.errors,
            "t0_s": t0,
            "step": 1 if self.params.copy_boxes else self.params.every,
            "width": reader.width,
            "height": reader.height,
        }
        output.media_seconds = reader.n_frames / GRID_FPS
        return output

    def _shot_finder(self) -> ShotFinder:
        if self.params.shot_detector == "transnetv2":
            return TransNetShots(self._transnet, self.params.shot_probability, self.params.min_shot_frames)
        return ContentShots(self.params.shot_threshold, self.params.min_shot_frames)

    def _find(self, pictures: list[Picture]) -> Sequence[Faces]:
        floor = min(self.params.noise_score, self.params.min_score)
        return self._detector.detect_batch(pictures, min_score=floor)

    def _looks(self, shown: GridFrame) -> range:
        """The frames of the grid to look at that a source frame shows; often there are none."""
        every = self.params.every
        first = -(-shown.index // every) * every
        return range(first or (every if self.params.skip_first else 0), shown.index + shown.count, every)

    def _keep(self, output: Output, looks: range, faces: Faces, reader: GridReader) -> None:
        copies = self.params.every if self.params.copy_boxes else 1
        for frame in looks:
            judged = judge(frame, faces, (reader.width, reader.height), self.params)
            output.tables["faces"] += [
                row | {"frame": copy} for copy in range(frame, frame + copies) for row in judged.faces
            ]
            output.tables["rejected"] += judged.rejected
            output.rejects += judged.rejects
