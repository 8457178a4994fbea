"""The runtime's refusals, put at the field that caused them."""

from __future__ import annotations

import re

from django import forms

from runtime_app.openwhisk.errors import Conflict, NotFound, OpenWhiskError, Rejected

NAME_TAKEN = "There is already something of this name in the namespace; choose another name."
NO_PACKAGE = "The runtime does not know this package; create it first, or leave the package out."
MAYBE_SAVED = "The answer was lost, so it may have been saved all the same. Sync the list to see."

# Words of the API's messages and the fields they are about (OpenWhisk ErrorResponse.scala, TimeLimit.scala,
# MemoryLimit.scala, LogLimit.scala, Exec.scala).
_FIELDS = (
    (re.compile(r"\bduration\b|\btimeout\b", re.I), "timeout"),
    (re.compile(r"\bmemory\b", re.I), "memory"),
    (re.compile(r"\blog size\b|\blogs\b", re.I), "logs"),
    (re.compile(r"\bconcurrency\b", re.I), "concurrency"),
    (re.compile(r"\bruntime '|\bkind\b", re.I), "kind"),
    (re.compile(r"\bparameters larger\b", re.I), "parameters"),
    (re.compile(r"\bexec larger\b|\bRequest larger\b|\bcode\b", re.I), "code"),
    (re.compile(r"\bname segement\b|\billegal characters\b|\bPackage name\b", re.I), "name"),
)
_PREFIX = re.compile(r"^(The request content was malformed:\s*)?(requirement failed:\s*)?")


def refuse(form: forms.Form, error: OpenWhiskError, sentence: str) -> None:
    """Add the error to the form: at a field where its text names one, else above the form.

    `sentence` is the error in words for people; `form` is bound and valid so far.
    """
    if isinstance(error, Conflict) and "already exists" in error.message.lower():
        form.add_error("name", NAME_TAKEN)
    elif isinstance(error, NotFound):
        form.add_error("name", NO_PACKAGE)
    elif isinstance(error, Conflict | Rejected):
        field = field_for(error.message)
        form.add_error(
            field if field in form.fields else None, f"The runtime refused it: {plain(error.message)}"
        )
    else:
        form.add_error(None, f"{sentence} {MAYBE_SAVED}" if error.may_have_run else sentence)


def field_for(message: str) -> str | None:
    """The field that the API's message is about."""
    return next((field for pattern, field in _FIELDS if pattern.search(message)), None)


def plain(message: str) -> str:
    """The API's message without the words in front that only programmers need."""
    text = _PREFIX.sub("", message.strip()).strip() or "it did not say why"
    return text if text.endswith((".", "!", "?")) else f"{text}."
