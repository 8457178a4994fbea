"""Launching an action with parameters, and keeping these as a preset."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django import forms

from runtime_app.forms.json_fields import JSONObjectField
from runtime_app.models import Action
from runtime_app.services.authoring.drafts import editable_parameters, unreadable_keys
from runtime_app.services.connecting.limits import action_ranges

EXAMPLE_CHARACTERS = 200
KEY_ERRORS = dict.fromkeys(
    ("required", "invalid"), "This form is out of date. Reload the page, then launch again."
)


def example_parameters(action: Action) -> str:
    """What to show in an empty editor: the action's default parameters as JSON, cut, or else any object."""
    unreadable = unreadable_keys(action.parameters)
    shown = editable_parameters(action)
    if defaults := {key: value for key, value in shown.items() if key not in unreadable}:
        return json.dumps(defaults, ensure_ascii=False)[:EXAMPLE_CHARACTERS]
    return '{"name": "Ada"}'


class LaunchForm(forms.Form):
    """Parameters and how to launch. The hidden key is one rendering's: a double click launches once."""

    use_required_attribute = False

    parameters = JSONObjectField(
        label="Parameters",
        help_text="A JSON object; it wins over the action's default parameters, key by key.",
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    waits = forms.BooleanField(
        required=False,
        label="Wait for it",
        help_text="A blocking call, answered after 60 s at the latest. "
        "Adobe stores no record of one that succeeds: what Overtime keeps is then the only copy.",
    )
    launch_key = forms.UUIDField(widget=forms.HiddenInput, error_messages=KEY_ERRORS)
    preset_name = forms.CharField(
        max_length=80,
        required=False,
        label="Name of the preset",
        error_messages={"required": "A preset needs a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Nightly, all regions"}),
    )
    on_dashboard = forms.BooleanField(required=False, initial=True, label="Show it on the dashboard")
    replaces = forms.BooleanField(required=False, label="Replace the preset that has this name")

    def __init__(self, *args: Any, action: Action, **kwargs: Any) -> None:
        kwargs["initial"] = {"launch_key": uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        parameters = self.fields["parameters"]
        parameters.max_bytes = action_ranges(action.namespace).parameter_bytes  # type: ignore[attr-defined]
        parameters.widget.attrs["placeholder"] = example_parameters(action)


class LaunchKeyForm(forms.Form):
    """A one-click launch: only the key of the button."""

    launch_key = forms.UUIDField(error_messages=KEY_ERRORS)
