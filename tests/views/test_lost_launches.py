"""The part of an activation's page that asks what a lost launch has become."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Origin, Status
from tests.factories import make_action, make_activation, make_user, member

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HX-Request": "true"}


@pytest.fixture
def sent() -> datetime:
    return timezone.now() - timedelta(minutes=5)


@pytest.fixture
def lost(namespace: Namespace, sent: datetime) -> Activation:
    return make_activation(namespace, Status.UNKNOWN, listed_at=sent, sent_at=sent, parameters={})


@pytest.fixture
def candidate(namespace: Namespace, sent: datetime) -> Activation:
    return make_activation(namespace, origin=Origin.ELSEWHERE, listed_at=sent, started_at=sent)


def address(activation: Activation, rest: str = "") -> str:
    return f"/n/{activation.namespace.slug}/activations/{activation.pk}/{rest}"


def choosing(activation: Activation, candidate: Activation) -> str:
    return address(activation, f"candidates/{candidate.pk}/identify/")


def test_the_page_offers_what_it_may_be(operator: Client, lost: Activation, candidate: Activation) -> None:
    html = operator.get(address(lost)).content.decode()
    assert "Did it run?" in html
    assert choosing(lost, candidate) in html


def test_sending_again_is_asked_about(operator: Client, namespace: Namespace, lost: Activation) -> None:
    make_action(namespace)
    html = operator.get(address(lost)).content.decode()
    assert "Send again…" in html
    assert "it then runs twice" in html


def test_other_activations_offer_nothing(operator: Client, candidate: Activation) -> None:
    assert "Did it run?" not in operator.get(address(candidate)).content.decode()


def test_the_part_alone(operator: Client, lost: Activation) -> None:
    html = operator.get(address(lost, "candidates/"), headers=HTMX).content.decode()
    assert "this list fills by itself" in html
    assert "<html" not in html


def test_what_had_no_record_in_time_has_probably_never_begun(operator: Client, namespace: Namespace) -> None:
    lost = make_activation(
        namespace, Status.UNKNOWN, timeout_ms=60_000, sent_at=timezone.now() - timedelta(minutes=9)
    )
    html = operator.get(address(lost, "candidates/"), headers=HTMX).content.decode()
    assert "has most probably never begun" in html
    assert "fills by itself" not in html


def test_a_click_takes_the_record_in(operator: Client, lost: Activation, candidate: Activation) -> None:
    answer = operator.post(choosing(lost, candidate))
    assert answer["Location"] == address(lost)
    lost.refresh_from_db()
    assert (lost.status, lost.activation_id) == (Status.SUCCESS, candidate.activation_id)


def test_what_is_no_candidate_is_refused_in_words(operator: Client, lost: Activation) -> None:
    other = make_activation(lost.namespace)
    html = operator.post(choosing(lost, other), follow=True).content.decode()
    assert "does not fit any more" in html
    assert Activation.objects.filter(pk=other.pk).exists()


def test_a_viewer_sees_and_does_not_choose(
    client: Client, namespace: Namespace, lost: Activation, candidate: Activation
) -> None:
    client.force_login(member(namespace))
    assert "This needs the role operator" in client.get(address(lost)).content.decode()
    assert client.post(choosing(lost, candidate)).status_code == 403


def test_a_stranger_gets_404(client: Client, lost: Activation, candidate: Activation) -> None:
    client.force_login(make_user())
    assert client.get(address(lost, "candidates/")).status_code == 404
    assert client.post(choosing(lost, candidate)).status_code == 404


def test_the_wrong_method_is_refused(operator: Client, lost: Activation, candidate: Activation) -> None:
    assert operator.get(choosing(lost, candidate)).status_code == 405
    assert operator.post(address(lost, "candidates/")).status_code == 405
