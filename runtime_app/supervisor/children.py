"""The table of processes that make the product."""

from __future__ import annotations

import os
import re
import signal
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings

from runtime_app.supervisor import embedded_redis, node
from runtime_app.supervisor.ports import accepts

LOOPBACK = "127.0.0.1"
READY_TIMEOUT_SECONDS = 1
# At its quietest level Redis still greets, says good-bye and recommends kernel settings for large servers.
REDIS_MANNERS = re.compile(
    r"oO0OoO0O|Redis version|Configuration loaded|Server initialized|overcommit_memory|Transparent Huge"
    r"|TCP backlog|Received SIG|User requested shutdown|bye bye|Valkey version"
)
STANDALONE_MANNERS = re.compile(r"^Listening on http")
CELERY_MANNERS = re.compile(r"^worker: (Warm|Cold) shutdown|^\s*$")
WEB_STOP_SECONDS = 1
# Whenever a browser is open, its event stream is cut off at the stop.
WEB_MANNERS = re.compile(r"Cancel \d+ running task")


@dataclass(frozen=True)
class Child:
    """One process of the product.

    `ready` tells whether it answers (None: running is enough). `backing` ones start first and end last.
    `death_signal` is what the kernel sends it when the supervisor is killed: nobody could follow up a polite
    SIGTERM then, so only those get it that must tidy up and are known to be quick. Lines of output that match
    `harmless` are not shown.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] | None = None
    port: int | None = None
    port_variable: str = ""
    host: str = LOOPBACK
    backing: bool = False
    death_signal: signal.Signals = signal.SIGKILL
    harmless: re.Pattern[str] | None = None


def all_children() -> list[Child]:
    """Every process that these settings ask for."""
    children = [worker(), beat(), web()]
    if settings.OVERTIME_STANDALONE:
        children.insert(0, standalone())
    if settings.EMBEDDED_REDIS:
        children.insert(0, redis_server())
    return children


def redis_server() -> Child:
    return Child(
        "redis",
        tuple(embedded_redis.command(settings.OVERTIME_HOME / "redis", settings.REDIS_URL)),
        ready=redis_answers,
        port=settings.REDIS_PORT,
        port_variable="REDIS_PORT",
        backing=True,
        death_signal=signal.SIGTERM,
        harmless=REDIS_MANNERS,
    )


def standalone() -> Child:
    port, folder = str(settings.STANDALONE_PORT), str(settings.OVERTIME_HOME / "standalone")
    place = ("--host", LOOPBACK, "--port", port, "--data", folder)
    return Child(
        "standalone",
        (sys.executable, "-m", "standalone", *settings.OVERTIME_STANDALONE_OPTIONS, *place),
        ready=standalone_answers,
        port=settings.STANDALONE_PORT,
        port_variable="STANDALONE_PORT",
        backing=True,
        death_signal=signal.SIGTERM,
        harmless=STANDALONE_MANNERS,
    )


def worker() -> Child:
    options = ("--pool", "threads", "--concurrency", str(settings.OVERTIME_CONCURRENCY))
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")
    queues = ("--queues", settings.CELERY_TASK_DEFAULT_QUEUE)
    command = (*celery(), "worker", *queues, *options, *quiet)
    return Child("worker", command, harmless=CELERY_MANNERS)


def beat() -> Child:
    return Child("beat", (*celery(), "beat", "--pidfile", "", "--loglevel", "WARNING"))


def celery() -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "--quiet", "--app", "controlpanel")


def web() -> Child:
    address = ("--host", settings.HOST, "--port", str(settings.PORT))
    quiet = ("--log-level", "warning", "--no-access-log", "--no-server-header", "--lifespan", "off")
    # Event streams stay open for ever; they must not hold up the stop.
    stop = ("--timeout-graceful-shutdown", str(WEB_STOP_SECONDS))
    command = (sys.executable, "-m", "uvicorn", "controlpanel.asgi:application", *address, *quiet, *stop)
    return Child(
        "web",
        (*command, *proxy_options()),
        ready=lambda: accepts(reachable_host(), settings.PORT),
        port=settings.PORT,
        port_variable="PORT",
        host=settings.HOST,
        harmless=WEB_MANNERS,
    )


def proxy_options() -> tuple[str, ...]:
    """Whom to believe X-Forwarded-For: nobody by default, because sign-in is throttled per address."""
    trusted = settings.OVERTIME_TRUSTED_PROXIES
    return ("--forwarded-allow-ips", ",".join(trusted)) if trusted else ("--no-proxy-headers",)


def reachable_host() -> str:
    """HOST as an address to connect to: servers that listen everywhere are reached on loopback."""
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104


def redis_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=READY_TIMEOUT_SECONDS) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def standalone_answers() -> bool:
    url = f"http://{LOOPBACK}:{settings.STANDALONE_PORT}/ping"
    try:
        with urllib.request.urlopen(url, timeout=READY_TIMEOUT_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def child_environment() -> dict[str, str]:
    """The variables of every child: ours, with the folders of this environment's programs on PATH."""
    folders = [str(Path(sys.executable).parent), *node.extra_path(), os.environ.get("PATH", os.defpath)]
    return {
        **os.environ,
        "OVERTIME_HOME": str(settings.OVERTIME_HOME),
        "DJANGO_SETTINGS_MODULE": "controlpanel.settings",
        "PATH": os.pathsep.join(folders),
        "PYTHONUNBUFFERED": "1",
    }
