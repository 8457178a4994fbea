"""Connecting a trigger to an action, in one form; the trigger may be made on the spot."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from runtime_app.forms.triggers import checked_free_name
from runtime_app.models import Action, Namespace, Rule, Trigger
from runtime_app.services.authoring.names import any_path, suggested_name
from runtime_app.services.wiring.rules import RuleDraft

NEW_TRIGGER = ""
OTHER_ACTION = ""
NAME_CHARACTERS = 256


class RuleForm(forms.Form):
    """A rule. With `rule` it gives that one another trigger or action; its name stays."""

    trigger = forms.ChoiceField(
        label="When this trigger fires",
        required=False,
        error_messages={"invalid_choice": "This trigger does not exist any more; choose another."},
    )
    new_trigger = forms.CharField(
        label="Name of the new trigger",
        required=False,
        max_length=NAME_CHARACTERS,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "my-worker-trigger"}
        ),
    )
    action = forms.ChoiceField(
        label="Start this action",
        required=False,
        error_messages={"invalid_choice": "This action does not exist any more; choose another."},
    )
    other_action = forms.CharField(
        label="Path of the other action",
        required=False,
        max_length=600,
        help_text="Of a bound package or a shared one: package/name or /namespace/package/name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label="Name of the rule",
        required=False,
        max_length=NAME_CHARACTERS,
        help_text="Leave it empty, and it is named after both.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, namespace: Namespace, rule: Rule | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {**_initial(namespace, rule), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        if rule is None and not self.is_bound and (action := self.initial["action"]):
            self.initial.setdefault("new_trigger", suggested_name(namespace, f"{action}-trigger"))
        self.namespace, self.rule = namespace, rule
        if rule is not None:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = "The name stays."
        triggers = Trigger.objects.present().for_list(namespace).values_list("name", flat=True)
        actions = Action.objects.present().for_list(namespace).values_list("path", flat=True)
        self._offer("trigger", (NEW_TRIGGER, "A new trigger…"), triggers)
        self._offer("action", (OTHER_ACTION, "Another action…"), actions)

    def clean_new_trigger(self) -> str:
        """Empty when an existing one is chosen; else a free name."""
        text: str = self.cleaned_data["new_trigger"]
        if self.cleaned_data.get("trigger"):
            return ""
        if not text:
            if "trigger" in self.errors:
                return ""
            raise ValidationError("Choose a trigger above, or give the new one a name.")
        return checked_free_name(self.namespace, text)

    def clean_other_action(self) -> str:
        """Empty when one of the list is chosen; else a path."""
        text: str = self.cleaned_data["other_action"]
        if self.cleaned_data.get("action"):
            return ""
        if not text:
            if "action" in self.errors:
                return ""
            raise ValidationError("Choose an action above, or write the path of another one.")
        try:
            return any_path(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def clean_name(self) -> str:
        """A free name, after trigger and action if none was given."""
        if self.rule is not None:
            return self.rule.name
        name: str = self.cleaned_data["name"]
        if not name:
            action = self._action().rpartition("/")[2]
            name = f"{self._trigger()}-to-{action}"[:NAME_CHARACTERS].rstrip()
        if self.errors:
            return name
        if name == self.cleaned_data["new_trigger"]:
            raise ValidationError(
                "Triggers and rules share names: give the rule another one than the trigger."
            )
        return checked_free_name(self.namespace, name)

    @property
    def makes_trigger(self) -> bool:
        """Whether the trigger is to be made first; only after `is_valid()`."""
        return bool(self.cleaned_data["new_trigger"])

    def choose_new_trigger(self) -> None:
        """Show the form with the trigger that has just been made as the chosen one."""
        name = self.cleaned_data["new_trigger"]
        self.fields["trigger"].choices = [(name, name), *self.fields["trigger"].choices]  # type: ignore[attr-defined]
        self.data = {**dict(self.data.items()), "trigger": name, "new_trigger": ""}

    def draft(self) -> RuleDraft:
        """What the services want; only after `is_valid()`."""
        return RuleDraft(
            name=self.cleaned_data["name"], trigger_name=self._trigger(), action_path=self._action()
        )

    def _trigger(self) -> str:
        return str(self.cleaned_data.get("trigger") or self.cleaned_data.get("new_trigger") or "")

    def _action(self) -> str:
        return str(self.cleaned_data.get("action") or self.cleaned_data.get("other_action") or "")

    def _offer(self, field: str, other: tuple[str, str], names: Any) -> None:
        choices = [*((name, name) for name in names), other]
        self.fields[field].choices = choices  # type: ignore[attr-defined]


def _initial(namespace: Namespace, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        first = Action.objects.present().for_list(namespace).values_list("path", flat=True).first()
        return {"action": first or OTHER_ACTION}
    initial = {"name": rule.name, "trigger": rule.trigger_name}
    if not Trigger.objects.present().filter(namespace=namespace, name=rule.trigger_name).exists():
        # A list that lacks it would show another one as chosen.
        initial |= {"trigger": NEW_TRIGGER, "new_trigger": rule.trigger_name}
    known = Action.objects.present().filter(namespace=namespace, path=rule.action_path).exists()
    if known and not rule.action_namespace:
        return {**initial, "action": rule.action_path}
    return {**initial, "action": OTHER_ACTION, "other_action": rule.action_label}
