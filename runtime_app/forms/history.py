"""The history's filters, as they stand in the address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from runtime_app.models import BulkLaunch, Namespace, Origin, Schedule, Status, User
from runtime_app.services.history.pages import HistoryFilters
from runtime_app.services.history.paths import MOST_MATCHES, paths_like

ACTIVATION_ID = re.compile(r"[0-9a-f]{32}")
WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
WINDOW_CHOICES = [
    ("", "Any time"),
    ("1h", "Last hour"),
    ("24h", "Last 24 hours"),
    ("7d", "Last 7 days"),
    ("custom", "From – to"),
]
CURSORS = ("before", "after", "cursor")
MOMENT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
MOMENT_REFUSED = "Write the time as 2026-01-31 14:00 (UTC)."


def moment_field(label: str) -> forms.DateTimeField:
    """A moment in UTC, as `<input type="datetime-local">` sends it."""
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=MOMENT_FORMATS,
        error_messages={"invalid": MOMENT_REFUSED},
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )


@dataclass(frozen=True, slots=True)
class ChosenFilter:
    """One filter that narrows the list, in words, and the query without it (with its `?`)."""

    label: str
    value: str
    query_without: str


class HistoryForm(forms.Form):
    """Bound to the query of the history page; `filters` is what the service wants."""

    status = forms.MultipleChoiceField(
        choices=Status.choices,
        required=False,
        error_messages={"invalid_choice": "There is no status “%(value)s”."},
    )
    action = forms.CharField(max_length=513, required=False)
    person = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Anybody",
        error_messages={"invalid_choice": "This person is not known here."},
    )
    origin = forms.ChoiceField(choices=[("", "Here or elsewhere"), *Origin.choices], required=False)
    when = forms.ChoiceField(
        choices=WINDOW_CHOICES,
        required=False,
        error_messages={"invalid_choice": "Choose one of the time ranges."},
    )
    bulk = forms.ModelChoiceField(
        queryset=BulkLaunch.objects.none(),
        required=False,
        error_messages={"invalid_choice": "This bulk launch is not known here."},
    )
    schedule = forms.ModelChoiceField(
        queryset=Schedule.objects.none(),
        required=False,
        error_messages={"invalid_choice": "This schedule is not known here."},
    )
    since = moment_field("From (UTC)")
    until = moment_field("To (UTC)")

    def __init__(self, data: QueryDict, *, namespace: Namespace) -> None:
        super().__init__(data)
        self._query, self._namespace = data, namespace
        self._paths: list[str] = []
        people = User.objects.filter(Q(memberships__namespace=namespace) | Q(is_superuser=True))
        field = self.fields["person"]
        field.queryset = people.distinct().order_by("username")  # type: ignore[attr-defined]
        field.label_from_instance = lambda user: user.shown_name  # type: ignore[attr-defined]
        bulks = BulkLaunch.objects.filter(namespace=namespace).defer("source")
        self.fields["bulk"].queryset = bulks  # type: ignore[attr-defined]
        schedules = Schedule.objects.filter(namespace=namespace)
        self.fields["schedule"].queryset = schedules  # type: ignore[attr-defined]

    def clean_action(self) -> str:
        """The name, or a part of it, and what has it."""
        text: str = self.cleaned_data["action"].strip("/")
        # A name that nothing has finds nothing.
        self._paths = (paths_like(self._namespace, text) or [text]) if text else []
        if len(self._paths) > MOST_MATCHES:
            raise forms.ValidationError(
                f"More than {MOST_MATCHES} actions have “{text}” in their name: write more of it."
            )
        return text

    def clean(self) -> dict[str, Any]:
        """Refuses a custom range that ends before it begins."""
        cleaned = {**self.cleaned_data}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since >= until:
            self.add_error("until", "The end must be later than the beginning.")
        return cleaned

    @property
    def filters(self) -> HistoryFilters:
        """The filters of a valid form."""
        cleaned = self.cleaned_data
        since, until = self._range(timezone.now())
        return HistoryFilters(
            statuses=tuple(Status(value) for value in cleaned["status"]),
            action_paths=tuple(self._paths),
            person=cleaned["person"],
            origin=cleaned["origin"],
            since=since,
            until=until,
            bulk=cleaned["bulk"],
            schedule=cleaned["schedule"],
        )

    def chosen(self) -> list[ChosenFilter]:
        """The filters in force, but for the statuses, whose chips show it themselves. For a valid form."""
        cleaned = self.cleaned_data
        words = {
            ("action",): ("Action", self._action_in_words()),
            ("person",): ("Launched by", cleaned["person"] and cleaned["person"].shown_name),
            ("origin",): ("Origin", cleaned["origin"] and Origin(cleaned["origin"]).label),
            ("when", "since", "until"): ("Time", self._range_in_words()),
            ("bulk",): ("Bulk launch", cleaned["bulk"] and str(cleaned["bulk"])),
            ("schedule",): ("Schedule", cleaned["schedule"] and cleaned["schedule"].name),
        }
        return [
            ChosenFilter(label, value, self._query_without(names))
            for names, (label, value) in words.items()
            if value
        ]

    def _action_in_words(self) -> str:
        if len(self._paths) > 1:
            return f"“{self.cleaned_data['action']}” in the name ({len(self._paths)} actions)"
        return self._paths[0] if self._paths else ""

    def _range_in_words(self) -> str:
        when, since, until = (self.cleaned_data[name] for name in ("when", "since", "until"))
        if when in WINDOWS:
            return dict(WINDOW_CHOICES)[when]
        ends = [f"{word} {end:%Y-%m-%d %H:%M}" for word, end in (("from", since), ("to", until)) if end]
        return " ".join([*ends, "UTC"]) if ends else ""

    def _query_without(self, names: Iterable[str]) -> str:
        query = self._query.copy()
        for name in (*names, *CURSORS):
            query.pop(name, None)
        return f"?{query.urlencode()}"

    def _range(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """A named window wins over the moments, which are kept in the form for the next try."""
        when = self.cleaned_data["when"]
        if when in WINDOWS:
            return now - WINDOWS[when], None
        return self.cleaned_data["since"], self.cleaned_data["until"]


class FindForm(forms.Form):
    """The search box: an activation id, however it was pasted."""

    id = forms.CharField(
        max_length=100, error_messages={"required": "Paste an activation id: 32 characters from 0-9 and a-f."}
    )

    def clean_id(self) -> str:
        """The id in lower case, without what copying left around it."""
        text: str = self.cleaned_data["id"].strip().strip("\"'`,;:").lower().replace("-", "")
        if not ACTIVATION_ID.fullmatch(text):
            raise forms.ValidationError(
                "This is no activation id. It has 32 characters from 0-9 and a-f, such as "
                "8f1a5c0ed6c04f0b9a5c0ed6c0bf0b21."
            )
        return text
