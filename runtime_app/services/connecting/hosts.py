"""Which hosts the panel may call.

People type API hosts, and the panel calls them from inside the operator's network; without a check, it would
fetch for anybody what only that network may reach.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings

from runtime_app.openwhisk.hosts import InvalidHost, normalise_api_host

__all__ = ["InvalidHost", "check_host", "may_call", "normalise_api_host"]

Address = IPv4Address | IPv6Address

# Cloud metadata services that are not in the link-local range: AWS over IPv6, Alibaba, Azure.
METADATA_ADDRESSES = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))


def check_host(text: str) -> str:
    """The API host as `scheme://host[:port]`, once its name resolves to addresses the panel may call.

    Raises:
        InvalidHost: it may not be used; the text is one sentence for the form field.
    """
    api_host = normalise_api_host(text)
    parts = urlsplit(api_host)
    host = parts.hostname or ""
    for address in _resolve(host, parts.port or (443 if parts.scheme == "https" else 80)):
        objection = _objection(address)
        if objection:
            raise InvalidHost(f"{host} leads to {address}, {objection}.")
    return api_host


def may_call(address: str) -> bool:
    """Whether connections to this IP address may be used. Asked of open connections, as names may move."""
    return not _objection(_parsed(address))


def _resolve(host: str, port: int) -> set[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidHost(f"The host {host} could not be found; check the spelling.") from error
    return {_parsed(str(entry[4][0])) for entry in found}


def _parsed(text: str) -> Address:
    """The address; the IPv4 address that an IPv6 address stands for, where it does.

    The zone of a link-local IPv6 address is no part of it.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _objection(address: Address) -> str:
    """Why this address may not be called; empty when it may."""
    if address.is_link_local or address in METADATA_ADDRESSES:
        return "an address of the machine's own surroundings, which is never called"
    if address.is_multicast or address.is_unspecified:
        return "which is no address of a single server"
    if address.is_loopback:
        return "" if settings.OVERTIME_ALLOW_LOOPBACK else "this machine; OVERTIME_ALLOW_LOOPBACK is off"
    if not address.is_global and not settings.OVERTIME_ALLOW_PRIVATE_HOSTS:
        return "a private address; OVERTIME_ALLOW_PRIVATE_HOSTS is off"
    return ""
