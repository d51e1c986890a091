"""Connections that look whom a name really leads to, before a byte is sent.

A host that may be asked can still resolve to an address inside the network that asks: a router, a metadata service, a
database. What counts is the address of the open connection, since a second look-up may be answered otherwise.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable
from typing import Any


def is_address(host: str) -> bool:
    """Whether a URL's host is an address itself, or this machine by name.

    Example:
        >>> is_address("10.0.0.7"), is_address("[::1]"), is_address("localhost"), is_address("example.org")
        (True, True, True, False)
    """
    return host == "localhost" or _parsed(host) is not None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    Example:
        >>> is_public("8.8.8.8"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.7"), is_public("fd00::1")
        (True, False, False, False)
    """
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return parsed is not None and parsed.is_global and not parsed.is_multicast


def watched_pools(look: Callable[[str, str], None]) -> dict[str, Any]:
    """Connection pools of urllib3, by scheme, that call ``look(host, address)`` for each connection they open.

    What it raises ends the request.
    """
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

    def watched(pool: Any) -> Any:
        class Watched(pool.ConnectionCls):  # type: ignore[misc]
            def _new_conn(self) -> Any:
                connection = super()._new_conn()
                try:
                    look(self.host, connection.getpeername()[0])
                except BaseException:
                    connection.close()
                    raise
                return connection

        return type(f"Watched{pool.__name__}", (pool,), {"ConnectionCls": Watched})

    return {"http": watched(HTTPConnectionPool), "https": watched(HTTPSConnectionPool)}


@functools.lru_cache(maxsize=1024)
def _parsed(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
