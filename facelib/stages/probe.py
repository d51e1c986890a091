"""``probe``: is this a video that can be worked with, and what is in it."""

from typing import ClassVar

import pyarrow as pa

from facelib.media.probe import ProbeLimits, probe
from facelib.stages.base import Job, Output, Params, Stage


class ProbeParams(Params, ProbeLimits):
    """Limits outside which an upload goes to quarantine."""


class Probe(Stage[ProbeParams]):
    """Opens the source, decodes one frame and checks it against the limits.

    Raises:
        MediaError: the file cannot be read or is outside a limit; the message names the limit and the value.
    """

    name = "probe"
    version = 1
    params_type = ProbeParams
    reads_source = True
    cost = 0.002
    tables: ClassVar = {
        "video": pa.schema(
            [
                ("container", pa.string()),
                ("duration_s", pa.float64()),
                ("width", pa.int32()),
                ("height", pa.int32()),
                ("fps", pa.float64()),
                ("rotation", pa.int32()),
                ("video_codec", pa.string()),
                ("has_audio", pa.bool_()),
                ("audio_codec", pa.string()),
                ("sample_rate", pa.int32()),
                ("channels", pa.int32()),
                ("size_bytes", pa.int64()),
                ("t0_s", pa.float64()),
                ("interlaced", pa.bool_()),
            ]
        )
    }

    def process(self, job: Job) -> Output:
        """Probe one source file."""
        assert job.source is not None  # noqa: S101 - the runner passes it because of reads_source
        info = probe(job.source, self.params)
        row = {name: getattr(info, name) for name in self.tables["video"].names}
        return Output(tables={"video": [row]}, facts=row, media_seconds=info.duration_s)
