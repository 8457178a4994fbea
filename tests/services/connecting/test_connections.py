"""Calling a namespace's runtime, and keeping, replacing, revealing and forgetting the connection."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runtime_app.models import (
    Activation,
    ActivationPayload,
    AuditEntry,
    Membership,
    Namespace,
    Role,
    RuleOutcome,
    Verb,
)
from runtime_app.openwhisk import BadReply, NotFound, Throttled, Unauthorized, Unreachable
from runtime_app.services.connecting import connections
from runtime_app.services.connecting.trials import ConnectionReport, TrialFailedError
from tests.factories import AUTH, make_action, make_activation, make_namespace, make_preset, make_user, member
from tests.upstream import Answer, Asked, Upstream

pytestmark = pytest.mark.django_db

OTHER_AUTH = AUTH.replace("k", "x")


def openwhisk(asked: Asked) -> Answer:
    """A small but proper deployment with the namespace `team`."""
    answers: dict[str, Any] = {
        "/": {"api_paths": ["/api/v1"], "runtimes": {"nodejs": [{"kind": "nodejs:20", "default": True}]}},
        "/api/v1/namespaces": ["team"],
        "/api/v1/namespaces/_/limits": {"invocationsPerMinute": 60},
        "/api/v1/namespaces/team/limits": {"invocationsPerMinute": 60},
        "/api/v1/namespaces/_/actions": [],
    }
    return Answer(body=answers[asked.path])


def test_a_good_call_records_contact_and_ends_earlier_trouble(upstream: Upstream) -> None:
    upstream.script = openwhisk
    namespace = make_namespace(api_host=upstream.url, last_error="It was away.", key_refused=True)
    with connections.calling(namespace) as client:
        assert client.namespaces() == ("team",)
    namespace.refresh_from_db()
    assert namespace.is_healthy
    assert namespace.last_error_at is None
    assert namespace.last_contact_at is not None


@pytest.mark.usefixtures("clock")
def test_contact_is_written_at_most_every_five_seconds(upstream: Upstream) -> None:
    upstream.script = openwhisk
    namespace = make_namespace(api_host=upstream.url, last_contact_at=timezone.now())
    with CaptureQueriesContext(connection) as queries, connections.calling(namespace) as client:
        client.namespaces()
    assert len(queries) == 0
    namespace.last_contact_at = timezone.now() - timedelta(seconds=6)
    with CaptureQueriesContext(connection) as queries, connections.calling(namespace) as client:
        client.namespaces()
    assert len(queries) == 1


def test_a_refusal_that_is_an_answer_counts_as_contact(upstream: Upstream) -> None:
    upstream.answers(Answer(404, {"error": "The requested resource does not exist.", "code": "1"}))
    namespace = make_namespace(api_host=upstream.url)
    with pytest.raises(NotFound), connections.calling(namespace) as client:
        client.get_activation("a" * 32)
    namespace.refresh_from_db()
    assert namespace.is_healthy
    assert namespace.last_contact_at is not None


def test_a_refused_key_stops_the_namespace(upstream: Upstream) -> None:
    upstream.answers(Answer(401, {"error": "The supplied authentication is invalid", "code": "1"}))
    namespace = make_namespace(api_host=upstream.url)
    with pytest.raises(Unauthorized), connections.calling(namespace) as client:
        client.namespaces()
    namespace.refresh_from_db()
    assert namespace.key_refused
    assert "did not accept the key" in namespace.last_error
    assert namespace not in Namespace.objects.active()


def test_an_unreachable_runtime_is_trouble_but_no_refused_key() -> None:
    namespace = make_namespace()
    with pytest.raises(Unreachable), connections.calling(namespace) as client:
        client.namespaces()
    namespace.refresh_from_db()
    assert "connection refused" in namespace.last_error
    assert not namespace.key_refused
    assert namespace.last_error_at is not None


def test_a_web_page_is_trouble(upstream: Upstream) -> None:
    upstream.answers(Answer(200, "<!doctype html><h1>Hello</h1>", content_type="text/html"))
    namespace = make_namespace(api_host=upstream.url)
    with pytest.raises(BadReply), connections.calling(namespace) as client:
        client.namespaces()
    namespace.refresh_from_db()
    assert "web page" in namespace.last_error


def test_a_key_that_cannot_be_decrypted_is_a_refused_key() -> None:
    namespace = make_namespace()
    namespace.encrypted_auth = "gAAAAA-not-ours"
    namespace.save()
    with pytest.raises(Unauthorized, match="enter it again"), connections.calling(namespace):
        pytest.fail("There is no client to call with.")
    namespace.refresh_from_db()
    assert namespace.key_refused


def test_old_news_is_not_recorded_over_a_replaced_key() -> None:
    namespace = make_namespace()
    as_a_worker_sees_it = Namespace.objects.get(pk=namespace.pk)
    namespace.auth = OTHER_AUTH
    namespace.save()
    as_a_worker_sees_it.record_error("It refused the old key.", key_refused=True)
    namespace.refresh_from_db()
    assert namespace.is_healthy


def test_news_of_a_namespace_that_is_gone_is_dropped() -> None:
    namespace = make_namespace()
    Namespace.objects.filter(pk=namespace.pk).delete()
    namespace.record_contact()
    namespace.record_error("It is away.")
    assert not Namespace.objects.exists()


def test_a_known_list_limit_is_used_from_the_start(upstream: Upstream) -> None:
    upstream.answers(Answer(body=[]))
    with connections.client_for(make_namespace(api_host=upstream.url, list_limit=50)) as client:
        client.list_activations()
    assert [asked.query["limit"] for asked in upstream.asked] == ["50"]


def test_connecting_makes_the_person_admin_and_hides_the_key() -> None:
    ann = make_user("ann")
    report = ConnectionReport("https://ow.example.com", "team", {"invocationsPerMinute": 9}, [], 50)
    namespace = connections.connect_namespace(report, AUTH, person=ann)
    namespace.refresh_from_db()
    assert (namespace.slug, namespace.name, namespace.list_limit) == ("team", "team", 50)
    assert namespace.role_of(ann) == Role.ADMIN
    assert namespace.auth == AUTH
    assert AUTH.partition(":")[2] not in namespace.encrypted_auth
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.person) == (Verb.CONNECTED, ann)
    assert "kkk" not in str(entry.detail)


def test_a_namespace_is_connected_once() -> None:
    ann = make_user("ann")
    report = ConnectionReport("https://ow.example.com", "team")
    first = connections.connect_namespace(report, AUTH, person=ann)
    with pytest.raises(connections.AlreadyConnectedError) as caught:
        connections.connect_namespace(report, AUTH, person=ann)
    assert caught.value.namespace == first


def test_the_same_name_at_another_host_gets_another_address() -> None:
    ann = make_user("ann")
    slugs = [
        connections.connect_namespace(ConnectionReport(f"https://{host}", "Team A"), AUTH, person=ann).slug
        for host in ("a.example.com", "b.example.com", "c.example.com")
    ]
    assert slugs == ["team-a", "team-a-2", "team-a-3"]


def test_a_name_without_latin_letters_has_an_address_too() -> None:
    assert connections.free_slug("日本") == "namespace"


def test_the_embedded_runtime_is_connected_once_and_followed() -> None:
    namespace = connections.connect_embedded("http://127.0.0.1:3233", AUTH)
    assert (namespace.name, namespace.slug, namespace.is_embedded) == ("guest", "guest", True)
    again = connections.connect_embedded("http://127.0.0.1:3233", AUTH)
    assert again == namespace
    assert again.encrypted_auth == namespace.encrypted_auth
    moved = connections.connect_embedded("http://127.0.0.1:4000", OTHER_AUTH)
    assert Namespace.objects.get() == moved
    assert (moved.api_host, moved.auth) == ("http://127.0.0.1:4000", OTHER_AUTH)


def test_a_guest_namespace_connected_by_hand_is_taken_over() -> None:
    mine = make_namespace(api_host="http://127.0.0.1:3233", name="guest")
    assert connections.connect_embedded("http://127.0.0.1:3233", AUTH) == mine
    assert Namespace.objects.get().is_embedded


def test_an_embedded_key_that_cannot_be_decrypted_is_entered_again() -> None:
    namespace = connections.connect_embedded("http://127.0.0.1:3233", AUTH)
    Namespace.objects.update(encrypted_auth="gAAAAA-not-ours", key_refused=True)
    connections.connect_embedded("http://127.0.0.1:3233", AUTH)
    namespace.refresh_from_db()
    assert namespace.auth == AUTH
    assert not namespace.key_refused


def test_an_embedded_key_that_was_refused_is_tried_again_at_the_next_start() -> None:
    namespace = connections.connect_embedded("http://127.0.0.1:3233", AUTH)
    namespace.record_error("It does not accept the key.", key_refused=True)
    connections.connect_embedded("http://127.0.0.1:3233", AUTH)
    assert namespace in Namespace.objects.active()


def test_a_429_ends_no_trouble_or_pauses_would_never_grow(upstream: Upstream) -> None:
    namespace = make_namespace(api_host=upstream.url)
    upstream.script = lambda asked: Answer(429, {"error": "Too many requests.", "code": "c"})
    for times in range(1, 4):
        with connections.tolerating(namespace, "Reading"), connections.calling(namespace) as client:
            client.namespaces()
        namespace.refresh_from_db()
        assert namespace.failures == times


@pytest.mark.parametrize("status", [202, 429])
def test_what_a_launch_is_answered_does_not_end_a_rest_from_reading(upstream: Upstream, status: int) -> None:
    namespace = make_namespace(api_host=upstream.url)
    namespace.record_throttle("Too many requests.", retry_after=40)
    upstream.answers(Answer(status, {"activationId": "a" * 32, "error": "Too many requests.", "code": "c"}))
    with suppress(Throttled), connections.calling(namespace, launches=True) as client:
        client.invoke("worker", {})
    assert namespace not in Namespace.objects.callable_now()
    upstream.answers(Answer(body=[]))
    with connections.calling(namespace) as client:
        client.namespaces()
    assert namespace in Namespace.objects.callable_now()


def test_a_launch_that_gets_through_ends_all_other_trouble(upstream: Upstream) -> None:
    namespace = make_namespace(api_host=upstream.url)
    namespace.record_error("It is away.")
    upstream.answers(Answer(202, {"activationId": "a" * 32}))
    with connections.calling(namespace, launches=True) as client:
        client.invoke("worker", {})
    assert Namespace.objects.get(pk=namespace.pk).is_healthy


def test_a_tried_key_replaces_the_old_one(upstream: Upstream) -> None:
    upstream.script = openwhisk
    namespace = make_namespace(api_host=upstream.url, name="team")
    namespace.record_throttle("Not so often.", retry_after=90)
    namespace.record_error("No.", key_refused=True)
    connections.replace_key(namespace, OTHER_AUTH, person=make_user())
    namespace.refresh_from_db()
    assert namespace.failures == 0
    assert namespace in Namespace.objects.callable_now(), "workers need not wait for the end of a pause"
    assert namespace.auth == OTHER_AUTH
    assert namespace.is_healthy
    assert namespace.limits == {"invocationsPerMinute": 60}
    assert AuditEntry.objects.get().verb == Verb.KEY_REPLACED


def test_the_key_of_another_namespace_replaces_nothing(upstream: Upstream) -> None:
    upstream.script = openwhisk
    namespace = make_namespace(api_host=upstream.url, name="another")
    with pytest.raises(TrialFailedError, match="opens the namespace team, not another"):
        connections.replace_key(namespace, OTHER_AUTH, person=make_user())
    namespace.refresh_from_db()
    assert namespace.auth == AUTH
    assert not AuditEntry.objects.exists()


def test_revealing_is_noted() -> None:
    namespace, ann = make_namespace(), make_user("ann")
    assert connections.reveal_key(namespace, person=ann) == AUTH
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.person, entry.namespace) == (Verb.REVEALED, ann, namespace)


def test_checking_wakes_a_stopped_namespace_up(upstream: Upstream) -> None:
    upstream.script = openwhisk
    namespace = make_namespace(api_host=upstream.url, name="team", key_refused=True, last_error="No.")
    connections.check_connection(namespace)
    namespace.refresh_from_db()
    assert namespace.is_healthy
    assert namespace in Namespace.objects.active()


def test_disconnecting_forgets_everything_of_that_namespace_only() -> None:
    namespace, other = make_namespace(), make_namespace()
    for each in (namespace, other):
        make_action(each)
        make_preset(each)
        first = make_activation(each)
        make_activation(each, rerun_of=first)
        RuleOutcome.objects.create(fire=first, rule_name="daily", action_path="resize", status="passed")
        member(each)
    connections.disconnect(namespace, person=make_user("ann"))
    assert list(Namespace.objects.all()) == [other]
    assert Activation.objects.count() == ActivationPayload.objects.count() == 2
    assert Membership.objects.count() == RuleOutcome.objects.count() == 1
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target, entry.namespace) == (Verb.DISCONNECTED, namespace.name, None)


def test_a_host_that_moved_to_a_forbidden_address_is_sent_nothing(
    upstream: Upstream, settings: LazySettings
) -> None:
    upstream.script = openwhisk
    namespace = make_namespace(api_host=upstream.url.replace("127.0.0.1", "localhost"))
    with connections.calling(namespace) as client:
        assert client.namespaces() == ("team",)
    settings.OVERTIME_ALLOW_LOOPBACK = False
    with (
        pytest.raises(Unreachable, match="localhost leads to an address that this panel may not call"),
        connections.calling(namespace) as client,
    ):
        client.namespaces()
    assert len(upstream.asked) == 1


def test_the_embedded_runtime_may_be_on_this_machine_all_the_same(
    upstream: Upstream, settings: LazySettings
) -> None:
    upstream.script = openwhisk
    settings.OVERTIME_ALLOW_LOOPBACK = False
    with connections.calling(connections.connect_embedded(upstream.url, AUTH)) as client:
        assert client.namespaces() == ("team",)
