"""Connections that look whom they reached before they send anything.

A host name is checked when somebody enters it, but what it resolves to may change a moment later (DNS
rebinding). So the address of the open connection is what decides.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

AddressCheck = Callable[[str], bool]


class ForbiddenAddressError(NewConnectionError):
    """The name led to an address that must not be called; nothing was sent."""


def guarded_pools(may_call: AddressCheck) -> dict[str, type[HTTPConnectionPool]]:
    """Pools by scheme, for a urllib3 PoolManager; their connections close at an address that is refused."""

    class GuardedConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _checked(self, super()._new_conn(), may_call)

    class GuardedTLSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _checked(self, super()._new_conn(), may_call)

    class GuardedPool(HTTPConnectionPool):
        ConnectionCls = GuardedConnection

    class GuardedTLSPool(HTTPSConnectionPool):
        ConnectionCls = GuardedTLSConnection

    return {"http": GuardedPool, "https": GuardedTLSPool}


def _checked(connection: HTTPConnection, sock: socket.socket, may_call: AddressCheck) -> socket.socket:
    address = str(sock.getpeername()[0])
    if may_call(address):
        return sock
    sock.close()
    raise ForbiddenAddressError(connection, f"{address} must not be called.")
