from __future__ import annotations

import pytest

from runtime_app.openwhisk.hosts import InvalidHost, is_loopback, normalise_api_host


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("adobeioruntime.net", "https://adobeioruntime.net"),
        (" https://AdobeIORuntime.net/ ", "https://adobeioruntime.net"),
        ("http://localhost:3233", "http://localhost:3233"),
        ("localhost:3233", "https://localhost:3233"),
        ("https://whisk.example/api/v1/", "https://whisk.example"),
        ("http://[::1]:3233", "http://[::1]:3233"),
    ],
)
def test_it_makes_one_form_of_what_people_write(text: str, host: str) -> None:
    assert normalise_api_host(text) == host
    assert normalise_api_host(host) == host


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "An API host is needed"),
        ("ftp://whisk.example", "must begin with https:// or http://"),
        ("file:///etc/passwd", "must begin with https:// or http://"),
        ("https://user:secret@whisk.example", "must not contain a user name or key"),
        ("https://whisk.example/other/path", "without a path or query"),
        ("https://whisk.example?x=1", "without a path or query"),
        ("https://whisk.example#x", "without a path or query"),
        ("https://", "is not a valid address"),
        ("https://whisk.example:99999", "is not a valid address"),
        ("https://whisk.example:port", "is not a valid address"),
        ("https://[::1", "is not a valid address"),
        ("whisk example", "is not a valid address"),
        ("https://whisk.example\\@evil.example", "must not contain a user name"),
    ],
)
def test_it_refuses_the_rest_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidHost, match=sentence):
        normalise_api_host(text)


def test_a_refusal_never_repeats_a_key() -> None:
    with pytest.raises(InvalidHost) as caught:
        normalise_api_host("https://uuid:very-secret@whisk.example")
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:3233/api", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:3233", True),
        ("http://localhost:3233", True),
        ("https://adobeioruntime.net", False),
        ("http://10.0.0.1", False),
        ("http://localhost.example", False),
        ("nonsense", False),
    ],
)
def test_it_knows_this_machine(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
