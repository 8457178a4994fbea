"""The OpenWhisk REST client: typed calls in, frozen values or one family of errors out. Knows no Django.

with OpenWhiskClient("https://adobeioruntime.net", "UUID:KEY") as client:
    receipt = client.invoke("my-worker", {"name": "Ada"})
    client.get_activation(receipt.activation_id)  # NotFound until it has ended
"""

from __future__ import annotations

from runtime_app.openwhisk.client import OpenWhiskClient
from runtime_app.openwhisk.errors import (
    NOTHING_THERE,
    BadReply,
    Conflict,
    Forbidden,
    NotFound,
    OpenWhiskError,
    Rejected,
    ServerFault,
    StatusError,
    SummariesOnly,
    Throttled,
    Unauthorized,
    Unreachable,
)
from runtime_app.openwhisk.fields import ShapeError
from runtime_app.openwhisk.hosts import InvalidHost, normalise_api_host
from runtime_app.openwhisk.names import (
    NAME_PATTERN,
    ActionPath,
    InvalidName,
    check_name,
    is_activation_id,
    is_valid_name,
)
from runtime_app.openwhisk.transport import Timeouts
from runtime_app.openwhisk.types import (
    STATUSES,
    ActionLimits,
    ActionSpec,
    ActionSummary,
    ActivationResult,
    ActivationSummary,
    FireReceipt,
    InvokeReceipt,
    NamespaceLimits,
    Parameter,
    RemoteAction,
    RemoteActivation,
    RemotePackage,
    RemoteRule,
    RemoteTrigger,
    RuleOutcome,
    Runtime,
    ServerInfo,
    TriggerRule,
)

__all__ = [
    "NAME_PATTERN",
    "NOTHING_THERE",
    "STATUSES",
    "ActionLimits",
    "ActionPath",
    "ActionSpec",
    "ActionSummary",
    "ActivationResult",
    "ActivationSummary",
    "BadReply",
    "Conflict",
    "FireReceipt",
    "Forbidden",
    "InvalidHost",
    "InvalidName",
    "InvokeReceipt",
    "NamespaceLimits",
    "NotFound",
    "OpenWhiskClient",
    "OpenWhiskError",
    "Parameter",
    "Rejected",
    "RemoteAction",
    "RemoteActivation",
    "RemotePackage",
    "RemoteRule",
    "RemoteTrigger",
    "RuleOutcome",
    "Runtime",
    "ServerFault",
    "ServerInfo",
    "ShapeError",
    "StatusError",
    "SummariesOnly",
    "Throttled",
    "Timeouts",
    "TriggerRule",
    "Unauthorized",
    "Unreachable",
    "check_name",
    "is_activation_id",
    "is_valid_name",
    "normalise_api_host",
]
