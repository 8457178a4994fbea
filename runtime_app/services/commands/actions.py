"""What the panel does, as commands to paste into a terminal; secrets stand there as variables."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from runtime_app.models import Action, Namespace
from runtime_app.openwhisk import ActionPath
from runtime_app.services.commands.shell import (
    KEY_VARIABLE,
    aio,
    as_json,
    curl_delete,
    curl_put,
    lines,
    target,
    with_parameters,
)


def action_url(namespace: Namespace, path: str) -> str:
    """The action's address in the REST API."""
    return f"{namespace.api_host}/api/v1/namespaces/_/actions/{ActionPath.parse(path).quoted}"


def curl_invoke(namespace: Namespace, path: str, parameters: dict[str, Any], *, waits: bool = False) -> str:
    """`curl` that launches the action. Reference: OpenWhisk docs/rest_api.md, Actions."""
    url = f"{action_url(namespace, path)}?blocking={'true' if waits else 'false'}"
    return lines(
        f'curl -u "{KEY_VARIABLE}" -X POST {shlex.quote(url)}',
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(as_json(parameters))}",
    )


def aio_invoke(namespace: Namespace, path: str, parameters: dict[str, Any], *, waits: bool = False) -> str:
    """`aio rt action invoke`, which always uses the namespace's key (aio-cli-plugin-runtime README)."""
    start = f"{aio(namespace)} action invoke {shlex.quote(path)}{' -b' if waits else ''}"
    return with_parameters(start, parameters, target(namespace))


def launch_commands(
    namespace: Namespace, path: str, parameters: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """Title, command and id of each box that launches the action without waiting."""
    return [
        ("Launch with curl", curl_invoke(namespace, path, parameters), "launch-curl"),
        ("Launch with aio", aio_invoke(namespace, path, parameters), "launch-aio"),
    ]


def bulk_commands(namespace: Namespace, path: str) -> list[tuple[str, str, str]]:
    """The same for each line of a file `rows.jsonl`, one after the other."""
    url = f"{action_url(namespace, path)}?blocking=false"
    curl = lines(
        f'curl -u "{KEY_VARIABLE}" -X POST {shlex.quote(url)}',
        "  -H 'Content-Type: application/json'",
        '  -d "$row"',
    )
    # aio would read the rest of the rows itself.
    typed = lines(
        f"{aio(namespace)} action invoke {shlex.quote(path)} -P row.json",
        f"  {target(namespace)} < /dev/null",
    )
    loop = 'while read -r row || [ -n "$row" ]; do\n  {}\ndone < rows.jsonl'
    return [
        ("Launch each row with curl", loop.format(curl), "bulk-curl"),
        ("Launch each row with aio", loop.format(f"printf '%s' \"$row\" > row.json\n  {typed}"), "bulk-aio"),
    ]


def aio_update(namespace: Namespace, action: Action) -> str:
    """`aio rt action update` with the action's limits.

    Since plugin 8 it goes to Adobe's deploy service with a sign-in, unless USE_RUNTIME_AUTH is set.
    """
    if action.is_sequence:
        return aio_sequence(namespace, action.path, action.components, exists=True)
    main = [f"--main {shlex.quote(action.main)}"] if action.main else []
    path, file = shlex.quote(action.path), shlex.quote(file_name(action))
    return lines(
        f"{aio(namespace, changes=True)} action update {path} {file}",
        f"--kind {shlex.quote(action.kind)}",
        *main,
        f"-t {action.timeout_ms} -m {action.memory_mb} -l {action.logs_mb} -c {action.concurrency}",
        target(namespace),
    )


def curl_update(namespace: Namespace, action: Action) -> str:
    """`curl` that sets the action's limits, or a sequence's steps, as they are now."""
    body: dict[str, Any] = {"limits": action.limits}
    if action.is_sequence:
        body = {"exec": {"kind": "sequence", "components": action.components}}
    return curl_put(f"{action_url(namespace, action.path)}?overwrite=true", body)


def aio_get(namespace: Namespace, path: str) -> str:
    """`aio rt action get`, which reads the action without its code."""
    return lines(f"{aio(namespace)} action get {shlex.quote(path)}", target(namespace))


def aio_sequence(namespace: Namespace, path: str, components: Sequence[str], *, exists: bool = False) -> str:
    """`aio rt action create --sequence` (`update` when it `exists`)."""
    steps = ",".join(_without_own_namespace(component, namespace) for component in components)
    return lines(
        f"{aio(namespace, changes=True)} action {'update' if exists else 'create'} {shlex.quote(path)}",
        f"--sequence {shlex.quote(steps)}",
        target(namespace),
    )


def _without_own_namespace(component: str, namespace: Namespace) -> str:
    return component.removeprefix(f"/{namespace.name}/").removeprefix("/_/")


def file_name(action: Action) -> str:
    """What the action's code would be called as a file."""
    suffix = {"nodejs": "js", "python": "py"}.get(action.language, "txt")
    return f"{action.name}.{'zip' if action.is_binary else suffix}"


def list_commands(namespace: Namespace) -> list[tuple[str, str, str]]:
    """Title, command and id of each box on the list's page."""
    url = f"{namespace.api_host}/api/v1/namespaces/_/actions"
    return [
        ("List with curl", f'curl -u "{KEY_VARIABLE}" {shlex.quote(url)}', "actions-curl"),
        ("List with aio", lines(f"{aio(namespace)} action list", target(namespace)), "actions-aio"),
    ]


def delete_commands(namespace: Namespace, path: str) -> list[tuple[str, str, str]]:
    """Title, command and id of each box on the page that deletes an action."""
    command = f"{aio(namespace, changes=True)} action delete {shlex.quote(path)}"
    return [
        ("Delete with curl", curl_delete(action_url(namespace, path)), "action-delete-curl"),
        ("Delete with aio", lines(command, target(namespace)), "action-delete-aio"),
    ]


def curl_get(namespace: Namespace, path: str) -> str:
    """`curl` that reads the action without its code."""
    return f'curl -u "{KEY_VARIABLE}" {shlex.quote(action_url(namespace, path) + "?code=false")}'
