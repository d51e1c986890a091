"""Shards on this machine: every stage, one shard after another, or several at a time in processes of their own."""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing.queues import Queue

from facelib.errors import ModelError, SettingsError
from facelib.models.device import gpu_count
from facelib.settings import Settings
from facelib.stages.commit import commit_shard
from facelib.stages.pipeline import active
from facelib.stages.runner import StageRun
from facelib.store import generations
from facelib.store.plans import Shard

Watch = Callable[[str, int, str, str], None]
"""Called with (stage, videos in the shard, video_id, outcome) after each video of a stage."""

Say = Callable[[str], None]
"""Called with a line for each problem."""


def run_shard(settings: Settings, shard: Shard, *, watch: Watch, say: Say) -> None:
    """Run every stage on a shard, then commit it; a stage whose weights are absent is left out and says so."""
    store = settings.open_store()
    total = len(shard.videos)
    for stage in active(generations.read(store, shard.generation)):
        progress = partial(_told, watch, stage.name, total)
        options = settings.stage_options()
        try:
            StageRun(store, shard, stage.name, work_dir=settings.work_dir, progress=progress, **options).run()
        except (ModelError, SettingsError) as error:
            say(f"{stage.name} is not computed: {error}")
    commit_shard(store, shard)


def run_shards(settings: Settings, shards: Sequence[Shard], *, watch: Watch, say: Say) -> None:
    """Run shards, as many at a time as the setting ``processes`` says; by default one a GPU.

    A process takes a GPU of its own and keeps it, so that one device is never shared while another idles.
    """
    own = gpu_count() if settings.device == "auto" else 1
    processes = min(settings.processes or max(1, own), len(shards))
    if processes <= 1:
        for shard in shards:
            run_shard(settings, shard, watch=watch, say=say)
        return
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        told: Queue[tuple[str, ...] | None] = manager.Queue()  # type: ignore[assignment]
        listener = threading.Thread(target=_listen, args=(told, watch, say))
        listener.start()
        try:
            with ProcessPoolExecutor(processes, mp_context=context) as pool:
                for _ in pool.map(partial(_in_process, settings, told), shards):
                    pass
        finally:
            told.put(None)
            listener.join()


def _in_process(settings: Settings, told: "Queue[tuple[str, ...] | None]", shard: Shard) -> None:
    run_shard(
        settings,
        shard,
        watch=lambda stage, total, video_id, outcome: told.put((stage, str(total), video_id, outcome)),
        say=lambda text: told.put((text,)),
    )


def _listen(told: "Queue[tuple[str, ...] | None]", watch: Watch, say: Say) -> None:
    while (message := told.get()) is not None:
        if len(message) == 1:
            say(message[0])
        else:
            watch(message[0], int(message[1]), message[2], message[3])


def _told(watch: Watch, stage: str, total: int, video_id: str, outcome: str) -> None:
    watch(stage, total, video_id, outcome)
