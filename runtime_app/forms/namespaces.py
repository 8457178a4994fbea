"""Connecting a namespace, replacing its key, forgetting it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from runtime_app.services.connecting.hosts import InvalidHost, normalise_api_host
from runtime_app.services.connecting.properties import (
    Credentials,
    InvalidKeyError,
    check_auth,
    parse_properties,
)

MAX_FILE_BYTES = 64 * 1024
MISSING = {"api_host": "An API host is needed.", "auth": "A key is needed, of the form UUID:KEY."}
PLAIN_TEXT = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class KeyField(forms.CharField):
    """A namespace key: its form is checked, and it is kept in a refused form.

    `render_value` puts what was typed back into the answer, so that a slip in another field does not cost the
    key. It was sent by the same browser a moment ago, and the views send such answers with `no-store`.
    """

    def __init__(self, **options: Any) -> None:
        attrs = {**PLAIN_TEXT, "autocomplete": "new-password", "placeholder": "UUID:KEY", "class": "mono"}
        super().__init__(widget=forms.PasswordInput(attrs=attrs, render_value=True), **options)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return check_auth(text) if text else ""
        except InvalidKeyError as error:
            raise forms.ValidationError(str(error)) from error


class ConnectForm(forms.Form):
    """Host, namespace and key: typed, or read from a properties file. What is typed counts first."""

    properties = forms.CharField(
        required=False,
        label="Paste .wskprops or .env",
        help_text="APIHOST, AUTH and NAMESPACE, or AIO_runtime_apihost, AIO_runtime_auth and "
        "AIO_runtime_namespace. It fills in what the fields above leave empty.",
        widget=forms.Textarea(
            attrs={**PLAIN_TEXT, "rows": 4, "class": "mono", "placeholder": "AUTH=…\nAPIHOST=…"}
        ),
    )
    properties_file = forms.FileField(required=False, label="Or choose the file", allow_empty_file=True)
    api_host = forms.CharField(
        required=False,
        label="API host",
        max_length=300,
        help_text="https:// unless you write http://.",
        widget=forms.TextInput(attrs={**PLAIN_TEXT, "placeholder": "https://adobeioruntime.net"}),
    )
    name = forms.CharField(
        required=False,
        label="Namespace",
        max_length=256,
        help_text="Leave it empty to take the one that the key belongs to.",
        widget=forms.TextInput(attrs={**PLAIN_TEXT, "placeholder": "_"}),
    )
    auth = KeyField(
        required=False,
        label="Key",
        help_text="What aio rt property get --auth or wsk property get --auth prints. Stored encrypted.",
    )

    field_order = ("properties", "properties_file", "api_host", "name", "auth")

    def clean_properties_file(self) -> str:
        """The file's text."""
        file: UploadedFile | None = self.cleaned_data["properties_file"]
        if file is None:
            return ""
        if (file.size or 0) > MAX_FILE_BYTES:
            raise forms.ValidationError(
                "The file is larger than any properties file; choose .wskprops or .env."
            )
        try:
            return bytes(file.read()).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The file holds no text; choose .wskprops or .env.") from error

    def clean(self) -> dict[str, Any]:
        """Fill the empty fields from the file, then insist on a host and a key."""
        source = "properties_file" if self.cleaned_data.get("properties_file") else "properties"
        text = self.cleaned_data.get(source, "")
        self._fill_in(parse_properties(text))
        self._clean_host()
        missing = Credentials(api_host=self._known("api_host"), auth=self._known("auth")).missing
        if missing and text:
            self.add_error(source, f"This lacks {' and '.join(missing)}.")
            return self.cleaned_data
        for name, sentence in MISSING.items():
            if not self._known(name):
                self.add_error(name, sentence)
        return self.cleaned_data

    def _known(self, name: str) -> str:
        """The field's value, good or refused already."""
        return self.cleaned_data.get(name) or ("refused" if name in self.errors else "")

    def _fill_in(self, found: Credentials) -> None:
        """Move what the file says into empty fields, which are shown again when the form is refused.

        Its text leaves the form then, because there the key would stand in clear.
        """
        data = cast(QueryDict, self.data).copy()
        for name, value in (("api_host", found.api_host), ("name", found.namespace), ("auth", found.auth)):
            if value and not data.get(name):
                data[name] = value
                self._clean_again(name, value)
        if found.auth:
            data["properties"] = ""
        self.data = data

    def _clean_again(self, name: str, value: str) -> None:
        try:
            self.cleaned_data[name] = self.fields[name].clean(value)
        except forms.ValidationError as error:
            self.add_error(name, error)

    def _clean_host(self) -> None:
        text = self.cleaned_data.get("api_host")
        if not text:
            return
        try:
            self.cleaned_data["api_host"] = normalise_api_host(text)
        except InvalidHost as error:
            self.add_error("api_host", str(error))


class ReplaceKeyForm(forms.Form):
    """Another key for the same namespace."""

    auth = KeyField(label="New key", help_text="It is tried before it replaces the old one.")


class DisconnectForm(forms.Form):
    """Confirmation by typing the namespace's name."""

    name = forms.CharField(label="Type the namespace's name", widget=forms.TextInput(attrs=PLAIN_TEXT))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.expected:
            raise forms.ValidationError(f"This is not the name; type {self.expected} to disconnect it.")
        return name
