"""The process: a listening socket, uvicorn on it, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
import socket
import sqlite3
from collections.abc import Generator

import uvicorn
import uvloop
from starlette.types import ASGIApp

from standalone.http.api import Api
from standalone.http.protocol import Protocol
from standalone.http.routing import Router
from standalone.routes import ROUTES
from standalone.runtime import Runtime
from standalone.settings import Settings
from standalone.steering.handlers import STEERING_ROUTES
from standalone.steering.middleware import Steered

log = logging.getLogger(__name__)
BACKLOG = 2048
CLOSE_SECONDS = 1
OPEN_FILES = 65_536
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class CannotStart(Exception):
    """The message is one sentence for the operator."""


class _Server(uvicorn.Server):
    """Leaves the signals to us: runs must be ended and recorded before connections are closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket. OSError when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


def run(settings: Settings, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT. CannotStart when a program or what is stored cannot be used."""
    _allow_many_open_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, listener))


def _allow_many_open_files() -> None:
    """Each action process takes five descriptors: the usual 1024 would end at two hundred of them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _serve(settings: Settings, listener: socket.socket) -> None:
    stop = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runtime = await _started(settings)
    server = _Server(_config(runtime))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    log.info("Listening on %s, data in %s", settings.api_host, settings.data)
    await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
    await runtime.stop()
    server.should_exit = True
    await serving


async def _started(settings: Settings) -> Runtime:
    try:
        runtime = Runtime(settings)
    except ValueError as error:
        raise CannotStart(str(error)) from error
    try:
        await runtime.start()
    except (sqlite3.Error, OSError) as error:
        raise CannotStart(f"Cannot use what is stored in {settings.data}: {error}.") from error
    return runtime


def _application(runtime: Runtime) -> ASGIApp:
    if runtime.faults is None:
        return Api(runtime, Router(ROUTES))
    api = Api(runtime, Router([*ROUTES, *STEERING_ROUTES]))
    return Steered(api, runtime.faults, runtime.authenticator)


def _config(runtime: Runtime) -> uvicorn.Config:
    return uvicorn.Config(
        _application(runtime),
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        http=Protocol,
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=CLOSE_SECONDS,
    )
