"""Fields and checks that several forms have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from runtime_app.models import Namespace
from runtime_app.services.authoring.drafts import checked_path
from runtime_app.services.authoring.names import path_sentence


class CronField(forms.CharField):
    """A cron as typed; `clean_cron` of the form says whether it counts and can be read."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "placeholder": "0 8 * * 1-5", "class": "mono"}
        widget = forms.TextInput(attrs=attrs)
        super().__init__(required=False, max_length=200, label="Cron", widget=widget, **kwargs)


def free_path(namespace: Namespace, text: str) -> str:
    """The path of a new action, if OpenWhisk accepts it and it is free as far as known.

    Raises:
        ValidationError: it is not, and why.
    """
    try:
        path = checked_path(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error
    if sentence := path_sentence(namespace, path):
        raise ValidationError(sentence)
    return path
