"""A task of the pod operator driven by hand: what Airflow does between its first start and its end."""

import asyncio
import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

Make = Callable[[], Any]
Body = Callable[[str], None]
"""Sets what the command of every pod does before it writes its manifest."""

#: What each pod of these tests runs in place of the facelib command. ``{body}`` comes before the manifest is written.
COMMAND = """\
#!{python}
import json, os, signal, sys, time
from dataclasses import asdict
from facelib.store import plans
from facelib.store.objects import Store
stage, shard, attempt = sys.argv[2], sys.argv[sys.argv.index("--shard") + 1], sys.argv[sys.argv.index("--attempt") + 1]
print(f"{{stage}} begins", flush=True)
manifest = plans.Manifest(stage=stage, shard=shard, done=41, seconds=1.5, rejects={{"small_face": 2}}, attempt=attempt)
{body}
plans.write_manifest(Store(os.environ["FACELIB_STORE"]), manifest)
print(json.dumps(asdict(manifest)), flush=True)
"""


class Instance:
    """One task instance over its tries: what it pushed, and what it keeps between them."""

    def __init__(self, dag_id: str = "clip_pipeline", run_id: str = "manual__2026-01-05", map_index: int = 3) -> None:
        self.dag_id, self.run_id, self.map_index = dag_id, run_id, map_index
        self.task_id = "shard.detect"
        self.try_number = 1
        self.start_date = datetime.now(UTC)
        self.pushed: dict[str, Any] = {}
        self.kept: dict[str, Any] = {}
        self.task: Any = None

    def xcom_push(self, key: str, value: Any) -> None:
        """As a task instance does."""
        self.pushed[key] = value

    def context(self) -> Any:
        """What a task is given."""
        kept = SimpleNamespace(get=self.kept.get, set=self.kept.__setitem__)
        return {"ti": self, "run_id": self.run_id, "dag": SimpleNamespace(), "task_state_store": kept}

    def start(self, make: Make) -> TaskDeferred:
        """The first part of a try: the pod is there, and the task waits."""
        self.task = make()
        try:
            self.task.execute(self.context())
        except TaskDeferred as deferred:
            return deferred
        raise AssertionError("the task did not wait")

    def resume(self, make: Make, deferred: TaskDeferred) -> Any:
        """The rest of a try: the trigger in an event loop of its own, then a new process's operator."""
        while True:
            event = asyncio.run(_first_event(deferred.trigger))
            self.task = make()
            try:
                return self.task.resume_execution(
                    deferred.method_name, {**(deferred.kwargs or {}), "event": event}, self.context()
                )
            except TaskDeferred as again:
                deferred = again

    def run(self, make: Make) -> Any:
        """A whole try."""
        return self.resume(make, self.start(make))


async def _first_event(trigger: Any) -> Any:
    """What a trigger tells, after it went through the database."""
    path, kwargs = trigger.serialize()
    module, _, name = path.rpartition(".")
    again = getattr(importlib.import_module(module), name)(**kwargs)
    async for event in again.run():
        return event.payload
    raise AssertionError("the trigger told nothing")
