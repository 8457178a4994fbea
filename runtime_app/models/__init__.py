"""The panel's rows: people, namespaces, cached actions, activations and the audit log."""

from .actions import SYNCHRONOUS_LIMIT_MS, Action, ActionCode, Preset
from .activations import TRIGGER_KIND, Activation, ActivationPayload, Origin, summarize
from .audit import AuditEntry, Verb
from .bulk import BulkLaunch, BulkState
from .calls import UrlCall
from .encryption import CredentialUnreadableError
from .fields import one_line
from .namespaces import Namespace
from .people import Membership, OneTimeLink, Role, User
from .schedules import Missed, Schedule
from .statuses import Status, status_from_record
from .wiring import FEED_ANNOTATION, Package, Rule, RuleOutcome, Trigger

__all__ = [
    "FEED_ANNOTATION",
    "SYNCHRONOUS_LIMIT_MS",
    "TRIGGER_KIND",
    "Action",
    "ActionCode",
    "Activation",
    "ActivationPayload",
    "AuditEntry",
    "BulkLaunch",
    "BulkState",
    "CredentialUnreadableError",
    "Membership",
    "Missed",
    "Namespace",
    "OneTimeLink",
    "Origin",
    "Package",
    "Preset",
    "Role",
    "Rule",
    "RuleOutcome",
    "Schedule",
    "Status",
    "Trigger",
    "UrlCall",
    "User",
    "Verb",
    "one_line",
    "status_from_record",
    "summarize",
]
