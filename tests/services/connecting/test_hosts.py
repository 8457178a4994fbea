"""Which hosts may be called."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from runtime_app.services.connecting.hosts import InvalidHost, check_host


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("http://127.0.0.1:3233", "http://127.0.0.1:3233"),
        (" HTTP://LOCALHOST:3233/api/v1/ ", "http://localhost:3233"),
        ("127.0.0.1", "https://127.0.0.1"),
        ("1.1.1.1/api/v1", "https://1.1.1.1"),
    ],
)
def test_a_host_is_used_as_scheme_host_and_port(typed: str, used: str) -> None:
    assert check_host(typed) == used


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is needed"),
        ("ftp://example.com", "https://"),
        ("https://user:key@example.com", "its own field"),
        ("https://example.com/web/path", "without a path"),
        ("http://127.0.0.1:port", "not a valid address"),
        ("nowhere.invalid", "nowhere.invalid could not be found"),
        ("http://169.254.169.254", "never called"),
        ("http://[fd00:ec2::254]", "never called"),
        ("http://[fe80::1]", "never called"),
        ("http://0.0.0.0:3233", "no address of a single server"),
        ("http://224.0.0.1", "no address of a single server"),
        ("http://10.0.0.1", "private"),
        ("http://100.64.0.1", "private"),
        ("http://[::ffff:192.168.0.1]", "private"),
        ("http://[2002:c0a8:0001::1]", "private"),
        ("http://3232235521", "private"),
    ],
)
def test_other_hosts_are_refused_in_a_sentence(typed: str, words: str) -> None:
    with pytest.raises(InvalidHost, match=words):
        check_host(typed)


def test_private_hosts_are_called_where_the_operator_allows_it(settings: LazySettings) -> None:
    settings.OVERTIME_ALLOW_PRIVATE_HOSTS = True
    assert check_host("http://10.0.0.1") == "http://10.0.0.1"
    with pytest.raises(InvalidHost):
        check_host("http://169.254.169.254")


@pytest.mark.parametrize(
    "typed", ["http://127.0.0.1", "http://localhost", "http://[::1]", "http://2130706433"]
)
def test_this_machine_is_not_called_where_the_operator_forbids_it(settings: LazySettings, typed: str) -> None:
    settings.OVERTIME_ALLOW_LOOPBACK = False
    with pytest.raises(InvalidHost, match="OVERTIME_ALLOW_LOOPBACK"):
        check_host(typed)
