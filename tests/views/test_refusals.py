"""The runtime's refusals at the field that caused them."""

from __future__ import annotations

import pytest
from django import forms

from runtime_app.openwhisk.errors import (
    Conflict,
    NotFound,
    OpenWhiskError,
    Rejected,
    ServerFault,
    Unreachable,
)
from runtime_app.views.refusals import MAYBE_SAVED, refuse


class AnyForm(forms.Form):
    name = forms.CharField(required=False)
    kind = forms.CharField(required=False)
    code = forms.CharField(required=False)
    timeout = forms.CharField(required=False)
    memory = forms.CharField(required=False)
    logs = forms.CharField(required=False)
    concurrency = forms.CharField(required=False)
    parameters = forms.CharField(required=False)


def refused(error: OpenWhiskError) -> tuple[str, str]:
    form = AnyForm({})
    assert form.is_valid()
    refuse(form, error, error.message)
    ((field, (sentence,)),) = form.errors.items()
    return field, sentence


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (
            "requirement failed: duration 600000 milliseconds exceeds the threshold of 300000 milliseconds",
            "timeout",
        ),
        (
            "The request content was malformed:\nrequirement failed: duration 5 milliseconds is below",
            "timeout",
        ),
        ("requirement failed: memory size 1024 MB exceeds allowed threshold of 512 MB", "memory"),
        ("requirement failed: log size 11 MB exceeds allowed threshold of 10 MB", "logs"),
        ("concurrency 5 exceeds allowed threshold of 1", "concurrency"),
        (
            "The request content was malformed:\nThe specified runtime 'x' is not supported.",
            "kind",
        ),
        ("exec larger than allowed: 50331649 > 50331648 bytes.", "code"),
        ("parameters larger than allowed: 1048577 > 1048576 bytes.", "parameters"),
        ("The name of the entity contains illegal characters.", "name"),
        ("Something new.", "__all__"),
    ],
)
def test_it_goes_to_the_field_that_it_is_about(message: str, field: str) -> None:
    where, sentence = refused(Rejected(message, method="PUT", status=400))
    assert where == field
    assert "requirement failed" not in sentence
    assert sentence.endswith(".")


def test_a_taken_name_is_the_names_fault() -> None:
    assert refused(Conflict("resource already exists", method="PUT", status=409))[0] == "name"


def test_a_missing_package_is_the_names_fault() -> None:
    field, sentence = refused(NotFound("The requested resource does not exist.", method="PUT", status=404))
    assert (field, "package" in sentence) == ("name", True)


def test_a_lost_answer_says_that_it_may_have_been_saved() -> None:
    _, sentence = refused(Unreachable("The connection was cut.", method="PUT"))
    assert MAYBE_SAVED in sentence


def test_a_runtime_that_was_not_reached_saved_nothing() -> None:
    _, sentence = refused(Unreachable("Nobody answers.", sent=False, method="PUT"))
    assert MAYBE_SAVED not in sentence


def test_trouble_of_the_server_stands_above_the_form() -> None:
    assert refused(ServerFault("It failed.", method="PUT", status=500))[0] == "__all__"
