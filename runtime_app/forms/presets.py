"""Saving what stands in the launch form under a name."""

from __future__ import annotations

from typing import Any

from runtime_app.forms.launch import LaunchForm
from runtime_app.services.authoring.presets import PresetDraft

NAME_TAKEN = "There is a preset of this name already: choose another name, or tick “Replace”."


class PresetForm(LaunchForm):
    """The launch form, sent by its button “Save as preset”."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["preset_name"].required = True
        self.fields["launch_key"].required = False

    def draft(self, action_path: str) -> PresetDraft:
        """What the service wants; only after `is_valid()`."""
        data = self.cleaned_data
        return PresetDraft(
            action_path=action_path,
            name=data["preset_name"],
            parameters=data["parameters"],
            waits=data["waits"],
            on_dashboard=data["on_dashboard"],
        )

    def refuse_taken_name(self) -> None:
        """Say that there is one already; the box to replace it is shown then."""
        self.add_error("preset_name", NAME_TAKEN)
