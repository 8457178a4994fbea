"""Connecting by hand or by properties file: what is taken, and where each refusal stands."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from runtime_app.forms.namespaces import ConnectForm
from tests.factories import AUTH


def bound(file: bytes | None = None, **fields: str) -> ConnectForm:
    data = QueryDict(mutable=True)
    data.update(fields)
    files = {} if file is None else {"properties_file": SimpleUploadedFile(".env", file)}
    return ConnectForm(data, files)


def test_fields_alone_are_enough() -> None:
    form = bound(api_host=" example.com/api/v1 ", name="team", auth=f" {AUTH}\n")
    assert form.is_valid()
    data = form.cleaned_data
    assert (data["api_host"], data["name"], data["auth"]) == ("https://example.com", "team", AUTH)


def test_a_pasted_file_alone_is_enough() -> None:
    form = bound(properties=f"APIHOST=http://localhost:3233\nNAMESPACE=guest\nAUTH={AUTH}")
    assert form.is_valid()
    data = form.cleaned_data
    assert (data["api_host"], data["name"], data["auth"]) == ("http://localhost:3233", "guest", AUTH)


def test_an_uploaded_file_alone_is_enough() -> None:
    form = bound(f"AIO_runtime_auth={AUTH}\r\nAIO_runtime_namespace=123-app\r\n".encode())
    assert form.is_valid()
    assert form.cleaned_data["api_host"] == "https://adobeioruntime.net"
    assert form.cleaned_data["name"] == "123-app"


def test_what_is_typed_counts_before_the_file() -> None:
    form = bound(properties=f"APIHOST=a.example.com\nAUTH={AUTH}", api_host="b.example.com")
    assert form.is_valid()
    assert form.cleaned_data["api_host"] == "https://b.example.com"


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({}, "api_host", "host is needed"),
        ({}, "auth", "key is needed"),
        ({"api_host": "ftp://x", "auth": AUTH}, "api_host", "https://"),
        ({"api_host": "https://me@x", "auth": AUTH}, "api_host", "own field"),
        ({"api_host": "x", "auth": "secret"}, "auth", "no colon"),
        ({"api_host": "x", "auth": AUTH + "k"}, "auth", "65 characters"),
        ({"api_host": "x" * 301, "auth": AUTH}, "api_host", "300 characters"),
        ({"properties": "hello"}, "properties", "lacks the API host (APIHOST"),
        ({"properties": f"AUTH={AUTH}"}, "properties", "lacks the API host (APIHOST"),
        ({"properties": "APIHOST=x"}, "properties", "lacks the key (AUTH"),
        ({"properties": "APIHOST=x\nAUTH=y"}, "auth", "no colon"),
        ({"properties": f"APIHOST=ftp://x\nAUTH={AUTH}"}, "api_host", "https://"),
    ],
)
def test_each_refusal_is_one_sentence_at_its_field(fields: dict[str, str], where: str, words: str) -> None:
    form = bound(**fields)
    assert not form.is_valid()
    assert len(form.errors[where]) == 1
    assert words in form.errors[where][0]


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xff\xfe\x00", "no text"), (b"x" * 70_000, "larger"), (b"hello", "lacks")]
)
def test_a_useless_file_is_refused_at_the_file(content: bytes, words: str) -> None:
    form = bound(content)
    assert not form.is_valid()
    assert words in form.errors["properties_file"][0]


def test_a_refused_form_keeps_what_was_typed_with_the_key_in_a_password_field() -> None:
    form = bound(properties=f"AUTH={AUTH}", name="team")
    assert not form.is_valid()
    page = form.as_p()
    assert 'value="team"' in page
    assert page.count(AUTH) == 1
    assert f'<input type="password" name="auth" value="{AUTH}"' in page


def test_text_without_a_key_stays_in_the_form() -> None:
    form = bound(properties="APIHOST=x\nATUH=typo")
    assert not form.is_valid()
    assert "ATUH=typo" in form.as_p()
