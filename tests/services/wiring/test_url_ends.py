"""How calls of URLs came out is known from the records of web actions, and from calls made here."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Action, Namespace, Status, UrlCall
from runtime_app.services.wiring.map import wiring_map
from runtime_app.services.wiring.url_ends import UrlEnd, day_calls, last_url_ends, latest_url_ends
from tests.factories import make_action, make_activation, make_namespace
from tests.wiring import call_url, wire_two_hundred

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


@pytest.fixture
def hook(namespace: Namespace) -> Action:
    make_action(namespace)
    return make_hook(namespace)


def make_hook(namespace: Namespace, path: str = "hook") -> Action:
    return make_action(namespace, path=path, annotations={"web-export": True}, starts="resize")


def call_from_here(hook: Action, status: Status = Status.SUCCESS, **fields: Any) -> UrlCall:
    """A call whose answer has named the run; the runtime keeps no record of the web action's own."""
    started = make_activation(hook.namespace, status, **fields)
    return UrlCall.objects.create(
        namespace=hook.namespace,
        action_path=hook.path,
        starts="resize",
        launch_key=uuid4(),
        activation=started,
    )


def last(hook: Action) -> UrlEnd | None:
    return last_url_ends(hook.namespace, [hook]).get(hook.path)


def test_a_call_came_out_as_the_run_that_its_result_names(hook: Action) -> None:
    assert last(hook) is None
    for status in (Status.TIMED_OUT, Status.PENDING, Status.SUCCESS):
        run = call_url(hook.namespace, status=status)
        end = last(hook)
        assert end is not None
        assert (end.status, end.run, end.shown) == (status, run, end.started)
    assert [each.status for each in latest_url_ends(hook, 2)] == [Status.SUCCESS, Status.PENDING]


def test_a_web_action_that_failed_started_nothing(hook: Action) -> None:
    run = make_activation(hook.namespace, Status.APPLICATION_ERROR, action_path="hook")
    end = last(hook)
    assert end is not None
    assert (end.status, end.is_failure, end.shown) == (Status.APPLICATION_ERROR, True, run)


@pytest.mark.parametrize(
    ("result", "label"),
    [
        ({"statusCode": 405}, "Named no run"),
        ({"body": f'{{"activationId": "{"a" * 32}"}}'}, "Not heard of yet"),
    ],
)
def test_what_is_not_known_is_no_failure(hook: Action, result: dict[str, Any], label: str) -> None:
    make_activation(hook.namespace, action_path="hook", result=result)
    end = last(hook)
    assert end is not None
    assert (end.status, end.is_failure, end.label) == (None, False, label)
    assert wiring_map(hook.namespace).failing == 0


def test_calls_from_here_count_where_the_runtime_keeps_no_record_of_them(hook: Action) -> None:
    call_from_here(hook, Status.DEVELOPER_ERROR)
    end = last(hook)
    assert end is not None
    assert (end.status, end.run) == (Status.DEVELOPER_ERROR, None)
    assert len(latest_url_ends(hook, 10)) == 1
    assert wiring_map(hook.namespace).failing == 1
    assert day_calls(hook.namespace, ["hook"]) == {"hook": 1}


def test_a_call_from_here_that_has_a_record_is_one_call(hook: Action) -> None:
    call = call_from_here(hook)
    assert call.activation is not None
    make_activation(
        hook.namespace, action_path="hook", result={"activationId": call.activation.activation_id}
    )
    assert len(latest_url_ends(hook, 10)) == 1
    assert day_calls(hook.namespace, ["hook"]) == {"hook": 1}


def test_calls_of_the_last_day_are_counted(hook: Action) -> None:
    call_url(hook.namespace, hours_ago=25)
    call_url(hook.namespace, hours_ago=23)
    call_url(make_namespace())
    assert day_calls(hook.namespace, ["hook", "other"]) == {"hook": 1}


def test_many_urls_cost_as_many_queries_as_one(
    namespace: Namespace,
    django_assert_num_queries: DjangoAssertNumQueries,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    wire_two_hundred(namespace)
    for number in range(40):
        call_from_here(make_hook(namespace, f"hook-{number}"))
        call_url(namespace, f"hook-{number}")
    hooks = list(Action.objects.filter(path__startswith="hook-").select_related("namespace"))
    with django_assert_num_queries(5):
        assert len(last_url_ends(namespace, hooks)) == 40
    with django_assert_num_queries(4):
        assert len(latest_url_ends(hooks[0], 10)) == 2
    with django_assert_max_num_queries(18):
        found = wiring_map(namespace)
    assert all(url.end and url.end.status and url.calls == 1 for url in found.urls)
