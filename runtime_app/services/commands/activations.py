"""Commands that read an activation in a terminal; the key stands there as a variable."""

from __future__ import annotations

import shlex
from datetime import datetime
from urllib.parse import urlencode

from runtime_app.models import Namespace
from runtime_app.services.commands.shell import KEY_VARIABLE, aio, lines, target


def curl_activation(namespace: Namespace, activation_id: str) -> str:
    """`curl` that reads the record. Reference: OpenWhisk docs/rest_api.md, Activations."""
    url = f"{namespace.api_host}/api/v1/namespaces/_/activations/{activation_id}"
    return f'curl -u "{KEY_VARIABLE}" {shlex.quote(url)}'


def list_commands(
    namespace: Namespace, action_path: str = "", since: datetime | None = None
) -> list[tuple[str, str, str]]:
    """Title, command and id of each box on the history's page; the platform filters by these two only."""
    query = {"name": action_path, "since": _epoch_ms(since), "limit": str(min(30, namespace.list_limit))}
    given = urlencode({key: value for key, value in query.items() if value})
    url = f"{namespace.api_host}/api/v1/namespaces/_/activations?{given}"
    parts = ["activation list", *([shlex.quote(action_path)] if action_path else [])]
    parts += [f"--since {_epoch_ms(since)}"] if since else []
    return [
        ("List with curl", f'curl -u "{KEY_VARIABLE}" {shlex.quote(url)}', "activations-curl"),
        ("List with aio", lines(f"{aio(namespace)} {' '.join(parts)}", target(namespace)), "activations-aio"),
    ]


def _epoch_ms(moment: datetime | None) -> str:
    return str(int(moment.timestamp() * 1000)) if moment else ""


def aio_activation(namespace: Namespace, activation_id: str) -> str:
    """`aio rt activation get` against the namespace's own host."""
    return f"{aio(namespace)} activation get {activation_id} {target(namespace)}"
