"""Credentials from the files that command-line tools keep."""

from __future__ import annotations

import pytest

from runtime_app.services.connecting.properties import (
    DEFAULT_API_HOST,
    InvalidKeyError,
    check_auth,
    parse_properties,
)

UUID = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502"
KEY = f"{UUID}:{'k' * 64}"


def test_it_reads_wskprops() -> None:
    found = parse_properties(f"APIHOST=https://ow.example.com\nAUTH={KEY}\nNAMESPACE=_\nAPIVERSION=v1\n")
    assert (found.api_host, found.namespace, found.auth) == ("https://ow.example.com", "_", KEY)
    assert found.missing == ()


@pytest.mark.parametrize("prefix", ["AIO_runtime_", "AIO_RUNTIME_", "WHISK_"])
def test_it_reads_dotenv_files_in_any_spelling(prefix: str) -> None:
    found = parse_properties(f"{prefix}auth={KEY}\n{prefix}namespace=123-app\n{prefix}apihost=example.com")
    assert (found.api_host, found.namespace, found.auth) == ("example.com", "123-app", KEY)


def test_quotes_comments_exports_and_windows_files_do_no_harm() -> None:
    text = f"\ufeff# AUTH=no\r\nexport APIHOST='example.com' \r\n AUTH = \"{KEY}\"\r\nnonsense\r\n=\r\n"
    found = parse_properties(text)
    assert (found.api_host, found.auth) == ("example.com", KEY)


def test_a_comment_behind_a_value_is_cut() -> None:
    assert parse_properties("APIHOST=example.com # prod").api_host == "example.com"


def test_an_app_builder_file_without_a_host_means_adobe() -> None:
    assert parse_properties(f"AIO_runtime_auth={KEY}").api_host == DEFAULT_API_HOST
    assert parse_properties(f"AUTH={KEY}").api_host == ""


def test_it_says_what_is_missing() -> None:
    host, key = parse_properties("NAMESPACE=guest").missing
    assert "AIO_runtime_apihost" in host
    assert "AUTH" in key


def test_the_key_is_not_in_its_repr() -> None:
    assert "kkk" not in repr(parse_properties(f"AUTH={KEY}"))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("x" * 64, "no colon"),
        (f"me:{'k' * 64}", "no UUID"),
        (f"{UUID}:{'k' * 63}", "has 63 characters"),
        ("", "no colon"),
    ],
)
def test_malformed_keys_are_refused_without_being_repeated(key: str, words: str) -> None:
    with pytest.raises(InvalidKeyError, match=words) as caught:
        check_auth(key)
    assert "kkk" not in str(caught.value)


def test_white_space_around_a_key_is_cut() -> None:
    assert check_auth(f" {KEY}\n") == KEY
