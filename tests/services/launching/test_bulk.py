"""Bulk launches: draft, launch once, pause, resume, stop, and how far it has come."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import (
    Activation,
    ActivationPayload,
    AuditEntry,
    BulkLaunch,
    BulkState,
    Namespace,
    Status,
    User,
    Verb,
)
from runtime_app.services.launching import bulk as service
from runtime_app.services.launching.dripping import send_queued
from tests.factories import make_action, make_activation, make_bulk, make_namespace, make_user

pytestmark = pytest.mark.django_db(transaction=True)

THREE = '{"n": 1}\n{"n": 2}\n{"n": 3}\n'


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def draft(namespace: Namespace, person: User, text: str = THREE) -> BulkLaunch:
    return service.draft(make_action(namespace), person=person, text=text, source_format="")


def launched(namespace: Namespace, person: User, text: str = THREE) -> BulkLaunch:
    bulk = draft(namespace, person, text)
    assert service.launch_bulk(bulk, person=person)
    return bulk


def test_a_draft_launches_nothing(namespace: Namespace, alice: User) -> None:
    bulk = draft(namespace, alice)
    assert bulk.is_draft
    assert not Activation.objects.exists()


def test_each_row_waits_as_an_activation_with_its_parameters(namespace: Namespace, alice: User) -> None:
    bulk = launched(namespace, alice)
    rows = Activation.objects.filter(bulk=bulk).order_by("pk")
    assert [row.status for row in rows] == [Status.QUEUED] * 3
    assert [row.payload.parameters for row in rows] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert {row.launched_by for row in rows} == {alice}
    bulk.refresh_from_db()
    assert (bulk.state, bulk.total, bulk.source) == (BulkState.RUNNING, 3, "")


def test_the_rows_leave_by_the_queue(namespace: Namespace, alice: User) -> None:
    launched(namespace, alice)
    assert send_queued() == 3


def test_it_is_one_entry_of_the_audit_log(namespace: Namespace, alice: User) -> None:
    bulk = launched(namespace, alice)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.person, entry.target) == (Verb.BULK_LAUNCHED, alice, "resize")
    assert entry.detail == {"bulk": bulk.pk, "rows": 3, "skipped": 0}


def test_bad_rows_stop_everything_unless_they_are_to_be_left_out(namespace: Namespace, alice: User) -> None:
    bulk = draft(namespace, alice, THREE + "oops")
    with pytest.raises(service.BadRowsError):
        service.launch_bulk(bulk, person=alice)
    assert not Activation.objects.exists()
    assert service.launch_bulk(bulk, person=alice, skip_bad=True)
    assert (bulk.total, bulk.skipped) == (3, 1)


def test_without_a_single_good_row_nothing_is_launched(namespace: Namespace, alice: User) -> None:
    bulk = draft(namespace, alice, "{oops")
    with pytest.raises(service.BadRowsError):
        service.launch_bulk(bulk, person=alice, skip_bad=True)


def test_an_action_that_is_gone_is_not_launched(namespace: Namespace, alice: User) -> None:
    bulk = draft(namespace, alice)
    namespace.actions.update(vanished_at=timezone.now())
    with pytest.raises(service.ActionGoneError):
        service.launch_bulk(bulk, person=alice)
    bulk.refresh_from_db()
    assert bulk.is_draft


def test_two_clicks_at_the_same_moment_launch_once(namespace: Namespace, alice: User) -> None:
    bulk, barrier = draft(namespace, alice), threading.Barrier(2)
    answers: list[bool] = []

    def click() -> None:
        mine = BulkLaunch.objects.get(pk=bulk.pk)
        barrier.wait()
        answers.append(service.launch_bulk(mine, person=alice))
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, True]
    assert Activation.objects.count() == 3


def test_a_paused_one_sends_nothing_until_it_is_resumed(namespace: Namespace, alice: User) -> None:
    bulk = launched(namespace, alice)
    assert service.pause(bulk, person=alice)
    assert not service.pause(bulk, person=alice)
    assert send_queued() == 0
    assert service.resume(bulk, person=alice)
    assert send_queued() == 3


def test_stopping_takes_back_what_waits_and_leaves_the_rest(namespace: Namespace, alice: User) -> None:
    bulk = launched(namespace, alice)
    sent = Activation.objects.filter(bulk=bulk).earliest("pk")
    sent.claim_for_sending()
    assert service.stop(bulk, person=alice) == 2
    assert service.stop(bulk, person=alice) is None
    statuses = Activation.objects.filter(bulk=bulk).order_by("pk").values_list("status", flat=True)
    assert list(statuses) == [Status.SENDING, Status.CANCELLED, Status.CANCELLED]
    bulk.refresh_from_db()
    assert bulk.state == BulkState.STOPPED
    assert bulk.ended_at is not None
    assert AuditEntry.objects.get(verb=Verb.BULK_STOPPED).detail["cancelled"] == 2


def test_progress_counts_what_waits_runs_and_ended(namespace: Namespace) -> None:
    bulk = make_bulk(namespace)
    for status in (Status.QUEUED, Status.QUEUED, Status.PENDING, Status.SUCCESS, Status.TIMED_OUT):
        make_activation(namespace, status, bulk=bulk)
    make_activation(namespace)
    progress = service.progress(bulk)
    assert (progress.total, progress.queued, progress.running, progress.ended) == (5, 2, 1, 2)
    assert progress.endings == [(Status.SUCCESS, 1), (Status.TIMED_OUT, 1)]
    assert progress.ends_at is None


def test_what_was_taken_back_has_not_ended(namespace: Namespace) -> None:
    bulk = make_bulk(namespace)
    for status in (Status.CANCELLED, Status.CANCELLED, Status.PENDING, Status.SUCCESS):
        make_activation(namespace, status, bulk=bulk)
    progress = service.progress(bulk)
    assert (progress.total, progress.cancelled, progress.running, progress.ended) == (4, 2, 1, 1)


@pytest.mark.usefixtures("clock")
def test_the_expected_end_follows_from_what_left_lately(namespace: Namespace) -> None:
    bulk, now = make_bulk(namespace), timezone.now()
    for _ in range(6):
        make_activation(namespace, Status.QUEUED, bulk=bulk)
    for seconds in (1, 20, 30, 90):
        make_activation(namespace, Status.PENDING, bulk=bulk, sent_at=now - timedelta(seconds=seconds))
    progress = service.progress(bulk)
    assert progress.rate == 6
    assert progress.ends_at is not None
    assert timedelta(seconds=55) < progress.ends_at - now < timedelta(seconds=70)


@pytest.mark.usefixtures("clock")
def test_the_expected_end_heeds_how_many_run_at_once() -> None:
    namespace = make_namespace(limits={"concurrentInvocations": 10})
    bulk, now = make_bulk(namespace), timezone.now()
    for _ in range(5):
        make_activation(namespace, Status.SUCCESS, wait_ms=0, duration_ms=60_000)
    for _ in range(70):
        make_activation(namespace, Status.QUEUED, bulk=bulk)
    for _ in range(7):
        make_activation(namespace, Status.PENDING, bulk=bulk, sent_at=now)
    progress = service.progress(bulk)
    assert progress.rate == 7 * 12
    assert progress.ends_at == now + timedelta(minutes=70 / 7 + 1)


def test_no_end_is_expected_of_what_is_held_back_by_runs_of_unknown_length() -> None:
    namespace = make_namespace(limits={"concurrentInvocations": 1})
    bulk = make_bulk(namespace)
    make_activation(namespace, Status.QUEUED, bulk=bulk)
    make_activation(namespace, Status.PENDING, bulk=bulk, sent_at=timezone.now())
    progress = service.progress(bulk)
    assert progress.rate > 0
    assert progress.hold
    assert progress.ends_at is None


def test_old_drafts_of_a_person_go_with_the_next_one(namespace: Namespace, alice: User) -> None:
    old = make_bulk(namespace, state=BulkState.DRAFT, launched_by=alice)
    BulkLaunch.objects.update(created_at=timezone.now() - timedelta(days=2))
    draft(namespace, alice)
    assert not BulkLaunch.objects.filter(pk=old.pk).exists()


def test_a_launch_that_was_broken_off_sends_nothing_and_can_be_made_again(
    namespace: Namespace, alice: User
) -> None:
    bulk = draft(namespace, alice)
    # As a process that died after its first batch left it.
    make_activation(namespace, Status.QUEUED, bulk=bulk, launch_key=bulk.row_key(1), parameters={"n": 1})
    assert send_queued() == 0
    assert service.launch_bulk(bulk, person=alice)
    assert Activation.objects.count() == 3
    assert send_queued() == 3


def test_discarding_a_draft_leaves_nothing_that_could_leave(namespace: Namespace, alice: User) -> None:
    bulk = draft(namespace, alice)
    make_activation(namespace, Status.QUEUED, bulk=bulk, launch_key=bulk.row_key(1))
    assert service.discard(bulk)
    assert not Activation.objects.exists()


def test_what_was_launched_cannot_be_discarded(namespace: Namespace, alice: User) -> None:
    assert not service.discard(launched(namespace, alice))
    assert Activation.objects.count() == 3


def test_many_rows_are_put_down_in_short_transactions_and_few_statements(
    namespace: Namespace, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bulk = draft(namespace, alice, '{"image": "a.png", "width": 800}\n' * (2 * service.BATCH_ROWS + 1))
    with django_assert_max_num_queries(80):
        assert service.launch_bulk(bulk, person=alice)
    assert Activation.objects.count() == ActivationPayload.objects.count() == 2 * service.BATCH_ROWS + 1
