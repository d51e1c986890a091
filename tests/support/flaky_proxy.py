"""A TCP proxy on the loopback address that loses connections when a test says so."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

BLOCK = 1 << 16


@dataclass
class FlakyProxy:
    """What happens to connections.

    Args:
        target: port on 127.0.0.1 that is behind it.
        port: its own.
        down: connections are closed at once.
        lose_answers: of so many requests to come the answer never arrives, though they reach the service.
        methods: whose answers are lost.
        cut_after: the next answer longer than this ends after so many bytes.
        connections: how many were made.
    """

    target: int
    port: int = 0
    down: bool = False
    lose_answers: int = 0
    methods: tuple[bytes, ...] = (b"PUT", b"POST")
    cut_after: int | None = None
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def in_front_of(target: int) -> Iterator[FlakyProxy]:
    """Start a proxy on a free port; it is stopped at the end of the block."""
    proxy = FlakyProxy(target)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.port = listener.getsockname()[1]
        threading.Thread(target=_accept, args=(proxy, listener), daemon=True).start()
        yield proxy


def _accept(proxy: FlakyProxy, listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            proxy.connections += 1
            if proxy.down:
                client.close()
            else:
                threading.Thread(target=_serve, args=(proxy, client), daemon=True).start()


def _serve(proxy: FlakyProxy, client: socket.socket) -> None:
    with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", proxy.target)) as server:
        asked: list[bytes] = []
        threading.Thread(target=_up, args=(client, server, asked), daemon=True).start()
        try:
            _down(proxy, client, server, asked)
        finally:
            # The other thread still reads from it, so closing alone would not end the connection.
            client.shutdown(socket.SHUT_RDWR)


def _down(proxy: FlakyProxy, client: socket.socket, server: socket.socket, asked: list[bytes]) -> None:
    sent = 0
    while block := server.recv(BLOCK):
        with proxy.lock:
            lost = proxy.lose_answers > 0 and asked[-1].startswith(proxy.methods) and b" 100 " not in block[:16]
            proxy.lose_answers -= lost
            sent += len(block)
            cut = proxy.cut_after is not None and sent > proxy.cut_after
            proxy.cut_after = None if cut else proxy.cut_after
        if lost or cut:
            return
        client.sendall(block)


def _up(client: socket.socket, server: socket.socket, asked: list[bytes]) -> None:
    with contextlib.suppress(OSError):
        while block := client.recv(BLOCK):
            if block.split(b" ", 1)[0] in (b"GET", b"HEAD", b"PUT", b"POST", b"DELETE"):
                asked.append(block)
            server.sendall(block)
        server.shutdown(socket.SHUT_WR)
