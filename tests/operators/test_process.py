import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from operators.process import CommandProcess


def python(body: str) -> list[str]:
    return [sys.executable, "-c", body]


@pytest.mark.parametrize(
    ("body", "code", "result"),
    [
        ("print('{\"done\": 1}')", 0, {"done": 1}),
        ("print('{\"done\": 1}'); print('{\"done\": 2}'); print('bye')", 0, {"done": 2}),
        ("import sys; print('{\"done\": 3}', end=''); sys.exit(5)", 5, {"done": 3}),
        ("print('{not json'); print('[1]'); print('7')", 0, {}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9, {}),
        ("pass", 0, {}),
    ],
)
def test_exit_code_and_last_json_object(body: str, code: int, result: dict[str, int]) -> None:
    outcome = CommandProcess(python(body)).run(lambda line: None)
    assert (outcome.code, outcome.result) == (code, result)


def test_lines_of_both_streams_come_in_order_while_it_runs(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    body = (
        f"import os, sys, time\nprint('a')\nuntil = time.monotonic() + 30\n"
        f"while not os.path.exists({str(heard)!r}) and time.monotonic() < until: time.sleep(0.01)\n"
        f"if os.path.exists({str(heard)!r}): print('b', file=sys.stderr)\nsys.stdout.buffer.write(b'\\xff')"
    )
    seen: list[str] = []

    def hear(line: str) -> None:
        seen.append(line)
        heard.touch()

    outcome = CommandProcess(python(body)).run(hear)
    assert seen == ["a", "b", "\ufffd"] == list(outcome.tail)


def test_runs_in_a_process_group_of_its_own() -> None:
    lines: list[str] = []
    CommandProcess(python("import os; print(os.getpgid(0) == os.getpid())")).run(lines.append)
    assert lines == ["True"]


def test_a_child_that_keeps_the_pipe_open_does_not_hold_up_the_end_and_does_not_survive(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    body = f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(note)!r}, 'w').write(str(p.pid))"
    started = time.monotonic()
    assert CommandProcess(python(body)).run(lambda line: None).code == 0
    assert time.monotonic() - started < 50
    assert gone(int(note.read_text()))


@pytest.mark.parametrize("ignores_term", [False, True])
def test_stop_ends_the_command_and_its_children(tmp_path: Path, ignores_term: bool) -> None:
    note = tmp_path / "pid"
    body = (
        "import signal, subprocess, time\n"
        f"if {ignores_term}: signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "p = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(note)!r}, 'w').write(str(p.pid))\nprint('ready')\ntime.sleep(60)"
    )
    process = CommandProcess(python(body), grace_seconds=0.5)
    started = time.monotonic()
    outcome = process.run(lambda line: threading.Thread(target=process.stop).start() if line == "ready" else None)
    assert outcome.code == (-signal.SIGKILL if ignores_term else -signal.SIGTERM)
    assert time.monotonic() - started < 50
    assert gone(int(note.read_text()))
    process.stop()


def test_an_error_while_it_runs_ends_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    body = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); print('x'); time.sleep(60)"

    def fail(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CommandProcess(python(body), grace_seconds=0.5).run(fail)
    assert gone(int(note.read_text()))


def gone(pid: int) -> bool:
    """Whether a process has ended, within ten seconds; one that nobody waited for counts as ended."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
