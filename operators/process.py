"""One command as a child process in a process group of its own."""

import json
import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

_TAIL_LINES = 20
_POLL_SECONDS = 0.2
# Lines come at once, uncoloured, and are not wrapped.
_PLAIN = {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "1000"}


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code (negative: killed by that signal), its JSON result and its last lines."""

    code: int
    result: dict[str, Any] = field(default_factory=dict)
    tail: tuple[str, ...] = ()


class CommandProcess:
    """Runs one command, passes on its lines and can stop it with all its children.

    Args:
        argv: program and arguments. No shell.
        env: variables added to those of this process.
        grace_seconds: time between SIGTERM and SIGKILL. Airflow kills a task 5 s after it asked it to end, so less.

    Example:
        >>> CommandProcess(["echo", '{"done": 2}']).run(lambda line: None).result
        {'done': 2}
    """

    def __init__(self, argv: Sequence[str], *, env: dict[str, str] | None = None, grace_seconds: float = 3.0) -> None:
        self.argv = list(argv)
        self.grace_seconds = grace_seconds
        self._env = {**os.environ, **_PLAIN, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, on_line: Callable[[str], None]) -> Outcome:
        """Run to the end. The last line that is a JSON object is the result; standard error counts as output.

        Raises:
            OSError: the program cannot be started.
        """
        self._process = process = subprocess.Popen(
            self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=self._env, start_new_session=True,
        )  # fmt: skip
        result: dict[str, Any] = {}
        tail: deque[str] = deque(maxlen=_TAIL_LINES)
        try:
            for line in _lines(process):
                on_line(line)
                tail.append(line)
                result = _json_object(line) or result
            return Outcome(process.wait(), result, tuple(tail))
        finally:
            # Whatever is left: after an exception the command itself, after its end a child that it forgot.
            self.stop()
            if process.stdout:
                process.stdout.close()

    def stop(self) -> None:
        """SIGTERM to the whole group, SIGKILL after the grace. Safe to call from a signal handler, and twice."""
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                deadline = time.monotonic() + self.grace_seconds
                while process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.05)
            os.killpg(process.pid, signal.SIGKILL)


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Lines until the command has ended, even where a child of it keeps the pipe open."""
    if process.stdout is None:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        rest = b""
        while True:
            ended = process.poll() is not None
            if selector.select(timeout=0 if ended else _POLL_SECONDS):
                data = os.read(process.stdout.fileno(), 65536)
                *lines, rest = (rest + data).split(b"\n")
                yield from (line.decode(errors="replace").rstrip("\r") for line in lines)
                if not data:
                    break
            elif ended:
                break
    if rest:
        yield rest.decode(errors="replace")


def _json_object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    # A line of the log, as FACELIB_LOG_FORMAT=json has it, is no result.
    return value if isinstance(value, dict) and not {"level", "message"} <= set(value) else None
