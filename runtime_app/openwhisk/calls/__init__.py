"""The calls of the client, grouped by what they are about."""

from __future__ import annotations

from runtime_app.openwhisk.calls.actions import ActionCalls
from runtime_app.openwhisk.calls.activations import ActivationCalls
from runtime_app.openwhisk.calls.wiring import PackageCalls, RuleCalls, TriggerCalls

__all__ = ["ActionCalls", "ActivationCalls", "PackageCalls", "RuleCalls", "TriggerCalls"]
