"""The addresses of the web server and of its neighbours, read from the environment and checked."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from controlpanel.env import Environment

LOWEST_PORT, HIGHEST_PORT = 1, 65_535
SHORTEST_TOKEN = 16


def listen_host(env: Environment) -> str:
    """HOST: an IP address to listen on, or localhost."""
    host = env.env_str("HOST", "127.0.0.1")
    if host != "localhost":
        try:
            ipaddress.ip_address(host)
        except ValueError:
            env.refuse(
                "HOST", f"HOST must be an IP address or localhost, but it is {host!r}.", "runtime_app.E006"
            )
    return host


def port(env: Environment, name: str, default: int) -> int:
    return env.env_int(name, default, minimum=LOWEST_PORT, maximum=HIGHEST_PORT)


def refuse_shared_ports(env: Environment, ports: dict[str, int]) -> None:
    """Notes a problem when two of the named ports are the same."""
    seen: dict[int, str] = {}
    for name, number in ports.items():
        other = seen.setdefault(number, name)
        if other != name:
            env.refuse(
                name, f"{name} and {other} are both {number}; give them different ports.", "runtime_app.E006"
            )


def allowed_hosts(env: Environment) -> list[str]:
    """ALLOWED_HOSTS: host names without scheme, port or path."""
    hosts = env.env_list("ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]"))
    for host in hosts:
        if "/" in host or " " in host:
            sentence = f"ALLOWED_HOSTS must hold host names only (no https://, no path), but has {host!r}."
            env.refuse("ALLOWED_HOSTS", sentence, "runtime_app.E007")
    return hosts


def trusted_origins(env: Environment) -> list[str]:
    """CSRF_TRUSTED_ORIGINS: scheme and host, as browsers send them in the Origin header."""
    origins = env.env_list("CSRF_TRUSTED_ORIGINS")
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
            sentence = f"CSRF_TRUSTED_ORIGINS must hold origins like https://example.org, but has {origin!r}."
            env.refuse("CSRF_TRUSTED_ORIGINS", sentence, "runtime_app.E007")
    return origins


def metrics_token(env: Environment) -> str:
    """OVERTIME_METRICS_TOKEN, which opens /metrics; empty for none."""
    token = env.env_secret("OVERTIME_METRICS_TOKEN")
    if token and len(token) < SHORTEST_TOKEN:
        sentence = f"OVERTIME_METRICS_TOKEN must have at least {SHORTEST_TOKEN} characters."
        env.refuse("OVERTIME_METRICS_TOKEN", sentence, "runtime_app.E005")
    return token
