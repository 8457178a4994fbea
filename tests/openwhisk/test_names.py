from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.openwhisk.names import (
    ActionPath,
    InvalidName,
    check_name,
    is_activation_id,
    is_valid_name,
    quote_name,
)


@pytest.mark.parametrize("name", ["a", "_", "my-worker", "a b", "a@b.c", "a&b", "9", "a" * 256, "a."])
def test_names_that_openwhisk_accepts(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", [" a", "a ", "-a", ".", "..", "a/b", "é", "a\n", "a\tb", "a%2Fb", "@a", "a?b"]
)
def test_names_that_openwhisk_refuses(name: str) -> None:
    with pytest.raises(InvalidName, match="cannot be used"):
        check_name(name)


def test_an_empty_and_a_long_name_say_so() -> None:
    with pytest.raises(InvalidName, match=r"^A name is needed\.$"):
        check_name("")
    with pytest.raises(InvalidName, match="257 characters long; 256 is the most"):
        check_name("a" * 257)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("worker", ActionPath("worker")),
        ("pkg/worker", ActionPath("worker", "pkg")),
        ("/guest/worker", ActionPath("worker", None, "guest")),
        ("/guest/pkg/worker", ActionPath("worker", "pkg", "guest")),
        ("/_/worker", ActionPath("worker")),
        ("/_/pkg/worker", ActionPath("worker", "pkg")),
    ],
)
def test_it_reads_every_form_of_a_path(text: str, path: ActionPath) -> None:
    assert ActionPath.parse(text) == path
    assert ActionPath.parse(path) is path


@pytest.mark.parametrize(
    "text", ["", "/", "a/b/c", "/a", "/a/b/c/d", "a//b", "/guest/", "a/", "/ /a", "../a"]
)
def test_it_refuses_what_is_no_path(text: str) -> None:
    with pytest.raises(InvalidName):
        ActionPath.parse(text)


def test_a_path_is_written_in_the_forms_the_api_wants() -> None:
    path = ActionPath.parse("/guest/my pkg/a&b")
    assert path.relative == "my pkg/a&b"
    assert path.qualified == str(path) == "/guest/my pkg/a&b"
    assert path.quoted == "my%20pkg/a%26b"
    own = ActionPath.parse("worker")
    assert (own.qualified, str(own), own.quoted) == ("/_/worker", "worker", "worker")


@given(st.text(max_size=40))
def test_whatever_the_text_a_quoted_name_stays_one_segment(text: str) -> None:
    assert not set("/?#") & set(quote_name(text.encode("utf-8", "replace").decode()))


@given(st.from_regex(r"\A[A-Za-z0-9_]([A-Za-z0-9_@ .&-]{0,20}[A-Za-z0-9_])?\Z"))
def test_paths_survive_writing_and_reading(name: str) -> None:
    assert is_valid_name(name)
    for path in (ActionPath(name), ActionPath(name, "pkg"), ActionPath(name, "pkg", "guest")):
        assert ActionPath.parse(str(path)) == path


@pytest.mark.parametrize(
    ("text", "valid"),
    [("0" * 32, True), ("f" * 32, True), ("F" * 32, False), ("0" * 31, False), ("0" * 32 + "\n", False)],
)
def test_activation_ids_are_32_lowercase_hex(text: str, valid: bool) -> None:
    assert is_activation_id(text) is valid
