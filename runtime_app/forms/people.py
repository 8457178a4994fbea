"""Signing in, accounts, invitations and roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.contrib.auth.password_validation import validate_password
from django.db.models import Q

from runtime_app.models import AuditEntry, Namespace, Role, User, Verb

NAME_CHARACTERS = 150
PASSWORD_HELP = "At least 8 characters, not only digits, and nothing easy to guess."  # noqa: S105


class SignInForm(AuthenticationForm):
    """Django's form, in the panel's words."""

    error_messages = {
        "invalid_login": "This user name and password do not belong together.",
        "inactive": "This account is closed.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"


class NameForm(forms.Form):
    """The name that other people see."""

    name = forms.CharField(
        label="Your name",
        max_length=NAME_CHARACTERS,
        help_text="Other people see it beside what you launch.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class ThemeForm(forms.Form):
    """Light, dark, or as the system has it."""

    theme = forms.ChoiceField(
        choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
        label="Theme",
        widget=forms.RadioSelect,
    )


class NewcomerForm(NameForm):
    """The account that somebody makes with an invitation."""

    username = forms.CharField(
        label="User name",
        max_length=NAME_CHARACTERS,
        validators=[User.username_validator],
        help_text="You sign in with it: letters, digits and @ . + - _",
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_HELP,
    )

    field_order = ("name", "username", "password")

    def clean_username(self) -> str:
        username: str = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError("Somebody has this user name already; take another one.")
        return username

    def clean(self) -> dict[str, Any]:
        """The validators compare the password with the other fields, so it comes last."""
        data = self.cleaned_data
        if "password" in data:
            somebody = User(username=data.get("username", ""), first_name=data.get("name", ""))
            try:
                validate_password(data["password"], somebody)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


def password_form(user: User, data: Any = None) -> SetPasswordForm | PasswordChangeForm:
    """Django's form for a new password; it asks for the old one only where there is one."""
    form_class = PasswordChangeForm if user.has_usable_password() else SetPasswordForm
    form = form_class(user, data)
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)  # It stands on a page with other forms.
    form.fields["new_password1"].help_text = PASSWORD_HELP
    form.fields["new_password2"].label, form.fields["new_password2"].help_text = "The same again", ""
    return form


class InviteForm(forms.Form):
    """An invitation by one-time link."""

    role = forms.ChoiceField(choices=Role.choices, initial=Role.OPERATOR, label="Role")
    note = forms.CharField(
        required=False,
        max_length=200,
        label="For whom",
        widget=forms.TextInput(attrs={"placeholder": "Ada, from the billing team", "autocomplete": "off"}),
    )

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(choices=Role.choices, label="Role")

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class AuditFilterForm(forms.Form):
    """What of the audit log to show: a namespace's, or the whole panel's without one.

    `before` is the last entry of the page before.
    """

    person = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Person", empty_label="Everybody"
    )
    verb = forms.ChoiceField(choices=[("", "Everything"), *Verb.choices], required=False, label="Deed")
    before = forms.ModelChoiceField(AuditEntry.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, namespace: Namespace | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people, entries = User.objects.all(), AuditEntry.objects.all()
        if namespace is not None:
            people = people.filter(Q(memberships__namespace=namespace) | Q(is_superuser=True)).distinct()
            entries = entries.filter(namespace=namespace)
        self._choices("person").queryset = people.order_by("username")
        self._choices("before").queryset = entries

    def _choices(self, name: str) -> forms.ModelChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        return field
