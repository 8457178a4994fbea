"""The history's filters as people, bookmarks and strangers write them into the address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from runtime_app.forms.history import FindForm, HistoryForm
from runtime_app.models import Namespace, Status
from runtime_app.services.history.paths import MOST_MATCHES
from tests.factories import (
    make_action,
    make_activation,
    make_namespace,
    make_trigger,
    make_user,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def bound(namespace: Namespace, query: str) -> HistoryForm:
    return HistoryForm(QueryDict(query), namespace=namespace)


def test_no_query_filters_nothing(namespace: Namespace) -> None:
    form = bound(namespace, "")
    assert form.is_valid()
    assert form.filters.is_empty
    assert form.chosen() == []


def test_empty_fields_of_a_sent_form_filter_nothing(namespace: Namespace) -> None:
    form = bound(namespace, "action=&person=&origin=&when=&since=&until=")
    assert form.is_valid()
    assert form.filters.is_empty


def test_statuses_become_states(namespace: Namespace) -> None:
    form = bound(namespace, "status=success&status=timed_out")
    assert form.is_valid()
    assert form.filters.statuses == (Status.SUCCESS, Status.TIMED_OUT)


@pytest.mark.parametrize(
    ("window", "length"),
    [("1h", timedelta(hours=1)), ("24h", timedelta(days=1)), ("7d", timedelta(days=7))],
)
def test_a_window_ends_now(namespace: Namespace, window: str, length: timedelta) -> None:
    form = bound(namespace, f"when={window}&since=2020-01-01")
    assert form.is_valid()
    since = form.filters.since
    assert since is not None
    assert abs(timezone.now() - length - since) < timedelta(seconds=5)
    assert form.filters.until is None


@pytest.mark.parametrize("written", ["2026-01-31T14:00", "2026-01-31 14:00", "2026-01-31T14:00:00"])
def test_moments_are_read_as_utc(namespace: Namespace, written: str) -> None:
    form = bound(namespace, f"when=custom&since={written}")
    assert form.is_valid()
    assert form.filters.since == datetime(2026, 1, 31, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("status=nonsense", "status", "There is no status “nonsense”."),
        ("when=ever", "when", "Choose one of the time ranges."),
        ("since=soon", "since", "Write the time as 2026-01-31 14:00 (UTC)."),
        ("since=2026-02-01&until=2026-01-01", "until", "The end must be later than the beginning."),
        ("person=999999", "person", "This person is not known here."),
        ("person=abc", "person", "This person is not known here."),
    ],
)
def test_each_refusal_is_one_sentence(namespace: Namespace, query: str, field: str, sentence: str) -> None:
    assert bound(namespace, query).errors[field] == [sentence]


def test_people_of_other_namespaces_are_not_known(namespace: Namespace) -> None:
    stranger = member(make_namespace())
    assert "person" in bound(namespace, f"person={stranger.pk}").errors


def test_members_and_administrators_can_be_chosen(namespace: Namespace) -> None:
    people = {member(namespace), make_user("root", is_superuser=True)}
    for person in people:
        form = bound(namespace, f"person={person.pk}")
        assert form.is_valid()
        assert form.filters.person == person


def test_a_part_of_a_name_means_every_action_that_has_it(namespace: Namespace) -> None:
    for path in ("images/Resize", "resize-all", "tidy"):
        make_activation(namespace, action_path=path)
    make_activation(make_namespace(), action_path="resize-theirs")
    form = bound(namespace, "action=resize")
    assert form.is_valid()
    assert form.filters.action_paths == ("images/Resize", "resize-all")
    assert form.chosen()[0].value == "“resize” in the name (2 actions)"
    form = bound(namespace, "action=TID")
    assert form.is_valid()
    assert (form.filters.action_paths, form.chosen()[0].value) == (("tidy",), "tidy")


def test_a_whole_name_means_only_that_action(namespace: Namespace) -> None:
    for path in ("resize", "resize-all"):
        make_activation(namespace, action_path=path)
    make_action(namespace, path="tidy")
    make_activation(namespace, action_path="tidy-up")
    make_trigger(namespace, name="night")
    make_activation(namespace, action_path="nightly")
    for path in ("resize", "tidy", "night"):
        form = bound(namespace, f"action={path}")
        assert form.is_valid()
        assert form.filters.action_paths == (path,)


def test_too_short_a_part_is_not_applied_and_says_so(namespace: Namespace) -> None:
    for number in range(MOST_MATCHES + 1):
        make_activation(namespace, action_path=f"a{number}")
    form = bound(namespace, "action=a")
    assert "write more of it" in form.errors["action"][0]


def test_a_leading_slash_of_an_action_is_forgiven(namespace: Namespace) -> None:
    form = bound(namespace, "action=/reports/monthly")
    assert form.is_valid()
    assert form.filters.action_paths == ("reports/monthly",)


def test_each_chosen_filter_can_be_taken_away_and_the_rest_stays(namespace: Namespace) -> None:
    form = bound(namespace, "status=success&action=a&when=custom&since=2026-01-31&before=1-2")
    assert form.is_valid()
    action, time = form.chosen()
    assert (action.label, action.value) == ("Action", "a")
    assert action.query_without == "?status=success&when=custom&since=2026-01-31"
    assert time.value == "from 2026-01-31 00:00 UTC"
    assert time.query_without == "?status=success&action=a"


@pytest.mark.parametrize("pasted", ["A" * 32, f" {'a' * 32}\n", f'"{"a" * 32}",', "-".join(["a" * 8] * 4)])
def test_an_id_is_taken_however_it_was_copied(pasted: str) -> None:
    form = FindForm({"id": pasted})
    assert form.is_valid()
    assert form.cleaned_data["id"] == "a" * 32
