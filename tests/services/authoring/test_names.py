"""Names that a form begins with are free, and names."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace
from runtime_app.services.authoring.names import MOST_SUGGESTED, suggested_name
from tests.factories import make_action, make_namespace, make_package, make_rule, make_trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def test_a_name_that_anything_has_is_numbered(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_trigger(make_namespace(), name="nightly")
    assert suggested_name(namespace, "images/nightly") == "nightly"
    make_trigger(namespace, name="nightly")
    make_rule(namespace, name="nightly-2")
    make_package(namespace, name="nightly-3")
    make_action(namespace, path="nightly-4")
    with django_assert_num_queries(4):
        assert suggested_name(namespace, "nightly") == "nightly-5"


def test_when_all_are_taken_nothing_is_suggested(namespace: Namespace) -> None:
    for number in range(2, MOST_SUGGESTED + 1):
        assert suggested_name(namespace, "n") != ""
        make_trigger(namespace, name="n" if number == 2 else f"n-{number - 1}")
    assert suggested_name(namespace, "n") == f"n-{MOST_SUGGESTED}"
    make_trigger(namespace, name=f"n-{MOST_SUGGESTED}")
    assert suggested_name(namespace, "n") == ""


@pytest.mark.parametrize("text", ["", "-trigger", "images/", "a" * 257, "what?"])
def test_what_is_no_name_is_not_suggested(namespace: Namespace, text: str) -> None:
    assert suggested_name(namespace, text) == ""
