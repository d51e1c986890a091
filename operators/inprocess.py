"""One stage on one shard within the process of its task."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from facelib.errors import FacelibError, ModelError
from facelib.stopping import Stopped
from operators.result import ShardTask


class InProcessStageOperator(ShardTask, BaseOperator):
    """Runs a stage by a call, without a process of its own.

    It saves the start of a process; in return, a decoder or a model that crashes takes the task's process with it, and
    memory is given back only when that ends. For tests, small machines and executors that isolate their tasks.

    Args:
        stage: name of the stage, as in ``facelib run``.
        shard: the shard, a path or URL in the store.
    """

    template_fields: Sequence[str] = ("shard",)
    ui_color = "#fef7e0"

    def __init__(self, *, stage: str, shard: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stage = stage
        self.shard = shard

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the stage.

        Raises:
            AirflowSkipException: a model's weights are absent, or the stage is switched off.
            AirflowException: the stage failed, or was told to stop.
        """
        from facelib import settings
        from facelib.stages.runner import StageRun
        from facelib.store import plans

        conf = settings.load()
        store = conf.open_store()
        try:
            batch = plans.read_shard(store, str(self.shard))
            run = StageRun(
                store, batch, self.stage, work_dir=conf.work_dir, progress=self._tell, **conf.stage_options()
            )
            manifest = run.run()
        except FacelibError as error:
            if error.exit_code == ModelError.exit_code:
                raise AirflowSkipException(f"{self.stage} {self.shard}: {error}") from error
            raise AirflowException(f"{self.stage} {self.shard} failed: {error}") from error
        except Stopped as stopped:
            raise AirflowException(f"{self.stage} {self.shard}: {stopped}") from stopped
        return self.take(asdict(manifest))

    def _tell(self, video_id: str, outcome: str) -> None:
        self.log.info("%s %s: %s", self.stage, video_id, outcome)
