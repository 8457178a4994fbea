"""Creating and changing a schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from runtime_app.forms.fields import CronField
from runtime_app.forms.json_fields import JSONObjectField
from runtime_app.models import Action, Missed, Namespace, Preset, Schedule
from runtime_app.services.connecting.limits import action_ranges
from runtime_app.services.launching import cron_times
from runtime_app.services.launching.scheduling import ScheduleDraft
from runtime_app.services.wiring.alarms import BadSchedule

CRON, ONCE = "cron", "once"
KINDS = ((CRON, "Again and again, by a cron"), (ONCE, "Once"))
WALL_FORMAT = "%Y-%m-%dT%H:%M"


class WhenForm(forms.Form):
    """When it launches; the schedule's form has the same fields. After cleaning, `at` is a moment."""

    when = forms.ChoiceField(choices=KINDS, initial=CRON, label="When", widget=forms.RadioSelect)
    cron = CronField(
        help_text="Minute, hour, day, month, weekday: 0 8 * * 1-5 is 8:00 from Monday to Friday."
    )
    at = forms.CharField(
        required=False,
        max_length=40,
        label="Date and time",
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
    )
    time_zone = forms.CharField(
        max_length=64,
        initial="UTC",
        label="Time zone",
        help_text="For example Europe/Berlin. The clock's changes are followed.",
        error_messages={"required": "A schedule needs a time zone, for example UTC."},
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_time_zone(self) -> str:
        """A zone that is known here."""
        name: str = self.cleaned_data["time_zone"].strip()
        if name not in cron_times.zone_names():
            raise ValidationError(
                "This time zone is not known; choose one from the list, such as Europe/Berlin."
            )
        return name

    def clean_cron(self) -> str:
        """The cron, when it is what counts."""
        if self.cleaned_data.get("when") != CRON:
            return ""
        text: str = self.cleaned_data["cron"]
        if not text.strip():
            raise ValidationError("Write the cron by which it is to launch.")
        try:
            return cron_times.check(text)
        except BadSchedule as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """With `at` as a moment, or None."""
        cleaned = {**self.cleaned_data}
        text, zone = cleaned.get("at", ""), cleaned.get("time_zone")
        cleaned["at"] = None
        if cleaned.get("when") == ONCE and zone:
            try:
                cleaned["at"] = _moment(text, ZoneInfo(zone))
            except ValidationError as error:
                self.add_error("at", error)
        return cleaned

    def next_times(self) -> list[datetime]:
        """The next times of a valid form, in its zone."""
        data, now = self.cleaned_data, timezone.now()
        zone = ZoneInfo(data["time_zone"])
        moments = cron_times.next_times(data["cron"], zone, now) if data["cron"] else [data["at"]]
        return [moment.astimezone(zone) for moment in moments if moment is not None]


class ScheduleForm(WhenForm):
    """What is launched, when, and what becomes of times that were missed."""

    name = forms.CharField(
        max_length=80,
        label="Name",
        error_messages={"required": "A schedule needs a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Nightly report"}),
    )
    action = forms.ModelChoiceField(
        queryset=Action.objects.none(),
        label="Action",
        to_field_name="path",
        empty_label="Choose an action",
        error_messages={
            "required": "Choose what is to be launched.",
            "invalid_choice": "This action does not exist any more; choose another.",
        },
    )
    preset = forms.ModelChoiceField(
        queryset=Preset.objects.none(),
        required=False,
        label="Preset",
        empty_label="None: the parameters below",
        help_text="Launches with the preset's parameters as they are then.",
        error_messages={"invalid_choice": "This preset does not exist any more."},
    )
    parameters = JSONObjectField(
        label="Parameters", help_text="A JSON object, for a schedule without a preset."
    )
    missed = forms.ChoiceField(
        choices=Missed.choices,
        initial=Missed.SKIP,
        label="Times that pass while Overtime is not running",
        widget=forms.RadioSelect,
    )
    field_order = ("name", "action", "preset", "parameters", "when", "cron", "at", "time_zone", "missed")

    def __init__(
        self, *args: Any, namespace: Namespace, schedule: Schedule | None = None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {**_initial(schedule), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.namespace, self.schedule = namespace, schedule
        actions = Action.objects.present().filter(namespace=namespace).order_by("path")
        presets = Preset.objects.filter(namespace=namespace, trigger_name="")
        self.fields["action"].queryset = actions.only("path")  # type: ignore[attr-defined]
        self.fields["preset"].queryset = presets  # type: ignore[attr-defined]
        self.fields["preset"].label_from_instance = _preset_label  # type: ignore[attr-defined]
        self.fields["parameters"].max_bytes = action_ranges(namespace).parameter_bytes  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """A name that is free."""
        name: str = self.cleaned_data["name"].strip()
        others = Schedule.objects.filter(namespace=self.namespace, name=name)
        if others.exclude(pk=self.schedule.pk if self.schedule else None).exists():
            raise ValidationError("There is already a schedule of this name; choose another name.")
        return name

    def clean_preset(self) -> Preset | None:
        """A preset of the action."""
        preset: Preset | None = self.cleaned_data["preset"]
        action: Action | None = self.cleaned_data.get("action")
        if preset is not None and action is not None and preset.action_path != action.path:
            raise ValidationError(
                f"This preset belongs to {preset.action_path}; choose one of {action.path}."
            )
        return preset

    def draft(self) -> ScheduleDraft:
        """What the services want; only after `is_valid()`."""
        data = self.cleaned_data
        return ScheduleDraft(
            name=data["name"],
            action_path=data["action"].path,
            preset=data["preset"],
            parameters=data["parameters"],
            at=data["at"],
            cron=data["cron"],
            time_zone=data["time_zone"],
            missed=Missed(data["missed"]),
        )


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError as error:
        sentence = "Choose the date and time" if not text.strip() else "Write a date and a time"
        raise ValidationError(f"{sentence}, for example 2030-01-31T08:00.") from error
    wall = wall.replace(tzinfo=None)
    if not cron_times.exists(wall, zone):
        raise ValidationError("The clock there skips this time when it changes; choose another.")
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment <= timezone.now():
        raise ValidationError("This moment has passed; choose one in the future.")
    return moment


def _initial(schedule: Schedule | None) -> dict[str, Any]:
    if schedule is None:
        return {}
    return {
        "name": schedule.name,
        "action": schedule.action_path,
        "preset": schedule.preset_id,
        "parameters": schedule.parameters,
        "when": CRON if schedule.cron else ONCE,
        "cron": schedule.cron,
        "at": schedule.at.astimezone(schedule.zone).strftime(WALL_FORMAT) if schedule.at else "",
        "time_zone": schedule.time_zone,
        "missed": schedule.missed,
    }


def _preset_label(preset: Preset) -> str:
    return f"{preset.action_path}: {preset.name}"
