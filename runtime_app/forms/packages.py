"""Creating and changing packages and bindings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from runtime_app.forms.json_fields import JSONObjectField
from runtime_app.models import Namespace, Package
from runtime_app.services.authoring.drafts import about_unreadable
from runtime_app.services.authoring.names import free_name, package_path
from runtime_app.services.authoring.packages import PackageDraft

OWN, BINDING = "own", "binding"
KINDS = ((OWN, "A package of its own"), (BINDING, "A binding: a package elsewhere, under a name here"))


class PackageForm(forms.Form):
    """A package or a binding. With `package` it changes that one, whose name and kind stay."""

    name = forms.CharField(
        max_length=256,
        label="Name",
        help_text="Its actions are called name/action.",
        error_messages={"required": "A package needs a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "images"}),
    )
    kind = forms.ChoiceField(choices=KINDS, initial=OWN, label="What it is", widget=forms.RadioSelect)
    target = forms.CharField(
        required=False,
        max_length=520,
        label="Package that it stands for",
        help_text="namespace/package. One of another namespace must be shared.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "whisk.system/utils"}
        ),
    )
    is_shared = forms.BooleanField(
        required=False,
        label="Share it",
        help_text="Other namespaces of the platform may then call its actions and bind it.",
    )
    parameters = JSONObjectField(
        label="Default parameters",
        help_text="A JSON object that every action in it gets; the action's own win over these, "
        "and a launch's over both.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    base_version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, namespace: Namespace, package: Package | None = None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {**_initial(package), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.namespace, self.package = namespace, package
        if package is not None:
            self.fields["name"].disabled = self.fields["kind"].disabled = True
            self.fields["name"].help_text = "The name stays: callers of its actions refer to it."
            if note := about_unreadable(package.parameters):
                self.fields["parameters"].help_text = note

    def clean_name(self) -> str:
        """A name that is free, as far as known."""
        if self.package is not None:
            return self.package.name
        try:
            return free_name(self.namespace, self.cleaned_data["name"])
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def clean_target(self) -> str:
        """`namespace/package`; empty for a package of its own."""
        if self.cleaned_data.get("kind") != BINDING:
            return ""
        try:
            return package_path(self.cleaned_data["target"], self.namespace)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def draft(self) -> PackageDraft:
        """What the services want; only after `is_valid()`."""
        data = self.cleaned_data
        return PackageDraft(
            name=data["name"],
            parameters=data["parameters"],
            is_shared=data["is_shared"],
            binding=data["target"],
        )

    def start_over_from(self, version: str) -> None:
        """Show the form again as one that began with `version`: saving it then is a decision."""
        self.data = {**dict(self.data.items()), "base_version": version}


def _initial(package: Package | None) -> dict[str, Any]:
    if package is None:
        return {}
    return {
        "name": package.name,
        "kind": BINDING if package.is_binding else OWN,
        "target": package.binding,
        "is_shared": package.is_shared,
        "parameters": package.own_parameters,
        "base_version": package.version,
    }
