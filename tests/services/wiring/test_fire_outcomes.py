"""How a fire ended is told by what it started."""

from __future__ import annotations

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Namespace, RuleOutcome, Status
from runtime_app.services.wiring.fire_outcomes import WORST_FIRST, outcomes_of
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db

PASSED, REFUSED, INACTIVE = RuleOutcome.Status


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def fire_of(
    namespace: Namespace, *started: Status, status: Status = Status.SUCCESS, others: tuple[str, ...] = ()
) -> Activation:
    """A fire whose rules started activations with these statuses; `others` are outcomes without any."""
    fire = make_activation(namespace, status, kind="trigger", action_path="upload", payload=False)
    for number, each in enumerate(started):
        activation = make_activation(namespace, each, activation_id=uuid4().hex, payload=False)
        RuleOutcome.objects.create(
            fire=fire,
            rule_name=f"r{number}",
            action_path=activation.action_path,
            status=PASSED,
            activation_id=activation.activation_id,
        )
    for number, outcome in enumerate(others):
        RuleOutcome.objects.create(fire=fire, rule_name=f"o{number}", action_path="resize", status=outcome)
    return fire


def outcome(fire: Activation) -> Status:
    return outcomes_of(fire.namespace, [fire])[fire.pk]


def test_it_is_pending_while_anything_it_started_is(namespace: Namespace) -> None:
    assert outcome(fire_of(namespace, Status.TIMED_OUT, Status.PENDING)) == Status.PENDING


def test_it_is_as_bad_as_the_worst_of_what_it_started(namespace: Namespace) -> None:
    assert outcome(fire_of(namespace, Status.SUCCESS, Status.SUCCESS)) == Status.SUCCESS
    assert (
        outcome(fire_of(namespace, Status.SUCCESS, Status.TIMED_OUT, Status.APPLICATION_ERROR)) == "timed_out"
    )


def test_a_rule_that_was_refused_counts_and_one_that_was_off_does_not(namespace: Namespace) -> None:
    assert outcome(fire_of(namespace, Status.SUCCESS, others=(REFUSED,))) == Status.REFUSED
    assert outcome(fire_of(namespace, Status.SUCCESS, others=(INACTIVE,))) == Status.SUCCESS
    assert outcome(fire_of(namespace, others=(INACTIVE,))) == Status.NO_RULE


def test_without_a_record_it_stands_as_its_own_row_does(namespace: Namespace) -> None:
    for status in (Status.PENDING, Status.REFUSED, Status.NO_RULE, Status.UNKNOWN):
        assert outcome(fire_of(namespace, status=status)) == status
    assert outcome(fire_of(namespace)) == Status.SUCCESS


def test_what_was_started_and_never_heard_of_is_not_reported(namespace: Namespace) -> None:
    fire = fire_of(namespace, Status.SUCCESS)
    Activation.objects.exclude(pk=fire.pk).delete()
    assert outcome(fire) == Status.NOT_REPORTED


def test_every_state_that_is_final_has_its_place() -> None:
    final = {status for status in Status if status.is_final}
    assert set(WORST_FIRST) == final - {Status.NO_RULE}


def test_many_fires_take_two_queries(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fires = [fire_of(namespace, Status.SUCCESS, Status.REFUSED) for _ in range(10)]
    with django_assert_num_queries(2):
        assert set(outcomes_of(namespace, fires).values()) == {Status.REFUSED}
    with django_assert_num_queries(0):
        assert outcomes_of(namespace, []) == {}
