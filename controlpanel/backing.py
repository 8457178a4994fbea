"""What the panel stands on, read from the environment: the database and Redis."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import dj_database_url

from controlpanel import keys
from controlpanel.env import Environment

DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss", "unix")

# A message that no worker acknowledged for this long is delivered again: longer than any task may take.
CELERY_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "socket_connect_timeout": 3,
    # Who queues something while Redis is away learns it at once: a person may be waiting, and beat heals it.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
# WAL: readers never wait for the writer. IMMEDIATE with a busy_timeout: writers queue up instead of failing.
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000; "
        "PRAGMA mmap_size=268435456; PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
    ),
}
# Whoever connects or waits for an answer learns within half a minute that the machine is gone.
POSTGRESQL_OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# Requests run in threads that end with them, tasks close what they opened: without a pool each would have the
# server start a process. Who finds none free, or no server, waits for `timeout` seconds. What cannot be made
# is given up soon: as long as the pool tries again, after pauses that double, it makes no other.
POSTGRESQL_POOL = {"min_size": 0, "max_size": 32, "timeout": 5, "reconnect_timeout": 3}


def database(env: Environment, home: Path, threads: int) -> dict[str, Any]:
    """The entry for DATABASES: DATABASE_URL, or SQLite in `home`.

    `threads` of a worker may each need a connection at once.
    """
    default: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(home / "overtime.sqlite3")}
    url = env.env_secret("DATABASE_URL")
    config = (parsed_database(env, url) if url else {}) or default
    if config["ENGINE"].endswith("sqlite3"):
        return {**config, "OPTIONS": {**config.get("OPTIONS", {}), **SQLITE_OPTIONS}}
    pool = {**POSTGRESQL_POOL, "max_size": max(POSTGRESQL_POOL["max_size"], threads + 1)}
    options = {**POSTGRESQL_OPTIONS, **config.get("OPTIONS", {}), "pool": pool}
    return {**config, "ENGINE": "controlpanel.postgresql", "OPTIONS": options}


def parsed_database(env: Environment, url: str) -> dict[str, Any]:
    """DATABASE_URL as Django's settings; empty, and noted as a problem, when it is none."""
    scheme = url.partition("://")[0]
    if scheme not in DATABASE_SCHEMES:
        env.refuse(
            "DATABASE_URL",
            "DATABASE_URL must look like postgres://user:password@host:5432/name or sqlite:////folder/file.sqlite3.",
            "runtime_app.E002",
        )
        return {}
    try:
        config = dict(dj_database_url.parse(url))
    except (ValueError, dj_database_url.ParseError):
        config = {}
    if not config.get("NAME"):
        env.refuse("DATABASE_URL", "DATABASE_URL names no database after the host.", "runtime_app.E002")
        return {}
    return config


def redis_url(env: Environment, keys_dir: Path, port: int) -> str:
    """REDIS_URL, or the address of the embedded server with its generated password."""
    url = env.env_secret("REDIS_URL")
    if url:
        check_redis_url(env, url)
        return url
    password = keys.redis_password(env, keys_dir)
    return f"redis://:{quote(password)}@127.0.0.1:{port}/0"


def check_redis_url(env: Environment, url: str) -> None:
    try:
        parts = urlsplit(url)
        target = parts.path if parts.scheme == "unix" else parts.hostname
        complete = parts.scheme in REDIS_SCHEMES and bool(target)
        _ = parts.port
    except ValueError:
        complete = False
    if not complete:
        sentence = "REDIS_URL must look like redis://:password@host:6379/0, rediss://… or unix:///path."
        env.refuse("REDIS_URL", sentence, "runtime_app.E003")
