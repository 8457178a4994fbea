"""The messages of the init/run protocol, with what becomes `__OW_*` variables in the action's process.

Source: OpenWhisk docs/actions-new.md ("Action Interface") and core/invoker ContainerProxy.scala.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from standalone.clock import now_ms
from standalone.execution.invocation import Invocation


def init_message(invocation: Invocation, directory: Path | None) -> dict[str, Any]:
    """`directory` holds the unpacked archive of a zip action; the code is sent only without it."""
    executable = invocation.executable
    variables = {f"__OW_{key.upper()}": value for key, value in run_context(invocation).items()}
    return {
        "init": {
            "id": invocation.activation_id,
            "code": None if directory else executable.code,
            "directory": str(directory) if directory else None,
            "main": executable.main,
            "concurrent": executable.capacity > 1,
            "env": {**variables, **executable.init_parameters},
        }
    }


def run_message(invocation: Invocation) -> dict[str, Any]:
    return {"run": {"value": invocation.arguments, **run_context(invocation)}}


def run_context(invocation: Invocation) -> dict[str, str]:
    """The fields of `/run` beside `value`; the runner turns each into `__OW_<UPPERCASE>`."""
    executable = invocation.executable
    context = {
        "namespace": invocation.namespace,
        "action_name": f"/{executable.name.path}",
        "action_version": executable.version,
        "activation_id": invocation.activation_id,
        "transaction_id": invocation.transaction_id,
        "deadline": str(now_ms() + executable.timeout_ms),
    }
    if executable.provide_api_key:
        context["api_key"] = invocation.api_key
    return context
