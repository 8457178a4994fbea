"""The life of an activation: one enum that holds value, label, icon, explanation and which states are final.

queued ─► sending ─► pending ─► success | application error | developer error | timed out | internal error
  │          │          └─────► not reported ─(a late record)─► any of the five
  │          ├────────────────► unknown ─────(found by a sweep)─► any of the five
  │          ├────────────────► refused
  │          └────────────────► nobody listening (a fire that no active rule heard)
  └───────────────────────────► cancelled
"""

from __future__ import annotations

from django.db import models


class Status(models.TextChoices):
    """Where an activation stands, in the words people see."""

    QUEUED = "queued", "Queued here"
    SENDING = "sending", "Sending"
    PENDING = "pending", "Pending"
    SUCCESS = "success", "Success"
    APPLICATION_ERROR = "application_error", "Application error"
    DEVELOPER_ERROR = "developer_error", "Developer error"
    TIMED_OUT = "timed_out", "Timed out"
    INTERNAL_ERROR = "internal_error", "Internal error"
    NOT_REPORTED = "not_reported", "Not reported"
    UNKNOWN = "unknown", "Unknown"
    REFUSED = "refused", "Refused"
    CANCELLED = "cancelled", "Cancelled"
    NO_RULE = "no_rule", "Nobody listening"

    @property
    def tone(self) -> str:
        """The CSS class suffix of this state's colours."""
        return self.value.replace("_", "-")

    @property
    def icon(self) -> str:
        """The id of this state's symbol in the icon sprite."""
        return f"status-{self.tone}"

    @property
    def is_final(self) -> bool:
        """Whether waiting is over; a late record still replaces `not reported` and `unknown`."""
        return self in FINAL

    @property
    def is_reported(self) -> bool:
        """Whether the platform's own record decided this state, so that nothing may change it any more."""
        return self in REPORTED

    @property
    def explanation(self) -> str:
        """One sentence for people who meet this state for the first time."""
        return _EXPLANATIONS[self]

    @property
    def explanation_of_fire(self) -> str:
        """The same for a fire of a trigger."""
        return _FIRE_EXPLANATIONS.get(self, self.explanation)


REPORTED = frozenset(
    {
        Status.SUCCESS,
        Status.APPLICATION_ERROR,
        Status.DEVELOPER_ERROR,
        Status.TIMED_OUT,
        Status.INTERNAL_ERROR,
    }
)
FINAL = REPORTED | {
    Status.NOT_REPORTED,
    Status.UNKNOWN,
    Status.REFUSED,
    Status.CANCELLED,
    Status.NO_RULE,
}
UNFINISHED = frozenset(Status) - FINAL
ACCEPTS_RECORD = frozenset({Status.SENDING, Status.PENDING, Status.NOT_REPORTED, Status.UNKNOWN})

_EXPLANATIONS = {
    Status.QUEUED: "Waiting in Overtime; nothing has been sent to the runtime yet.",
    Status.SENDING: "The request is on its way to the runtime.",
    Status.PENDING: "The runtime accepted the job; its record appears when it has ended.",
    Status.SUCCESS: "The action returned a result.",
    Status.APPLICATION_ERROR: "The action ran and answered with an error of its own.",
    Status.DEVELOPER_ERROR: "The action could not start, crashed or returned no JSON object.",
    Status.TIMED_OUT: "The runtime stopped the action at its time limit.",
    Status.INTERNAL_ERROR: "The platform failed, not the action.",
    Status.NOT_REPORTED: "No record came within the time limit; one that arrives later is shown here.",
    Status.UNKNOWN: "The answer was lost: it may or may not have begun, and is never sent again.",
    Status.REFUSED: "The runtime refused it; nothing ran.",
    Status.CANCELLED: "Taken back while it waited here; nothing was sent.",
    Status.NO_RULE: "No active rule was listening, so the fire started nothing.",
}

_FIRE_EXPLANATIONS = {
    Status.PENDING: "The runtime took the fire; its record says what the rules did.",
    Status.SUCCESS: "The runtime has asked the rules of this trigger.",
    Status.NOT_REPORTED: "No record of the fire came in time; one that arrives later is shown here.",
    Status.UNKNOWN: "The answer to the fire was lost: it may or may not have begun, and is never sent again.",
    Status.REFUSED: "The runtime refused the fire; no rule was asked.",
}

_FROM_RESPONSE = {
    "success": Status.SUCCESS,
    "application error": Status.APPLICATION_ERROR,
    "action developer error": Status.DEVELOPER_ERROR,
    "whisk internal error": Status.INTERNAL_ERROR,
}


def status_from_record(response_status: str, *, timed_out: bool) -> Status:
    """The state that a record's `response.status` and its `timeout` annotation stand for.

    The annotation wins, because deployments disagree on whether a time-out is a developer or an application
    error (apache/openwhisk#5170). An unheard-of status counts as an internal error.
    """
    if timed_out:
        return Status.TIMED_OUT
    return _FROM_RESPONSE.get(response_status, Status.INTERNAL_ERROR)
