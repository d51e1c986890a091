"""One facelib command as an Airflow task."""

import signal
from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from facelib.errors import ModelError
from operators.lineage import Lineage
from operators.process import CommandProcess, Outcome
from operators.settings import TaskSettings

#: A model's weights are absent: the task is skipped, not failed.
SKIP_CODE = ModelError.exit_code
#: The command line itself is wrong: a retry cannot help.
USAGE_CODE = 2
RESULT_KEY = "result"


class CommandOperator(Lineage, BaseOperator):
    """Runs ``facelib <argv> --json`` as a local process, shows its lines in the task log and returns its JSON result.

    Args:
        argv: arguments after ``facelib``, templated. An argument that renders to nothing is left out.
        returns: name of the result's member that becomes the task's return value, for tasks mapped over it. The whole
            result is then the XCom ``result``.
        limit: at most so many items of a list in ``returns``.

    Exit code 78 (a model's weights are absent) skips the task; 2 (wrong usage) fails it without a retry.
    """

    template_fields: Sequence[str] = ("argv",)
    ui_color = "#e8f0fe"

    def __init__(
        self, *, argv: Sequence[Any], returns: str | None = None, limit: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.argv = argv
        self.returns = returns
        self.limit = limit
        self.result: dict[str, Any] | None = None
        self._process: CommandProcess | None = None

    def execute(self, context: Context) -> Any:
        """Run the command.

        Raises:
            AirflowSkipException: a model's weights are absent.
            AirflowFailException: the command line is wrong.
            AirflowException: the command failed; its last lines are in the message.
        """
        argv = [TaskSettings().executable(), *(str(item) for item in self.argv if str(item)), "--json"]
        self.log.info("$ %s", " ".join(argv))
        self._process = CommandProcess(argv)
        outcome = self._process.run(lambda line: self.log.info("%s", line))
        check(outcome, self.argv)
        self.result = outcome.result
        if self.returns is None:
            return outcome.result
        if self.returns not in outcome.result:
            raise AirflowException(f"facelib {self.argv[0]} gave no {self.returns!r} in its result")
        context["ti"].xcom_push(key=RESULT_KEY, value=outcome.result)
        value = outcome.result[self.returns]
        return value[: self.limit] if self.limit else value

    def on_kill(self) -> None:
        """Stop the command and its children when Airflow stops the task."""
        if self._process is not None:
            self._process.stop()


def check(outcome: Outcome, argv: Sequence[Any]) -> None:
    """Turn an exit code into what Airflow does about it."""
    name = " ".join(["facelib", *(str(item) for item in argv if str(item))])
    lines = [line for line in reversed(outcome.tail) if line.strip()]
    last = next((line for line in lines if line.startswith("error:")), lines[0] if lines else "no output")
    if outcome.code == SKIP_CODE and str(argv[0]) == "run":
        raise AirflowSkipException(f"{name}: {last}")
    if outcome.code == USAGE_CODE:
        raise AirflowFailException(f"{name} was called wrongly: {last}")
    if outcome.code < 0:
        raise AirflowException(f"{name} was killed by {signal.Signals(-outcome.code).name}: {last}")
    if outcome.code:
        raise AirflowException(f"{name} failed with exit code {outcome.code}: {last}")
