"""Firing a trigger with a payload, and keeping the payload under a name."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django import forms

from runtime_app.forms.json_fields import JSONObjectField
from runtime_app.forms.launch import EXAMPLE_CHARACTERS
from runtime_app.models import Trigger
from runtime_app.services.authoring.presets import PresetDraft

KEY_ERRORS = dict.fromkeys(
    ("required", "invalid"), "This form is out of date. Reload the page, then fire again."
)
NAME_TAKEN = "There is a payload of this name already: choose another name, or tick “Replace”."


class FireForm(forms.Form):
    """The payload. The hidden key is one rendering's: a double click fires once."""

    use_required_attribute = False

    payload = JSONObjectField(
        noun="payload is",
        label="Payload",
        help_text="A JSON object; it wins over the trigger's default parameters, key by key.",
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": '{"name": "Ada"}'}),
    )
    launch_key = forms.UUIDField(widget=forms.HiddenInput, error_messages=KEY_ERRORS)
    payload_name = forms.CharField(
        max_length=80,
        required=False,
        label="Name of the payload",
        error_messages={"required": "A saved payload needs a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "One large picture"}),
    )
    replaces = forms.BooleanField(required=False, label="Replace the payload that has this name")

    def __init__(self, *args: Any, trigger: Trigger, **kwargs: Any) -> None:
        kwargs["initial"] = {"launch_key": uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        if example := trigger.default_parameters:
            shown = json.dumps(example, ensure_ascii=False)[:EXAMPLE_CHARACTERS]
            self.fields["payload"].widget.attrs["placeholder"] = shown


class SavePayloadForm(FireForm):
    """The same form, sent by its button “Save payload”."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payload_name"].required = True
        self.fields["launch_key"].required = False

    def draft(self, trigger_name: str) -> PresetDraft:
        """What the service wants; only after `is_valid()`."""
        data = self.cleaned_data
        return PresetDraft(
            trigger_name=trigger_name,
            name=data["payload_name"],
            parameters=data["payload"],
            on_dashboard=False,
        )

    def refuse_taken_name(self) -> None:
        """Say that there is one already; the box to replace it is shown then."""
        self.add_error("payload_name", NAME_TAKEN)
