"""How commands for a terminal are put together; the namespace's key stands in them as a variable."""

from __future__ import annotations

import json
import shlex
from typing import Any

from runtime_app.models import Namespace

KEY_VARIABLE = "$AUTH"
# Without it `aio` sends what changes entities to Adobe's deploy service with a sign-in
# (aio-cli-plugin-runtime README, 8.0.0).
OWN_KEY = "USE_RUNTIME_AUTH=1"


def lines(*parts: str) -> str:
    """One command over several lines."""
    return " \\\n  ".join(parts)


def aio(namespace: Namespace, *, changes: bool = False) -> str:
    """How an `aio rt` command begins; `changes` for one that creates, changes or deletes an entity.

    The CLI has no flag for the namespace and does not go without one (aio-lib-runtime, `init`), so it stands
    in the environment.
    """
    own_key = f"{OWN_KEY} " if changes else ""
    return f"{own_key}AIO_RUNTIME_NAMESPACE={shlex.quote(namespace.name)} aio rt"


def target(namespace: Namespace) -> str:
    """The flags of `aio rt` that say which namespace is meant."""
    return f'--apihost {shlex.quote(namespace.api_host)} --auth "{KEY_VARIABLE}"'


def environment(namespace: Namespace) -> str:
    """The same for commands that do not take those flags: `package delete` has none, and `trigger fire`,
    `trigger list` and `rule list` expect no value after them once the plugin has loaded `property get`,
    which turns the flags that they share into switches (aio-cli-plugin-runtime 8.1.0, property/get.js)."""
    return f'AIO_RUNTIME_APIHOST={shlex.quote(namespace.api_host)} AIO_RUNTIME_AUTH="{KEY_VARIABLE}"'


def curl_put(url: str, body: object) -> str:
    """`curl` that creates or changes the entity at `url`."""
    return lines(
        f'curl -u "{KEY_VARIABLE}" -X PUT {shlex.quote(url)}',
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(as_json(body))}",
    )


def curl_delete(url: str) -> str:
    """`curl` that deletes the entity at `url`."""
    return f'curl -u "{KEY_VARIABLE}" -X DELETE {shlex.quote(url)}'


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def with_parameters(start: str, parameters: dict[str, Any], *rest: str) -> str:
    """An `aio` command that hands these parameters over: after `start`, before `rest`.

    `-p` takes true, false, objects and arrays as such, all else as text (aio-lib-runtime, `safeParse`).
    Where there is another value, all go in as a file.
    """
    if all(_fits(key) and _fits(value) for key, value in parameters.items()):
        return lines(start, *(option(key, value) for key, value in parameters.items()), *rest)
    piped = f"printf '%s' {shlex.quote(as_json(parameters))} |"
    return f"{piped}\n{lines(start, '-P /dev/stdin', *rest)}"


def option(key: str, value: object) -> str:
    """`-p KEY VALUE`, for a value that fits."""
    text = value if isinstance(value, str) else as_json(value)
    return f"-p {shlex.quote(key)} {shlex.quote(text)}"


def _fits(value: object) -> bool:
    """Whether `-p` hands the value over as it is."""
    if not isinstance(value, str):
        return isinstance(value, bool | dict | list)
    # What begins with a dash would be taken for a flag.
    return value not in ("true", "false") and not value.startswith(("{", "[", "-"))
