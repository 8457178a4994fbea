"""A namespace's limits in the words of people: the settings page's table."""

from __future__ import annotations

import re

from runtime_app.forms.units import in_words
from runtime_app.models import Namespace
from runtime_app.templatetags.figures import size

_BYTES = re.compile(r"(\d{1,15}) B")

# (label, unit, key, key of the lower end or empty), in the platform's keys (core Limits.scala).
_ROWS = (
    ("Launches a minute", "", "invocationsPerMinute", ""),
    ("Running at once", "", "concurrentInvocations", ""),
    ("Trigger fires a minute", "", "firesPerMinute", ""),
    ("Timeout", "ms", "maxActionTimeout", "minActionTimeout"),
    ("Memory", "MB", "maxActionMemory", "minActionMemory"),
    ("Logs of one run", "MB", "maxActionLogs", "minActionLogs"),
    ("Runs in one container", "", "maxActionConcurrency", "minActionConcurrency"),
    ("Parameters of one launch", "", "maxParameterSize", ""),
    ("Containers of one action", "", "maxActionInstances", ""),
)


def limit_rows(namespace: Namespace) -> list[tuple[str, str]]:
    """Label and value of each limit that the runtime told."""
    limits = namespace.limits
    return [
        (label, _range(limits[highest], limits.get(lowest), unit))
        for label, unit, highest, lowest in _ROWS
        if highest in limits
    ]


def _range(highest: object, lowest: object, unit: str) -> str:
    high = _figure(highest, unit)
    return high if lowest is None else f"{_figure(lowest, unit)} to {high}"


def _figure(value: object, unit: str) -> str:
    """The value with its unit; OpenWhisk writes sizes as `1048576 B`. Other foreign text stays as it is."""
    if in_bytes := _BYTES.fullmatch(str(value)):
        return size(int(in_bytes[1]))
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    if unit == "ms":
        return in_words(value)
    return f"{value:,} {unit}".rstrip()
