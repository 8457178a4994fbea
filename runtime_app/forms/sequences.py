"""Making a sequence of actions, step by step; it works by buttons alone."""

from __future__ import annotations

from typing import Any

from django import forms

from runtime_app.forms.fields import free_path
from runtime_app.models import Action, Namespace
from runtime_app.services.authoring.names import any_path
from runtime_app.services.authoring.sequences import MOST_ACTIONS, SequenceDraft, objection, own_path

OTHER_ACTION = ""
MOST_CHARACTERS = 600


class SequenceForm(forms.Form):
    """A sequence. With `action` it edits that one, whose name stays. `components` are the steps so far."""

    name = forms.CharField(
        max_length=513,
        label="Name",
        help_text="Letters, digits, spaces and _ @ . & -; write package/name to put it into a package.",
        error_messages={"required": "A sequence needs a name."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "my-sequence"}
        ),
    )
    add = forms.ChoiceField(label="Next action", required=False)
    other = forms.CharField(
        label="Path of the other action",
        required=False,
        max_length=MOST_CHARACTERS,
        help_text="Of a shared package: /namespace/package/name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    base_version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        namespace: Namespace,
        action: Action | None = None,
        components: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {**_initial(action), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.namespace, self.action = namespace, action
        self.components = _given(action) if components is None else components
        paths = Action.objects.present().for_list(namespace).values_list("path", flat=True)
        others = [(path, path) for path in paths if action is None or path != action.path]
        self.fields["add"].initial = others[0][0] if others else OTHER_ACTION
        self.fields["add"].choices = [*others, (OTHER_ACTION, "Another action…")]  # type: ignore[attr-defined]
        if action is not None:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = "The name stays: presets, rules and callers refer to it."

    def clean_name(self) -> str:
        """A path that OpenWhisk accepts and that is free as far as known."""
        if self.action is not None:
            return self.action.path
        return free_path(self.namespace, self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """Refuse what the runtime would refuse."""
        data = super().clean() or self.cleaned_data
        if "name" in data and (sentence := objection(self.namespace, self.draft())):
            self.add_error(None, sentence)
        return data

    def draft(self) -> SequenceDraft:
        """What the services want."""
        return SequenceDraft(path=self.cleaned_data["name"], components=tuple(self.components))

    def start_over_from(self, version: str) -> None:
        """Show the form again as one that began with `version`: saving it then is a decision."""
        self.data = {**dict(self.data.items()), "base_version": version}


def rearranged(components: list[str], do: str, chosen: str) -> tuple[list[str], int]:
    """The steps after a button was pressed, and which step it was about (-1: none).

    `do` is `add`, or `up`, `down` or `remove` with the number of a step: `up:2`. `chosen` is what to add.

    Raises:
        ValueError: nothing can be added; the text is one sentence for the field.
    """
    verb, _, number = do.partition(":")
    if verb == "add":
        return _added(components, chosen), len(components)
    index = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else len(components)
    if index >= len(components):
        return components, -1
    rest = components[:index] + components[index + 1 :]
    if verb == "remove":
        return rest, min(index, len(rest) - 1)
    place = max(0, index + (1 if verb == "down" else -1))
    return [*rest[:place], components[index], *rest[place:]], min(place, len(rest))


def _added(components: list[str], chosen: str) -> list[str]:
    if not chosen:
        raise ValueError("Choose an action to add, or write its path.")
    if len(components) >= MOST_ACTIONS:
        raise ValueError(f"A sequence has at most {MOST_ACTIONS} actions.")
    return [*components, any_path(chosen)]


def _given(action: Action | None) -> list[str]:
    return [own_path(item, action.namespace) for item in action.components] if action else []


def _initial(action: Action | None) -> dict[str, Any]:
    return {"name": action.path, "base_version": action.version} if action else {}
