"""The panel's rows: people, namespaces, cached actions, activations and the audit log."""

from .actions import SYNCHRONOUS_LIMIT_MS, Action, ActionCode, Preset
from .activations import Activation, ActivationPayload, Origin, summarize
from .audit import AuditEntry, Verb
from .encryption import CredentialUnreadableError
from .fields import one_line
from .namespaces import Namespace
from .people import Membership, OneTimeLink, Role, User
from .statuses import Status, status_from_record

__all__ = [
    "SYNCHRONOUS_LIMIT_MS",
    "Action",
    "ActionCode",
    "Activation",
    "ActivationPayload",
    "AuditEntry",
    "CredentialUnreadableError",
    "Membership",
    "Namespace",
    "OneTimeLink",
    "Origin",
    "Preset",
    "Role",
    "Status",
    "User",
    "Verb",
    "one_line",
    "status_from_record",
    "summarize",
]
