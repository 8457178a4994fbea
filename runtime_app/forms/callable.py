"""Giving an action a URL: the web action that starts it, who may call it, and trying it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from runtime_app.forms.code_source import check_source
from runtime_app.forms.fields import free_path
from runtime_app.forms.json_fields import JSONObjectField
from runtime_app.forms.launch import example_parameters
from runtime_app.models import Action
from runtime_app.services.web_actions.access import Protection
from runtime_app.services.web_actions.starters import StarterDraft, new_secret, starter_code, suggested_path

# What fits into an HTTP header without any encoding.
_HEADER_TEXT = re.compile(r"\A[\x21-\x7e]+\Z")
OPEN, SECRET, KEY = "open", "secret", "key"
WHO = (
    (KEY, "Those who have a key of the platform"),
    (OPEN, "Anybody who knows the URL"),
    (SECRET, "Those who send this secret"),
)
EXTENSIONS = (("", "URL"), (".http", "URL.http"), (".json", "URL.json"))


class ProtectionForm(forms.Form):
    """Who may call a URL."""

    who = forms.ChoiceField(choices=WHO, initial=SECRET, label="Who may call it", widget=forms.RadioSelect)
    secret = forms.CharField(
        required=False,
        max_length=200,
        label="Secret",
        help_text="Callers send it in the header X-Require-Whisk-Auth.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"secret": new_secret(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean_secret(self) -> str:
        """Empty unless a secret is wanted; then one that a header can carry."""
        text: str = self.cleaned_data["secret"]
        if self.cleaned_data.get("who") != SECRET:
            return ""
        if not text:
            raise ValidationError("Write a secret, or let anybody call the URL.")
        if not _HEADER_TEXT.match(text):
            raise ValidationError("A header carries only letters, digits and signs of ASCII, without spaces.")
        return text

    def protection(self) -> Protection:
        """What the services want; only after `is_valid()`."""
        return Protection(self.cleaned_data["secret"], wants_key=self.cleaned_data["who"] == KEY)


class StarterForm(ProtectionForm):
    """A web action that starts `worker`."""

    name = forms.CharField(
        max_length=513,
        label="Name",
        help_text="The last part of the URL.",
        error_messages={"required": "The web action needs a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    allows_get = forms.BooleanField(
        required=False,
        label="A GET starts it too",
        help_text="Then a link starts it. Leave it off if a start too many would hurt: "
        "previews and crawlers follow links.",
    )
    code = forms.CharField(
        strip=False,
        label="Code",
        error_messages={"required": "Write some code, or reload the page to have it written again."},
        widget=forms.Textarea(attrs={"data-editor": "javascript", "spellcheck": "false", "rows": 30}),
    )

    field_order = ("name", "who", "secret", "allows_get", "code")

    def __init__(self, *args: Any, worker: Action, **kwargs: Any) -> None:
        written = {"name": suggested_path(worker), "code": starter_code(worker.path)}
        kwargs["initial"] = {**written, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.worker = worker
        # This page makes URLs for people outside; who has a key can launch the action itself.
        self.fields["who"].choices = WHO[1:]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """A path that OpenWhisk accepts and that is free as far as known."""
        return free_path(self.worker.namespace, self.cleaned_data["name"])

    def clean_code(self) -> str:
        """The code as typed; code that was written here follows the choice about GET."""
        code = check_source(self.cleaned_data["code"].replace("\r\n", "\n"))
        if code.strip() in (self.variant(False).strip(), self.variant(True).strip()):
            return self.variant(bool(self.cleaned_data.get("allows_get")))
        return code

    def variant(self, allows_get: bool) -> str:
        """The code that is written for this choice."""
        return starter_code(self.worker.path, allows_get=allows_get)

    @property
    def code_for_post(self) -> str:
        """For the page's script, which swaps the two."""
        return self.variant(False)

    @property
    def code_for_get(self) -> str:
        """For the page's script, which swaps the two."""
        return self.variant(True)

    def draft(self) -> StarterDraft:
        """What the services want; only after `is_valid()`."""
        data = self.cleaned_data
        return StarterDraft(
            path=data["name"], worker_path=self.worker.path, code=data["code"], secret=data["secret"]
        )


class TryForm(forms.Form):
    """One call of a URL; `started` is the action whose parameters are shown as an example."""

    launch_key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "The page was out of date. Press the button again.",
            "invalid": "The page was out of date. Press the button again.",
        },
    )
    parameters = JSONObjectField(
        label="Parameters",
        help_text="A JSON object; it is sent as the body of a POST.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    extension = forms.ChoiceField(choices=EXTENSIONS, required=False, label="Form of the URL")

    def __init__(self, *args: Any, started: Action, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.started = started
        self.fields["parameters"].widget.attrs["placeholder"] = example_parameters(started)
