"""Limits on work: what can be interrupted is, and what cannot ends its process, never without a word."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from facelib.stages.watchdog import EXIT_CODE, LimitExceeded, Limits, memory_limit, watched

SHORT = Limits(minutes=0.3 / 60)


def not_called(error: Exception) -> None:
    raise AssertionError(error)


def test_work_within_its_limits_is_left_alone() -> None:
    with watched(Limits(), "detect on x", not_called):
        pass
    assert not any(thread.name == "watchdog" for thread in threading.enumerate())


@pytest.mark.parametrize(
    ("limits", "reason", "words"),
    [
        pytest.param(SHORT, "timed_out", "detect on x took more than 0.005 min", id="time"),
        pytest.param(Limits(memory_share=1e-6), "too_much_memory", "detect on x held", id="memory"),
    ],
)
def test_python_code_is_interrupted(limits: Limits, reason: str, words: str) -> None:
    started = time.monotonic()
    with pytest.raises(LimitExceeded, match=words) as caught, watched(limits, "detect on x", not_called):
        time.sleep(60)
    assert caught.value.reason == reason and caught.value.hint and time.monotonic() - started < 50


STUCK = """
import hashlib, re
from facelib.stages.watchdog import Limits, watched

def waits_for_no_signal():
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2**30)

def keeps_the_lock_of_python():
    re.fullmatch("(a+)+b", "a" * 40)

with watched(Limits(minutes=0.3 / 60, grace_seconds=0.2), "detect on x", lambda error: print(error.reason, flush=True)):
    {work}()
"""


@pytest.mark.parametrize(
    ("work", "code", "told", "words"),
    [
        ("waits_for_no_signal", EXIT_CODE, "timed_out\n", "took more than 0.005 min; the process ends"),
        ("keeps_the_lock_of_python", 1, "", "in keeps_the_lock_of_python"),
    ],
)
def test_code_that_cannot_be_interrupted_ends_the_process(work: str, code: int, told: str, words: str) -> None:
    script = STUCK.replace("{work}", work)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (code, told) and words in ended.stderr


def test_the_memory_of_the_machine_or_container() -> None:
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert 2**27 < memory_limit() <= total * 1.01
