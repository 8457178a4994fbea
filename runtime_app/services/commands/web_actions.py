"""URLs of actions as commands to paste into a terminal; secrets stand there as variables."""

from __future__ import annotations

import shlex
from typing import Any

from runtime_app.models import Action, Namespace
from runtime_app.models.actions import REQUIRE_AUTH, STARTS_ANNOTATION
from runtime_app.openwhisk.web import SECRET_HEADER
from runtime_app.services.authoring.drafts import PROVIDE_KEY, provides_key
from runtime_app.services.commands.actions import action_url, aio_sequence, file_name
from runtime_app.services.commands.shell import KEY_VARIABLE, aio, as_json, curl_put, lines, target
from runtime_app.services.web_actions.urls import web_place

SECRET_VARIABLE = "$SECRET"  # noqa: S105  (the variable's name)


def curl_call(
    namespace: Namespace,
    action: Action,
    parameters: dict[str, Any],
    *,
    extension: str = "",
    secret: str = SECRET_VARIABLE,
) -> str:
    """`curl` that calls the URL as everybody else would. `secret` in clear stands instead of the variable."""
    url = web_place(namespace, action.path).url + extension
    return lines(
        f"curl -X POST {shlex.quote(url)}",
        *_credentials(action, secret),
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(as_json(parameters))}",
    )


def curl_result(namespace: Namespace, activation_id: str = "$ID") -> str:
    """`curl` that reads the result of what the URL has started, once it has ended."""
    quoted = activation_id if activation_id.startswith("$") else shlex.quote(activation_id)
    url = f"{namespace.api_host}/api/v1/namespaces/_/activations/{quoted}"
    return f'curl -u "{KEY_VARIABLE}" "{url}"'


def aio_result(namespace: Namespace, activation_id: str = "$ID") -> str:
    """`aio rt activation get` for what the URL has started."""
    return lines(f'{aio(namespace)} activation get "{activation_id}"', target(namespace))


def aio_url(namespace: Namespace, action: Action) -> str:
    """`aio rt action get --url`, which prints the URL."""
    return lines(f"{aio(namespace)} action get {shlex.quote(action.path)} --url", target(namespace))


def aio_create_web(namespace: Namespace, action: Action) -> str:
    """`aio rt action create` that makes the web action anew from its code in a file."""
    starts = action.annotations.get(STARTS_ANNOTATION)
    noted = [f"-a {STARTS_ANNOTATION} {shlex.quote(starts)}"] if isinstance(starts, str) else []
    web = f"--web {'raw' if action.is_raw_web else 'true'}"
    if action.is_sequence:
        return lines(aio_sequence(namespace, action.path, action.components), web, *_web_secure(action))
    path, file = shlex.quote(action.path), shlex.quote(file_name(action))
    return lines(
        f"{aio(namespace, changes=True)} action create {path} {file}",
        f"--kind {shlex.quote(action.kind)} {web}",
        *_web_secure(action),
        f"-a {PROVIDE_KEY} {as_json(provides_key(action.annotations))}",
        *noted,
        target(namespace),
    )


def aio_protect(namespace: Namespace, action: Action) -> str:
    """`aio rt action update` that says who may call the URL, as it is now."""
    secure = _web_secure(action) or ["--web-secure false"]
    return lines(
        f"{aio(namespace, changes=True)} action update {shlex.quote(action.path)} --web true",
        *secure,
        target(namespace),
    )


def curl_protect(namespace: Namespace, action: Action) -> str:
    """The same with `curl`."""
    wanted = action.annotations.get(REQUIRE_AUTH, False)
    body = {"annotations": [{"key": REQUIRE_AUTH, "value": wanted}]}
    if action.web_secret_required and not action.wants_key:
        body["annotations"][0]["value"] = SECRET_VARIABLE
    command = curl_put(f"{action_url(namespace, action.path)}?overwrite=true", body)
    # Single quotes would keep the shell from filling in the variable.
    return command.replace(f'"{SECRET_VARIABLE}"', f'"\'"{SECRET_VARIABLE}"\'"')


def _credentials(action: Action, secret: str) -> list[str]:
    if action.wants_key:
        return [f'-u "{KEY_VARIABLE}"']
    if not action.web_secret_required:
        return []
    header = f"{SECRET_HEADER}: {secret}"
    return [f'-H "{header}"' if secret == SECRET_VARIABLE else f"-H {shlex.quote(header)}"]


def _web_secure(action: Action) -> list[str]:
    value = action.annotations.get(REQUIRE_AUTH)
    if value is None or value is False:
        return []
    return ["--web-secure true" if value is True else f'--web-secure "{SECRET_VARIABLE}"']
