"""Keys that make a launch happen once."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpRequest

from runtime_app.forms.launch import LaunchKeyForm


def new_key() -> UUID:
    """The key for one rendering of a button: two clicks on it send the same one."""
    return uuid4()


def key_of(request: HttpRequest) -> UUID | None:
    """The key that the pressed button sent; None when it is missing or no key."""
    form = LaunchKeyForm(request.POST)
    return form.cleaned_data["launch_key"] if form.is_valid() else None
