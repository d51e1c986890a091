"""Users of the dashboard without a browser: each holds one session open and asks for page after page."""

import asyncio
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

MAX_MESSAGE = 64 << 20
WAIT_S = 300.0
CLIP = '<article class="clip">'
"""With this the HTML of a clip begins that was found."""


@dataclass
class Load:
    """What users saw.

    Args:
        seconds: from asking for a page to the end of its script, of each view by page.
        cpu_s: time of all processors that the server spent until the next view of any user, of each view by page.
        problems: words of warnings and error boxes.
        memory_mib: resident memory of the server after each share of the views.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    cpu_s: dict[str, list[float]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    memory_mib: list[tuple[int, float]] = field(default_factory=list)


def visit(url: str, pid: int, pages: Sequence[str], *, users: int, views: int, pause: float) -> Load:
    """Let users look at pages, all at once, until each saw its number.

    Args:
        url: of the dashboard, http.
        pid: of its process.
        pages: paths with query; each view takes one of them by chance.
        pause: mean time that a user looks at a page before the next, s.
    """
    load = Load({page: [] for page in pages}, {page: [] for page in pages})
    load.memory_mib.append((0, memory(pid)))
    asyncio.run(_all(url, pid, load, list(pages), users, views, pause))
    return load


def memory(pid: int) -> float:
    """Resident memory of a process, MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


async def _all(url: str, pid: int, load: Load, pages: list[str], users: int, views: int, pause: float) -> None:
    address = _address(url)
    step, seen = max(1, users * views // 10), 0

    async def one(number: int) -> None:
        nonlocal seen
        chance = random.Random(number)
        async with connect(address, max_size=MAX_MESSAGE, subprotocols=["streamlit"], origin=url) as socket:  # type: ignore[list-item,arg-type]
            for _ in range(views):
                page = chance.choice(pages)
                begun, spent = time.perf_counter(), _processor_seconds(pid)
                await asyncio.wait_for(_view(socket, page, load), WAIT_S)
                load.seconds[page].append(time.perf_counter() - begun)
                seen += 1
                if seen % step == 0:
                    load.memory_mib.append((seen, memory(pid)))
                    print(f"{seen} views, {load.memory_mib[-1][1]:.0f} MiB", flush=True)
                await asyncio.sleep(chance.expovariate(1 / pause) if pause else 0)
                load.cpu_s[page].append(_processor_seconds(pid) - spent)

    await asyncio.gather(*(one(number) for number in range(users)))


@dataclass(frozen=True)
class View:
    """What one page took.

    Args:
        first_s: from asking for it to the first clip that was found; None where none came.
        whole_s: to the end of its script.
        cpu_s: time of all processors that the server spent on it.
        problems: words of warnings and error boxes.
    """

    first_s: float | None
    whole_s: float
    cpu_s: float
    problems: tuple[str, ...]


def look(url: str, pid: int, page: str, *, after: int = 0) -> View:
    """Look at a page once, in a session of its own.

    Args:
        url: of the dashboard, http.
        pid: of its process.
        page: path with query.
        after: clips that the page shows before those that were found.
    """
    return asyncio.run(_look(url, pid, page, after))


async def _look(url: str, pid: int, page: str, after: int) -> View:
    load, came = Load(), list[float]()
    async with connect(_address(url), max_size=MAX_MESSAGE, subprotocols=["streamlit"], origin=url) as socket:  # type: ignore[list-item,arg-type]
        begun, spent = time.perf_counter(), _processor_seconds(pid)
        await asyncio.wait_for(_view(socket, page, load, lambda: came.append(time.perf_counter() - begun)), WAIT_S)
        whole, cpu = time.perf_counter() - begun, _processor_seconds(pid) - spent
    return View(came[after] if len(came) > after else None, whole, cpu, tuple(load.problems))


def _processor_seconds(pid: int) -> float:
    """Time of all processors that a process has taken so far, s."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _address(url: str) -> str:
    return url.replace("http", "ws", 1) + "/_stcore/stream"


async def _view(socket: ClientConnection, page: str, load: Load, on_clip: Callable[[], object] = lambda: None) -> None:
    """Ask for a page, and read until its script ended."""
    name, _, query = page.partition("?")
    message = BackMsg()
    message.rerun_script.page_name = name
    message.rerun_script.query_string = query
    message.rerun_script.is_history_navigation = True
    await socket.send(message.SerializeToString())
    while True:
        got = ForwardMsg.FromString(bytes(await socket.recv(decode=False)))
        kind = got.WhichOneof("type")
        element = got.delta.new_element if kind == "delta" else None
        if element and (element.HasField("exception") or element.alert.format in (Alert.ERROR, Alert.WARNING)):
            load.problems.append(f"{page}: {element.alert.body or element.exception.type}")
        if element and CLIP in element.html.body:
            on_clip()
        if kind == "script_finished" and got.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return
