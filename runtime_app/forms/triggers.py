"""Creating and changing a trigger, and the alarm that fires it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from runtime_app.forms.fields import CronField
from runtime_app.forms.json_fields import JSONObjectField
from runtime_app.models import Namespace, Trigger
from runtime_app.services.authoring.drafts import about_unreadable
from runtime_app.services.authoring.names import free_name
from runtime_app.services.wiring.alarms import (
    LONGEST_MINUTES,
    Alarm,
    AlarmKind,
    BadSchedule,
    alarm_from,
    check_cron,
)
from runtime_app.services.wiring.feeds import Feed
from runtime_app.services.wiring.triggers import TriggerDraft

BY_HAND = ""
OTHER_FEED = "other"
SCHEDULES = (
    (BY_HAND, "People and programs only"),
    (AlarmKind.ALARM.value, "A cron"),
    (AlarmKind.INTERVAL.value, "An interval"),
    (AlarmKind.ONCE.value, "One date"),
)


class ScheduleForm(forms.Form):
    """When an alarm fires; the trigger's form has the same fields."""

    schedule = forms.ChoiceField(
        choices=SCHEDULES, required=False, label="What fires it", widget=forms.RadioSelect
    )
    cron = CronField(
        help_text="Minute, hour, day, month, weekday, in UTC: 0 8 * * 1-5 is 8:00 from Monday to Friday."
    )
    minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_MINUTES,
        label="Minutes between two fires",
        error_messages={
            "invalid": "Write a whole number of minutes, for example 15.",
            "min_value": "One minute is the least.",
        },
    )
    date = forms.DateTimeField(
        required=False,
        label="Date and time, in UTC",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Write a date and a time, for example 2030-01-31T08:00."},
    )

    def clean_cron(self) -> str:
        """The cron, when it is what counts."""
        cron: str = self.cleaned_data["cron"]
        if self.cleaned_data.get("schedule") != AlarmKind.ALARM:
            return cron
        if not cron.strip():
            raise ValidationError("Write the cron by which it is to fire.")
        try:
            return check_cron(cron)
        except BadSchedule as error:
            raise ValidationError(str(error)) from error

    def clean_minutes(self) -> int | None:
        minutes: int | None = self.cleaned_data["minutes"]
        if self.cleaned_data.get("schedule") == AlarmKind.INTERVAL and minutes is None:
            raise ValidationError("Write after how many minutes it is to fire again.")
        return minutes

    def clean_date(self) -> datetime | None:
        date: datetime | None = self.cleaned_data["date"]
        if self.cleaned_data.get("schedule") != AlarmKind.ONCE:
            return date
        if date is None:
            raise ValidationError("Choose the date and time at which it is to fire.")
        if date <= timezone.now():
            raise ValidationError("This moment has passed; choose one in the future.")
        return date

    def schedule_or_none(self, payload: dict[str, Any] | None = None) -> Alarm | None:
        """The alarm; None when nobody is to fire it. Only after `is_valid()`."""
        data = self.cleaned_data
        if data["schedule"] not in set(AlarmKind):
            return None
        return Alarm(
            kind=AlarmKind(data["schedule"]),
            cron=data["cron"],
            minutes=data["minutes"],
            date=data["date"],
            payload=payload,
        )


class TriggerForm(ScheduleForm):
    """What a trigger is. With `trigger` it edits that one, whose name stays."""

    name = forms.CharField(
        max_length=256,
        label="Name",
        help_text="Letters, digits, spaces and _ @ . & -",
        error_messages={"required": "A trigger needs a name."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "my-worker-trigger"}
        ),
    )
    parameters = JSONObjectField(
        label="Default parameters", help_text="A JSON object; the payload of a fire wins over it, key by key."
    )
    payload = JSONObjectField(
        noun="payload is",
        label="Payload of each fire",
        help_text="A JSON object that the alarm sends each time.",
    )
    base_version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, namespace: Namespace, trigger: Trigger | None = None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {**_initial(trigger), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.namespace, self.trigger = namespace, trigger
        if trigger is not None:
            self.fields["name"].disabled = True
            if note := about_unreadable(trigger.parameters):
                self.fields["parameters"].help_text = note
            if _has_other_feed(trigger):
                choices = [(OTHER_FEED, f"The feed {trigger.feed}, as it is"), *SCHEDULES]
                self.fields["schedule"].choices = choices  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """A name that is free, as far as known."""
        if self.trigger is not None:
            return self.trigger.name
        return checked_free_name(self.namespace, self.cleaned_data["name"])

    def draft(self) -> TriggerDraft:
        """What the services want; only after `is_valid()`."""
        data = self.cleaned_data
        schedule = self.schedule_or_none(data["payload"])
        feed = self.with_what_was_told_elsewhere(schedule).feed if schedule else None
        if data["schedule"] == OTHER_FEED and self.trigger is not None:
            feed = Feed(self.trigger.feed, self.trigger.feed_parameters)
        return TriggerDraft(name=data["name"], parameters=data["parameters"], feed=feed)

    def with_what_was_told_elsewhere(self, schedule: Alarm) -> Alarm:
        """The schedule with the settings of the present one that this form does not show."""
        known = alarm_from(self.trigger.feed, self.trigger.feed_parameters) if self.trigger else None
        if known is None or known.kind is not schedule.kind:
            return schedule
        return replace(schedule, starts=known.starts, stops=known.stops, others=known.others)

    def start_over_from(self, version: str) -> None:
        """Show the form again as one that began with `version`: saving it then is a decision."""
        self.data = {**dict(self.data.items()), "base_version": version}


def checked_free_name(namespace: Namespace, text: str) -> str:
    """A name for something new, or a ValidationError that says why not."""
    try:
        return free_name(namespace, text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _initial(trigger: Trigger | None) -> dict[str, Any]:
    if trigger is None:
        return {"schedule": BY_HAND}
    known = alarm_from(trigger.feed, trigger.feed_parameters)
    initial = {
        "name": trigger.name,
        "parameters": trigger.default_parameters,
        "base_version": trigger.version,
        "schedule": known.kind.value if known else OTHER_FEED if trigger.feed else BY_HAND,
    }
    if known is None:
        return initial
    return {
        **initial,
        "cron": known.cron,
        "minutes": known.minutes,
        "date": known.date,
        "payload": known.payload or {},
    }


def _has_other_feed(trigger: Trigger) -> bool:
    """Whether it has a feed whose settings cannot be shown in the form."""
    return bool(trigger.feed) and alarm_from(trigger.feed, trigger.feed_parameters) is None
