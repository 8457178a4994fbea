"""Creating and changing an action: every refusal is one sentence at its field, and what was typed stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from runtime_app.forms.action_values import (
    NEW_CODE,
    initial_values,
    kind_choices,
    marks_from,
    marks_text,
    values_of,
)
from runtime_app.forms.code_source import Source, check_source, source_from
from runtime_app.forms.fields import free_path
from runtime_app.forms.json_fields import JSONObjectField
from runtime_app.forms.units import UNIT_CHOICES, in_words, to_ms
from runtime_app.models import Action, Namespace
from runtime_app.services.authoring.drafts import ActionDraft, about_unreadable
from runtime_app.services.connecting.limits import Range, action_ranges

NUMBER_ERROR = "Write the timeout as a number, for example 2 or 1.5."
TIMEOUT_ERRORS = dict.fromkeys(
    ("invalid", "max_digits", "max_decimal_places", "max_whole_digits"), NUMBER_ERROR
) | {"required": "An action needs a timeout."}


class ActionForm(forms.Form):
    """What an action is made of. With `action` it edits that one, whose name and language stay."""

    name = forms.CharField(
        max_length=513,
        label="Name",
        help_text="Letters, digits, spaces and _ @ . & -; write package/name to put it into a package.",
        error_messages={"required": "An action needs a name."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "my-worker"}
        ),
    )
    kind = forms.ChoiceField(
        label="Kind",
        help_text="The runtime that executes the code.",
        error_messages={"invalid_choice": "Choose one of the kinds that this namespace offers."},
    )
    code = forms.CharField(
        label="Code",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "data-editor": "javascript",
                "data-editor-kind": "#id_kind",
                "spellcheck": "false",
                "rows": 18,
            }
        ),
    )
    upload = forms.FileField(
        label="Source file or zip archive",
        required=False,
        allow_empty_file=True,
        # A browser forgets a chosen file when its input is replaced; htmx keeps this one in the page.
        widget=forms.ClearableFileInput(attrs={"hx-preserve": "true"}),
        help_text="Takes the place of the code above; drop it here or choose it. A zip archive needs "
        "package.json or index.js at its root, for Python __main__.py.",
    )
    main = forms.CharField(
        max_length=256,
        required=False,
        label="Entry function",
        help_text="Empty for main.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "main"}),
    )
    timeout = forms.DecimalField(
        label="Timeout", max_digits=12, decimal_places=6, error_messages=TIMEOUT_ERRORS
    )
    timeout_unit = forms.ChoiceField(label="Unit of the timeout", choices=UNIT_CHOICES)
    memory = forms.IntegerField(label="Memory (MB)")
    logs = forms.IntegerField(label="Log size (MB)")
    concurrency = forms.IntegerField(label="Concurrency", required=False)
    parameters = JSONObjectField(
        label="Default parameters", help_text="A JSON object; a launch's own parameters win over these."
    )
    provides_key = forms.BooleanField(
        required=False,
        label="Give the code this namespace's key",
        help_text='Needed by require("openwhisk") inside the action.',
    )
    base_version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    # Marks of the settings that the person began with.
    base = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, namespace: Namespace, action: Action | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {**initial_values(namespace, action), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.namespace, self.action = namespace, action
        self.ranges = action_ranges(namespace)
        self.source: Source | None = None
        if action is not None:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = "The name stays: presets, rules and callers refer to it."
            if note := about_unreadable(action.parameters):
                self.fields["parameters"].help_text = note
            self.take_over(self.data.getlist("take_theirs") if isinstance(self.data, QueryDict) else ())
        self._fit_fields()

    @property
    def code_templates(self) -> dict[str, str]:
        """What a new action's editor begins with, by language."""
        return NEW_CODE if self.action is None else {}

    @property
    def has_code(self) -> bool:
        """Whether its code can be changed here: a container's image is not code."""
        return self.action is None or self.action.kind != "blackbox"

    @property
    def is_binary(self) -> bool:
        """Whether the present code is an archive, so that there is no text to edit."""
        return self.action is not None and self.action.is_binary

    def clean_name(self) -> str:
        """The path, as OpenWhisk accepts it."""
        if self.action is not None:
            return self.action.path
        return free_path(self.namespace, self.cleaned_data["name"])

    def clean_memory(self) -> int:
        return self._within(self.cleaned_data["memory"], self.ranges.memory_mb, "memory", "MB")

    def clean_logs(self) -> int:
        return self._within(self.cleaned_data["logs"], self.ranges.logs_mb, "log size", "MB")

    def clean_concurrency(self) -> int | None:
        value = self.cleaned_data["concurrency"]
        return None if value is None else self._within(value, self.ranges.concurrency, "concurrency", "")

    def clean(self) -> dict[str, Any]:
        """Put amount and unit together, and find where the code comes from."""
        data = super().clean() or self.cleaned_data
        self._clean_timeout()
        try:
            self.source = self._source()
        except ValidationError as error:
            self.add_error("upload" if self.cleaned_data.get("upload") else "code", error)
        return data

    def draft(self) -> ActionDraft:
        """What the services want; only after `is_valid()`."""
        data = self.cleaned_data
        return ActionDraft(
            path=data["name"],
            kind=data["kind"],
            code=self.source.text if self.source else None,
            is_binary=self.source.is_binary if self.source else False,
            main=data["main"],
            timeout_ms=data["timeout_ms"],
            memory_mb=data["memory"],
            logs_mb=data["logs"],
            concurrency=data["concurrency"],
            parameters=data["parameters"],
            provides_key=data["provides_key"],
        )

    def start_over_from(self, version: str) -> None:
        """Show the form again as one that began with `version`: saving it then is a decision."""
        self._show_again("base_version", version)
        if self.action is not None:
            self._show_again("base", marks_text(self.action))

    def take_over(self, settings: Iterable[str]) -> None:
        """Show these settings as they are upstream now, instead of as they were sent."""
        names = tuple(settings)
        if self.action is None or not names:
            return
        for name, value in values_of(self.action, names).items():
            self._show_again(name, value)
        if "code" in names:
            self.files.pop("upload", None)

    @property
    def base_marks(self) -> Mapping[str, str] | None:
        """What the person began with, as far as the browser has sent it."""
        return marks_from(self.cleaned_data["base"])

    def _show_again(self, name: str, value: Any) -> None:
        self.data = {**dict(self.data.items()), name: value}

    def _fit_fields(self) -> None:
        """Offer what the namespace allows, and say so at the fields."""
        ranges = self.ranges
        kind, parameters = self.fields["kind"], self.fields["parameters"]
        kind.choices = kind_choices(self.namespace, self.action)  # type: ignore[attr-defined]
        parameters.max_bytes = ranges.parameter_bytes  # type: ignore[attr-defined]
        for name, limit in (
            ("memory", ranges.memory_mb),
            ("logs", ranges.logs_mb),
            ("concurrency", ranges.concurrency),
        ):
            self.fields[name].widget.attrs.update({"min": limit.least, "max": limit.most, "step": 1})
        self.fields["memory"].help_text = f"{ranges.memory_mb.least} to {ranges.memory_mb.most} MB."
        self.fields["logs"].help_text = f"{ranges.logs_mb.least} to {ranges.logs_mb.most} MB for each run."
        self.fields[
            "concurrency"
        ].help_text = (
            f"Runs at once in one container, {ranges.concurrency.least} to {ranges.concurrency.most}."
        )
        self.fields["timeout"].widget.attrs.update(
            {
                "step": "any",
                "min": 0,
                "data-timeout-least": ranges.timeout_ms.least,
                "data-timeout-most": ranges.timeout_ms.most,
            }
        )
        self.fields["timeout"].help_text = (
            f"{in_words(ranges.timeout_ms.least)} to {in_words(ranges.timeout_ms.most)} in this namespace. "
            "Over 60 s: asynchronous only."
        )

    def _within(self, value: int, limit: Range, what: str, unit: str) -> int:
        if value not in limit:
            raise ValidationError(
                f"The {what} must be {limit.least} to {limit.most} {unit}".rstrip() + " in this namespace."
                if not limit.is_fixed
                else f"The {what} is always {limit.least} {unit}".rstrip() + " in this namespace."
            )
        return value

    def _clean_timeout(self) -> None:
        amount, unit = self.cleaned_data.get("timeout"), self.cleaned_data.get("timeout_unit")
        if amount is None or unit is None:
            return
        ms, limit = to_ms(amount, unit), self.ranges.timeout_ms
        if ms not in limit:
            bound = f"{in_words(limit.most)} is the most"
            if ms < limit.least:
                bound = f"{in_words(limit.least)} is the least"
            self.add_error("timeout", f"{bound} that this namespace allows.")
        self.cleaned_data["timeout_ms"] = ms

    def _source(self) -> Source | None:
        """The uploaded file, else the typed text; None keeps the code that is there."""
        upload, text = self.cleaned_data.get("upload"), self.cleaned_data.get("code") or ""
        if upload is not None:
            source = source_from(upload, self.cleaned_data.get("kind", ""))
            if not source.is_binary:  # Browsers forget files; text can be shown again.
                self._show_again("code", source.text)
            return source
        if text.strip():
            return Source(check_source(text.replace("\r\n", "\n")))
        if self.is_binary or not self.has_code:
            return None
        raise ValidationError("Write some code, or choose a file.")
