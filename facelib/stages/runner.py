"""Runs one stage on one shard: inputs, skip, markers, quarantine, counts and writes for every stage alike."""

import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facelib.errors import FacelibError, ModelError, SettingsError, StoreError
from facelib.machine_faults import is_machine_fault
from facelib.models.device import CPU, Device
from facelib.models.registry import Weights
from facelib.stages import pipeline
from facelib.stages.base import REJECTS, Job, Output, Stage
from facelib.stages.watchdog import Limits, watched
from facelib.stopping import stop_on
from facelib.store import deny, generations, layout, leases, plans, quarantine, records, results, uploads
from facelib.store.markers import CRASHES, Marker
from facelib.store.objects import Store
from facelib.store.plans import Manifest, Shard
from facelib.store.results import LocalMedia, Result
from facelib.store.uploads import Revision

Progress = Callable[[str, str], None]
"""Called with (video_id, outcome) after each video; outcome is done, skipped, quarantined, blocked or denied."""

MODEL_FAULTS = frozenset({"no_weights", "bad_weights", "other_weights", "needs_extra"})
"""Reasons of model errors that concern the machine, not a video."""


class StageRun:
    """One stage on one shard."""

    def __init__(
        self,
        store: Store,
        shard: Shard,
        stage: str,
        *,
        work_dir: Path,
        weights: Weights,
        device: Device = CPU,
        threads: int = 0,
        batch: int = 0,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        force: bool = False,
        attempt: str = "",
        progress: Progress = lambda video_id, outcome: None,
    ) -> None:
        self._store = store
        self._shard = shard
        self._settings = generations.read(store, shard.generation)
        self._stage: Stage[Any] = pipeline.make(
            stage, self._settings, weights, device=device, threads=threads, batch=batch
        )
        self._before = self._stage.reads(self._stage.params)
        self._work_dir = work_dir
        self._limits = limits
        self._force = force
        self._progress = progress
        self._opened = False
        self._manifest = Manifest(stage=stage, shard=shard.key, attempt=attempt)

    def run(self) -> Manifest:
        """Work through the shard and write the manifest.

        Raises:
            ModelError: the weights of a model are missing; no video is harmed, and the manifest says which.
            Stopped: the process was told to stop.
        """
        started = time.monotonic()
        self._make_work_dir()
        with stop_on(signal.SIGTERM):
            for video_id in self._shard.videos:
                outcome = self._one(video_id)
                if outcome in ("done", "skipped", "quarantined", "blocked"):
                    setattr(self._manifest, outcome, getattr(self._manifest, outcome) + 1)
                self._progress(video_id, outcome)
        self._manifest.seconds = round(time.monotonic() - started, 3)
        for video_id in deny.denied(self._store) & set(self._manifest.video_seconds):
            del self._manifest.video_seconds[video_id]
        plans.write_manifest(self._store, self._manifest)
        return self._manifest

    def _one(self, video_id: str) -> str:
        store, stage = self._store, self._stage
        if deny.is_denied(store, video_id):
            return "denied"
        revision = uploads.revision(store, video_id)
        if revision is None:
            return "blocked"
        names = pipeline.chain(self._settings, revision.digest)
        own = names[stage.name]
        if not self._force and self._existing(stage.name, video_id, own):
            return "skipped"
        if quarantine.find(store, video_id, stage.name, own):
            return "blocked"
        inputs: dict[str, Result] = {}
        for before in self._before:
            found = self._existing(before, video_id, names[before])
            if found is None:
                return "blocked"
            inputs[before] = found
        if not leases.take(store, f"video/{video_id}", self._shard.holder, minutes=self._shard.lease_minutes):
            return "blocked"
        if not self._opened:
            self._open()
        outcome = self._guarded(video_id, own, revision if stage.reads_source else None, inputs)
        if deny.is_denied(store, video_id):
            self._withdraw(video_id, own)
            return "denied"
        return outcome

    def _withdraw(self, video_id: str, name: str) -> None:
        """Take back what was written of a video that came onto the deny list while it was worked on."""
        results.discard(self._store, self._stage.name, video_id, name)
        for folder in (
            layout.quarantine(video_id, self._stage.name, name),
            layout.markers(self._stage.name, video_id, name),
            layout.lease(f"video/{video_id}"),
        ):
            self._store.remove_tree(folder)

    def _open(self) -> None:
        try:
            self._load()
        except ModelError as error:
            self._manifest.not_computed = ": ".join([error.reason, *filter(None, [", ".join(self._stage.missing())])])
            plans.write_manifest(self._store, self._manifest)
            raise
        self._opened = True

    def _load(self) -> None:
        """Load models; a library that is missing or cannot read a file is a model that cannot be had."""
        name = self._stage.name
        try:
            self._stage.open()
        except (FacelibError, MemoryError):
            raise
        except ImportError as error:
            hint = "pip install 'facelib[full]'"
            raise ModelError(f"{name} needs a package: {error}", hint=hint, reason="needs_extra") from error
        except Exception as error:
            message = f"a model of {name} cannot be loaded: {error}"
            raise ModelError(message, hint="facelib models verify", reason="bad_weights") from error

    def _existing(self, stage: str, video_id: str, name: str) -> Result | None:
        try:
            found = results.read(self._store, stage, video_id, name)
        except StoreError:
            results.discard(self._store, stage, video_id, name)
            return None
        if found and results.verify(self._store, found):
            results.discard(self._store, stage, video_id, name)
            return None
        return found

    def _guarded(self, video_id: str, name: str, revision: Revision | None, inputs: dict[str, Result]) -> str:
        stage = self._stage
        marker = Marker(self._store, stage.name, video_id, name)
        if marker.left_over() >= CRASHES:
            message = f"{stage.name} was killed {CRASHES} times while working on {video_id}"
            self._quarantine(video_id, name, "Crash", "crashed", message)
            marker.clear()
            return "quarantined"
        marker.begin()

        def put_aside(error: Exception) -> None:
            reason = error.reason if isinstance(error, FacelibError) else "exception"
            self._quarantine(video_id, name, type(error).__name__, reason, str(error) or type(error).__name__)
            marker.clear()

        try:
            with watched(self._limits, f"{stage.name} on {video_id}", put_aside):
                self._compute(video_id, name, revision, inputs)
        except Exception as error:
            if _ends_shard(error):
                marker.end()
                raise
            put_aside(error)
            return "quarantined"
        except BaseException:
            marker.end()
            raise
        marker.clear()
        return "done"

    def _compute(self, video_id: str, name: str, revision: Revision | None, inputs: dict[str, Result]) -> None:
        source = self._source(video_id, revision) if revision else None
        started = time.monotonic()
        media = LocalMedia(self._store, (file for result in inputs.values() for file in result.media))
        with tempfile.TemporaryDirectory(dir=self._work_dir, prefix=f"{self._stage.name}-") as scratch:
            output = self._stage.process(Job(video_id, name, source, inputs, media, Path(scratch)))
            if deny.is_denied(self._store, video_id):
                return
            self._write(video_id, name, inputs, output)
        self._manifest.video_seconds[video_id] = round(time.monotonic() - started, 3)
        self._count(output)

    def _make_work_dir(self) -> None:
        try:
            self._work_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"cannot make the scratch folder {self._work_dir}: {error.strerror}",
                hint="set FACELIB_WORK_DIR to a folder that you may write to",
                reason="work_dir_unwritable",
            ) from error

    def _source(self, video_id: str, revision: Revision) -> Path:
        if not revision.exists(self._store):
            raise FacelibError(
                f"the source of {video_id} is gone: {revision.place(self._store)}",
                hint="download it again, or put the file back",
                reason="source_gone",
            )
        source = revision.local(self._store)
        if source.stat().st_size != revision.size_bytes:
            raise FacelibError(
                f"the source of {video_id} has changed since it was first read: {source}",
                hint="put the first file back; another file is another upload",
                reason="source_changed",
            )
        return source

    def _write(self, video_id: str, name: str, inputs: dict[str, Result], output: Output) -> None:
        stage = self._stage
        tables = {t: records.table(output.tables.get(t, []), schema) for t, schema in stage.tables.items()}
        tables["rejects"] = records.table([vars(reject) for reject in output.rejects], REJECTS)
        head = {
            "version": stage.version,
            "params": stage.params.model_dump(mode="json"),
            "models": list(stage.models(stage.params)),
            "weights": {model: stage.digest(model) for model in stage.models(stage.params)},
            "inputs": {before: result.fingerprint for before, result in inputs.items()},
            "facts": output.facts,
            "media_seconds": round(output.media_seconds, 3),
        }
        if self._force:
            results.discard(self._store, stage.name, video_id, name)
        results.write(
            self._store,
            stage=stage.name,
            video_id=video_id,
            fingerprint=name,
            head=head,
            tables=tables,
            media=output.media,
        )

    def _count(self, output: Output) -> None:
        self._manifest.media_seconds = round(self._manifest.media_seconds + output.media_seconds, 3)
        for reject in output.rejects:
            self._manifest.rejects[reject.reason] = self._manifest.rejects.get(reject.reason, 0) + 1

    def _quarantine(self, video_id: str, name: str, error: str, reason: str, message: str) -> None:
        quarantine.enter(self._store, video_id, self._stage.name, name, error=error, reason=reason, message=message)
        reasons = self._manifest.quarantine_reasons
        reasons[reason] = reasons.get(reason, 0) + 1


def _ends_shard(error: Exception) -> bool:
    """Whether the task ends, to run again elsewhere, and nothing is held against the video."""
    return is_machine_fault(error) or (isinstance(error, ModelError) and error.reason in MODEL_FAULTS)
