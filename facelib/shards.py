"""Shards on this machine: every stage, one shard after another, or several at a time in processes of their own."""

import multiprocessing
import select
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

from facelib.errors import ModelError, SettingsError
from facelib.models.device import gpu_count
from facelib.settings import Settings
from facelib.stages.commit import commit_shard
from facelib.stages.pipeline import active
from facelib.stages.runner import StageRun
from facelib.stopping import stop_on
from facelib.store import generations
from facelib.store.plans import Shard
from facelib.worker_processes import worker_processes

Watch = Callable[[str, int, str, str], None]
"""Called with (stage, videos in the shard, video_id, outcome) after each video of a stage."""

Say = Callable[[str], None]
"""Called with a line for each problem."""

_LONGEST = select.PIPE_BUF - 4
"""Bytes of a message that a pipe takes as a whole with its length before it, whoever else writes, or is killed then."""


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

    A process takes a GPU of its own and keeps it, so that one device is never shared while another idles. The processes
    end with this one; told to stop, they clear the start marker of what they were at.
    """
    own = gpu_count() if settings.device == "auto" else 1
    processes = min(settings.processes or max(1, own), len(shards))
    if processes <= 1:
        for shard in shards:
            run_shard(settings, shard, watch=watch, say=say)
        return
    hears, tells = multiprocessing.Pipe(duplex=False)
    listener = threading.Thread(target=_listen, args=(hears, watch, say))
    listener.start()
    try:
        with worker_processes(processes, _begin, (settings, tells)) as pool:
            for _ in pool.map(_in_process, shards):
                pass
    finally:
        # The last that can tell something: the listener hears the end.
        tells.close()
        listener.join()
        hears.close()


_began: tuple[Settings, Connection] | None = None


def _begin(settings: Settings, tells: Connection) -> None:
    global _began
    _began = settings, tells


def _in_process(shard: Shard) -> None:
    if _began is None:
        raise RuntimeError("the process was not begun")
    settings, tells = _began

    def tell(*message: str) -> None:
        # Of an owner that was killed nobody listens any more, and this process ends too.
        with suppress(BrokenPipeError):
            tells.send_bytes("\0".join(message).encode()[:_LONGEST])

    with stop_on(signal.SIGINT, signal.SIGTERM):
        run_shard(
            settings,
            shard,
            watch=lambda stage, total, video_id, outcome: tell(stage, str(total), video_id, outcome),
            say=tell,
        )


def _listen(hears: Connection, watch: Watch, say: Say) -> None:
    messages = _messages(hears)
    try:
        for first, *more in messages:
            if more:
                watch(first, int(more[0]), more[1], more[2])
            else:
                say(first)
    finally:
        # Nobody is held up by a full pipe.
        for _ in messages:
            pass


def _messages(hears: Connection) -> Iterator[list[str]]:
    with suppress(EOFError):
        while True:
            yield hears.recv_bytes().decode(errors="ignore").split("\0")


def _told(watch: Watch, stage: str, total: int, video_id: str, outcome: str) -> None:
    watch(stage, total, video_id, outcome)
