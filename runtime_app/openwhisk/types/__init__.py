"""Frozen values read from the API's JSON. Reading raises ShapeError; the client makes BadReply of it."""

from __future__ import annotations

from runtime_app.openwhisk.types.actions import (
    ActionLimits,
    ActionSpec,
    ActionSummary,
    Parameter,
    RemoteAction,
)
from runtime_app.openwhisk.types.activations import (
    STATUSES,
    ActivationBase,
    ActivationResult,
    ActivationSummary,
    FireReceipt,
    InvokeReceipt,
    RemoteActivation,
    RuleOutcome,
)
from runtime_app.openwhisk.types.server import NamespaceLimits, Runtime, ServerInfo
from runtime_app.openwhisk.types.wiring import RemotePackage, RemoteRule, RemoteTrigger, TriggerRule

__all__ = [
    "STATUSES",
    "ActionLimits",
    "ActionSpec",
    "ActionSummary",
    "ActivationBase",
    "ActivationResult",
    "ActivationSummary",
    "FireReceipt",
    "InvokeReceipt",
    "NamespaceLimits",
    "Parameter",
    "RemoteAction",
    "RemoteActivation",
    "RemotePackage",
    "RemoteRule",
    "RemoteTrigger",
    "RuleOutcome",
    "Runtime",
    "ServerInfo",
    "TriggerRule",
]
