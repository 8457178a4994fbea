"""Asking the runtime itself how it is, from a terminal; the key stands there as a variable."""

from __future__ import annotations

import shlex
from datetime import timedelta

from django.utils import timezone

from runtime_app.models import Namespace
from runtime_app.services.commands.shell import KEY_VARIABLE, aio, lines, target

COUNTED = timedelta(hours=24)


def check_commands(namespace: Namespace) -> list[tuple[str, str, str]]:
    """Title, command and id of each box: what the namespace may do, the newest record, and how many a day."""
    since = int((timezone.now() - COUNTED).timestamp() * 1000)
    place = f"{namespace.api_host}/api/v1/namespaces/_"
    listing = f"{aio(namespace)} activation list"
    return [
        ("Its limits with curl", _get(f"{place}/limits"), "limits-curl"),
        ("What it knows with aio", lines(f"{aio(namespace)} list", target(namespace)), "namespace-aio"),
        ("The newest record with curl", _get(f"{place}/activations?limit=1"), "newest-curl"),
        ("The newest record with aio", lines(f"{listing} --limit 1", target(namespace)), "newest-aio"),
        (
            "Records of 24 hours with curl",
            _get(f"{place}/activations?count=true&since={since}"),
            "count-curl",
        ),
        (
            "Records of 24 hours with aio",
            lines(f"{listing} --count --since {since}", target(namespace)),
            "count-aio",
        ),
    ]


def probe_commands(address: str) -> list[tuple[str, str, str]]:
    """Asking this panel how it is. `address` is where it is reached, without a slash at its end."""
    return [
        ("Does it answer?", f"curl -f {shlex.quote(f'{address}/healthz')}", "healthz-curl"),
        ("Can it work?", f"curl -f {shlex.quote(f'{address}/readyz')}", "readyz-curl"),
    ]


def _get(url: str) -> str:
    return f'curl -u "{KEY_VARIABLE}" {shlex.quote(url)}'
