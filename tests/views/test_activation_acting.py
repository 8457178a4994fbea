"""Running an activation again, and taking back one that waits, from its page."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from runtime_app.models import Activation, BulkState, Namespace, Role, Status
from tests.factories import make_action, make_activation, make_bulk, member
from tests.views.test_activation import address, page

pytestmark = pytest.mark.django_db


def test_a_viewer_sees_who_could_run_it_again(viewer: Client, namespace: Namespace) -> None:
    member(namespace, Role.OPERATOR, name="olga")
    make_action(namespace)
    html = page(viewer, make_activation(namespace, parameters={"a": 1}))
    assert "Ask olga" in html
    assert "rerun/" not in html


def test_an_operator_can_run_it_again_or_edit_first(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    action = make_action(namespace)
    activation = make_activation(namespace, parameters={"a": 1})
    html = page(client, activation)
    assert address(activation, "rerun/") in html
    assert f"/n/{namespace.slug}/actions/{action.pk}/launch/?from={activation.pk}" in html


def test_what_is_gone_cannot_be_run_again(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    make_action(namespace, vanished_at=timezone.now())
    assert "rerun/" not in page(client, make_activation(namespace, parameters={"a": 1}))


@pytest.mark.parametrize("rest", ["rerun/", "cancel/"])
def test_acting_is_posting(client: Client, namespace: Namespace, rest: str) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    assert client.get(address(make_activation(namespace), rest)).status_code == 405


@pytest.mark.parametrize("rest", ["rerun/", "cancel/"])
def test_a_viewer_may_not_act(viewer: Client, namespace: Namespace, rest: str) -> None:
    activation = make_activation(namespace, Status.QUEUED)
    assert viewer.post(address(activation, rest), {"launch_key": uuid4()}).status_code == 403
    activation.refresh_from_db()
    assert activation.status == Status.QUEUED


def test_a_queued_launch_is_taken_back(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    activation = make_activation(namespace, Status.QUEUED)
    assert "Take back" in page(client, activation)
    html = client.post(address(activation, "cancel/"), follow=True).content.decode()
    assert "taken back" in html
    activation.refresh_from_db()
    assert activation.status == Status.CANCELLED


def test_a_list_gets_the_row_anew_and_stays(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    activation = make_activation(namespace, Status.QUEUED)
    answer = client.post(address(activation, "cancel/"), headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert f'<tr id="activation-row-{activation.pk}" hx-swap-oob="true">' in html
    assert "Cancelled" in html
    assert "taken back" in answer["HX-Trigger"]


def test_taking_back_twice_is_no_failure(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    activation = make_activation(namespace, Status.QUEUED)
    client.post(address(activation, "cancel/"))
    html = client.post(address(activation, "cancel/"), follow=True).content.decode()
    assert "taken back already" in html


def test_a_row_of_a_paused_bulk_launch_says_why_it_waits(viewer: Client, namespace: Namespace) -> None:
    bulk = make_bulk(namespace, state=BulkState.PAUSED)
    assert "bulk launch is paused" in page(viewer, make_activation(namespace, Status.QUEUED, bulk=bulk))


def test_what_has_left_cannot_be_taken_back(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    activation = make_activation(namespace, Status.PENDING)
    assert "cannot be taken back" in client.post(address(activation, "cancel/"), follow=True).content.decode()
    activation.refresh_from_db()
    assert activation.status == Status.PENDING


def test_running_again_launches_once_however_often_it_is_pressed(
    client: Client, namespace: Namespace
) -> None:
    person = member(namespace, Role.OPERATOR)
    client.force_login(person)
    make_action(namespace)
    first = make_activation(namespace, parameters={"a": 1})
    key = uuid4()
    answers = [client.post(address(first, "rerun/"), {"launch_key": key}) for _ in range(2)]
    again = Activation.objects.get(launch_key=key)
    assert [answer["Location"] for answer in answers] == [address(again)] * 2
    assert again.rerun_of == first
    assert again.launched_by == person
    assert again.payload.parameters == {"a": 1}


@pytest.mark.parametrize("data", [{}, {"launch_key": "nonsense"}])
def test_running_again_needs_the_page_s_key(
    client: Client, namespace: Namespace, data: dict[str, str]
) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    make_action(namespace)
    activation = make_activation(namespace, parameters={})
    html = client.post(address(activation, "rerun/"), data, follow=True).content.decode()
    assert "out of date" in html
    assert Activation.objects.count() == 1


def test_an_action_that_is_gone_is_not_run_again(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    activation = make_activation(namespace, parameters={})
    html = client.post(address(activation, "rerun/"), {"launch_key": uuid4()}, follow=True).content.decode()
    assert "no longer known" in html
