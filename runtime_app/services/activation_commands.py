"""Commands that read an activation in a terminal; the key stands there as a variable."""

from __future__ import annotations

import shlex

from runtime_app.models import Namespace

from .shell import KEY_VARIABLE, aio, target


def curl_activation(namespace: Namespace, activation_id: str) -> str:
    """`curl` that reads the record. Reference: OpenWhisk docs/rest_api.md, Activations."""
    url = f"{namespace.api_host}/api/v1/namespaces/_/activations/{activation_id}"
    return f'curl -u "{KEY_VARIABLE}" {shlex.quote(url)}'


def aio_activation(namespace: Namespace, activation_id: str) -> str:
    """`aio rt activation get` against the namespace's own host."""
    return f"{aio(namespace)} activation get {activation_id} {target(namespace)}"
