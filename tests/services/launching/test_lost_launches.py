"""A launch whose answer was lost: what it may have become, and taking one of these in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from runtime_app.models import Activation, AuditEntry, Namespace, Origin, Status, User, Verb
from runtime_app.services.launching.lost_launches import NotACandidateError, candidates_for, identify
from tests.factories import make_activation, make_namespace, make_user

pytestmark = pytest.mark.django_db

SENT = timezone.now() - timedelta(minutes=5)


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def lost(namespace: Namespace, **fields: Any) -> Activation:
    defaults = {"listed_at": SENT - timedelta(hours=1), "sent_at": SENT, "parameters": {"w": 2}}
    return make_activation(namespace, Status.UNKNOWN, **{**defaults, **fields})


def found(namespace: Namespace, started_at: datetime, **fields: Any) -> Activation:
    defaults = {"origin": Origin.ELSEWHERE, "listed_at": started_at, "started_at": started_at}
    return make_activation(namespace, **{"status": Status.SUCCESS, **defaults, **fields})


@pytest.mark.parametrize(("seconds", "fits"), [(-6, False), (-5, True), (0, True), (60, True), (61, False)])
def test_it_fits_when_it_began_about_when_the_launch_was_sent(
    namespace: Namespace, seconds: int, fits: bool
) -> None:
    found(namespace, SENT + timedelta(seconds=seconds))
    assert candidates_for(lost(namespace)).exists() is fits


@pytest.mark.parametrize(
    "fields",
    [{"action_path": "other"}, {"origin": Origin.PANEL}, {"cause": "c" * 32}],
    ids=["another action", "claimed by a launch", "part of a sequence"],
)
def test_what_is_accounted_for_is_no_candidate(namespace: Namespace, fields: dict[str, Any]) -> None:
    found(namespace, SENT, **fields)
    assert not candidates_for(lost(namespace)).exists()


def test_what_a_rule_started_and_what_runs_elsewhere_are_no_candidates(namespace: Namespace) -> None:
    found(namespace, SENT, fired_by=make_activation(namespace))
    found(make_namespace(), SENT)
    assert not candidates_for(lost(namespace)).exists()


def test_only_a_lost_launch_has_candidates(namespace: Namespace) -> None:
    found(namespace, SENT)
    assert not candidates_for(make_activation(namespace, Status.NOT_REPORTED, listed_at=SENT)).exists()


def test_taking_one_in_keeps_who_launched_it_and_takes_its_record(namespace: Namespace, alice: User) -> None:
    activation = lost(namespace, launched_by=alice)
    candidate = found(namespace, SENT, result={"ok": 1}, logs=["hello"], size=9)
    rerun = make_activation(namespace, rerun_of=candidate)
    identify(activation, candidate.pk, person=alice)
    activation.refresh_from_db()
    rerun.refresh_from_db()
    assert (activation.status, activation.activation_id) == (Status.SUCCESS, candidate.activation_id)
    assert (activation.launched_by, activation.origin) == (alice, Origin.PANEL)
    assert (activation.payload.parameters, activation.payload.result) == ({"w": 2}, {"ok": 1})
    assert activation.error == ""
    assert rerun.rerun_of == activation
    assert not Activation.objects.filter(pk=candidate.pk).exists()


def test_it_is_on_the_audit_log(namespace: Namespace, alice: User) -> None:
    activation, candidate = lost(namespace), found(namespace, SENT)
    identify(activation, candidate.pk, person=alice)
    entry = AuditEntry.objects.get(verb=Verb.IDENTIFIED)
    assert entry.detail == {"activation": activation.pk, "activation_id": candidate.activation_id}


def test_one_record_is_taken_in_once(namespace: Namespace, alice: User) -> None:
    first, second, candidate = lost(namespace), lost(namespace), found(namespace, SENT)
    identify(first, candidate.pk, person=alice)
    with pytest.raises(NotACandidateError):
        identify(second, candidate.pk, person=alice)
    second.refresh_from_db()
    assert second.status == Status.UNKNOWN


def test_a_launch_that_was_found_meanwhile_keeps_its_record(namespace: Namespace, alice: User) -> None:
    activation, first, second = lost(namespace), found(namespace, SENT), found(namespace, SENT)
    stale = Activation.objects.get(pk=activation.pk)
    identify(activation, first.pk, person=alice)
    with pytest.raises(NotACandidateError):
        identify(stale, second.pk, person=alice)
    activation.refresh_from_db()
    assert activation.activation_id == first.activation_id
    assert Activation.objects.filter(pk=second.pk).exists()
