"""What a stage is: one class, typed parameters, a version, and one method.

A stage says which results it reads (``after``), which models it loads (``models``), which tables it makes
(``tables``), and computes them for one video in :meth:`Stage.process`. Everything else — inputs, skipping what exists,
counting, rejects, start markers, quarantine, writing — is done by :mod:`facelib.stages.runner`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from facelib.errors import ModelError
from facelib.models import registry
from facelib.models.device import CPU, GPU_BATCH, Batch, Device
from facelib.models.registry import NOT_FETCHED, Weights
from facelib.store.fingerprint import fingerprint
from facelib.store.results import Result

REJECTS = pa.schema(
    [
        ("kind", pa.string()),
        ("start_frame", pa.int32()),
        ("number", pa.int32()),
        ("reason", pa.string()),
        ("measured", pa.float64()),
        ("threshold", pa.float64()),
        ("unit", pa.string()),
    ]
)


class Params(BaseModel):
    """Parameters of a stage: all that changes its output, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class Reject:
    """A candidate that was dropped: what it was, why, and by how much.

    Args:
        kind: ``face``, ``track`` or ``clip``.
        start_frame: its first frame on the grid.
        number: which of those that start there.
        reason: stable code in snake_case.
        measured: the value that was measured.
        threshold: the value that it was held against.
        unit: of both.
    """

    kind: str
    start_frame: int
    number: int
    reason: str
    measured: float
    threshold: float
    unit: str


@dataclass(frozen=True)
class Job:
    """One video's inputs.

    Args:
        video_id: the video.
        fingerprint: the name of the result that is being computed; ids of clips are made from it.
        source: the source file; for a stage with ``reads_source`` only, else None.
        inputs: the results named in ``after``, by stage.
        media: local paths of the media files of those results, by file name.
        scratch: an empty folder for files on their way into the store, removed afterwards.
    """

    video_id: str
    fingerprint: str
    source: Path | None
    inputs: Mapping[str, Result]
    media: Mapping[str, Path]
    scratch: Path


@dataclass
class Output:
    """What a stage computed for one video.

    Args:
        tables: rows of each table in ``Stage.tables``; a table left out is empty.
        rejects: the candidates that were dropped.
        media: files in ``Job.scratch`` to keep, by the name they shall have.
        facts: single values worth keeping in the head of the result.
        media_seconds: seconds of video that were worked through, for the cost tables.
    """

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    media: dict[str, Path] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    media_seconds: float = 0.0


class Stage(ABC, Generic[P]):
    """Base of all stages.

    Args:
        params: the parameters in force.
        weights: the weights on this machine.
        digests: digests that the weights must have, by model; others are an error.
        device: where models run. Never part of a fingerprint, like the two that follow.
        threads: CPU threads to use; 0 lets each library choose.
        batch: items that a model takes at once; 0 lets each stage choose.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    params_type: ClassVar[type[Params]]
    after: ClassVar[tuple[str, ...]] = ()
    reads_source: ClassVar[bool] = False
    tables: ClassVar[Mapping[str, pa.Schema]]
    published: ClassVar[tuple[str, ...]] = ()
    """Tables of scalars that go to the catalogue; a table ``vectors`` always goes to the index."""
    cost: ClassVar[float]
    """Predicted seconds of compute per second of video on one CPU core, with the default parameters."""

    def __init__(
        self,
        params: P,
        weights: Weights,
        *,
        digests: Mapping[str, str] = MappingProxyType({}),
        device: Device = CPU,
        threads: int = 0,
        batch: int = 0,
    ) -> None:
        self.params = params
        self.device = device
        self.threads = threads
        self._weights = weights
        self._digests = digests
        self._batch = batch
        self._batches_of: dict[int, Batch] = {}

    @classmethod
    def models(cls, params: P) -> tuple[str, ...]:
        """Names in the model registry of the weights that these parameters need."""
        return ()

    @classmethod
    def reads(cls, params: P) -> tuple[str, ...]:
        """The stages whose results these parameters need."""
        return cls.after

    @classmethod
    def predicted(cls, params: P) -> float:
        """Predicted seconds of compute per second of video with these parameters, for the size of shards."""
        return cls.cost

    @classmethod
    def off(cls, params: P) -> bool:
        """Whether these parameters take the stage out of the pipeline."""
        return getattr(params, "model", "") == "none"

    def weights(self, name: str) -> Path:
        """The verified weights of one of :meth:`models`.

        Raises:
            ModelError: they were not fetched, or are not those that the settings in force were planned with.
        """
        path = self._weights.file(name)
        planned = self._digests.get(name)
        if planned and planned != self._weights.digest(name):
            was = "had not been fetched" if planned == NOT_FETCHED else "were others"
            raise ModelError(
                f"the weights of {name} {was} when this shard was planned",
                hint="run 'facelib plan' again on this machine; all machines must have the same weights",
                reason="other_weights",
            )
        return path

    def digest(self, name: str) -> str:
        """sha256 of the weights of one of :meth:`models`."""
        return self._weights.digest(name)

    def missing(self) -> list[str]:
        """Those of :meth:`models` whose weights are not here, or are damaged."""
        return [name for name in self.models(self.params) if self._weights.state(name) != "sound"]

    def batch(self, default: int) -> Batch:
        """How many items a model takes at once: what the user said, else the default, more of them on a GPU.

        The same object each time, so that a batch that was halved once stays so.
        """
        size = self._batch or default * (GPU_BATCH if self.device.is_cuda else 1)
        return self._batches_of.setdefault(default, Batch(size))

    def open(self) -> None:
        """Load models; called once before the first video of a shard."""

    @abstractmethod
    def process(self, job: Job) -> Output:
        """Compute the result for one video.

        Raises:
            Exception: anything raised here puts this video's computation in quarantine and never stops the shard.
        """

    @classmethod
    def fingerprint(
        cls, params: P, revision: str, inputs: list[str], digests: Mapping[str, str] = MappingProxyType({})
    ) -> str:
        """The name of this stage's result under these parameters and weights, from this source and these inputs."""
        return fingerprint(
            revision=revision,
            stage=cls.name,
            version=cls.version,
            params=params.model_dump(mode="json"),
            weights=[digests.get(name) or registry.entry(name).sha256 or NOT_FETCHED for name in cls.models(params)],
            inputs=inputs,
        )
