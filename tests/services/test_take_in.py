"""Taking records in: idempotent by activation id, whatever they hold and whoever brings them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from runtime_app.models import Activation, ActivationPayload, Origin, Status
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.collecting.record_facts import error_sentence
from runtime_app.services.collecting.records import accepted, take_in, take_in_logs, take_in_many
from tests.factories import make_activation, make_namespace
from tests.upstream import record

pytestmark = pytest.mark.django_db(transaction=True)


def remote(activation_id: str | None = None, **fields: Any) -> RemoteActivation:
    return RemoteActivation.from_json(record(activation_id, **fields))


def failed(status: str, result: Any) -> dict[str, Any]:
    return {"status": status, "success": False, "result": result, "size": 10}


def test_a_record_ends_the_activation_that_waits_for_it() -> None:
    waiting = make_activation(make_namespace(), Status.PENDING)
    taken = take_in(waiting.namespace, remote(waiting.activation_id, annotations={"initTime": 210}))
    assert taken == waiting
    assert (taken.status, taken.duration_ms, taken.wait_ms, taken.init_ms) == (Status.SUCCESS, 800, 12, 210)
    assert taken.next_poll_at is None
    assert taken.payload.logs == ["2026-01-01T00:00:00.000000000Z stdout: hello"]


def test_the_same_record_again_changes_nothing() -> None:
    namespace, once = make_namespace(), remote()
    first = take_in(namespace, once)
    second = take_in(namespace, once)
    assert first == second
    assert first.changed_at == second.changed_at
    assert ActivationPayload.objects.count() == 1


def test_a_later_record_cannot_change_a_reported_end() -> None:
    namespace = make_namespace()
    done = take_in(namespace, remote("d" * 32))
    take_in(namespace, remote("d" * 32, response=failed("whisk internal error", {"error": "no"})))
    done.refresh_from_db()
    assert done.status == Status.SUCCESS


def test_many_at_once_keep_one(db: None) -> None:
    namespace, same, barrier = make_namespace(), remote("e" * 32), threading.Barrier(4)

    def bring() -> None:
        barrier.wait()
        take_in(namespace, same)
        connection.close()

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Activation.objects.count() == ActivationPayload.objects.count() == 1


@pytest.mark.parametrize(
    ("response", "annotations", "status"),
    [
        (failed("application error", {"error": "no"}), {}, Status.APPLICATION_ERROR),
        (failed("action developer error", {"error": "no"}), {}, Status.DEVELOPER_ERROR),
        (failed("whisk internal error", {"error": "no"}), {}, Status.INTERNAL_ERROR),
        (failed("action developer error", {"error": "no"}), {"timeout": True}, Status.TIMED_OUT),
        (failed("application error", {"error": "no"}), {"timeout": True}, Status.TIMED_OUT),
        (failed("something new", {"error": "no"}), {}, Status.INTERNAL_ERROR),
    ],
)
def test_each_outcome_has_its_state(
    response: dict[str, Any], annotations: dict[str, Any], status: Status
) -> None:
    taken = take_in(make_namespace(), remote(response=response, annotations=annotations))
    assert (taken.status, taken.error) == (status, "no")


def test_what_nobody_launched_here_came_from_elsewhere() -> None:
    taken = take_in(make_namespace(), remote())
    assert taken.origin == Origin.ELSEWHERE
    assert taken.listed_at == taken.started_at


def test_hostile_text_is_kept_as_it_came() -> None:
    result = {"nul": "a\x00b", "half": "\ud800", "<script>": "alert(1)", "big": 10**30}
    taken = take_in(
        make_namespace(), remote(response={"status": "success", "success": True, "result": result})
    )
    assert ActivationPayload.objects.get(activation=taken).result == result


def test_an_error_with_a_nul_still_has_a_sentence() -> None:
    taken = take_in(make_namespace(), remote(response=failed("application error", {"error": "a\x00b\nc"})))
    taken.refresh_from_db()
    assert taken.error == "ab c"


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ({"error": "plain"}, "plain"),
        ({"error": {"message": "boom", "stack": "…"}}, "boom"),
        ({"error": {"statusCode": 404}}, '{"statusCode": 404}'),
        ({"error": 7}, ""),
        (["no", "object"], ""),
        (None, ""),
        ({"error": "x" * 900}, "x" * 499 + "…"),
    ],
)
def test_the_error_sentence_is_found_wherever_it_is(result: Any, sentence: str) -> None:
    assert error_sentence(result) == sentence


def test_a_sweep_that_was_faster_gives_way_to_the_launch() -> None:
    sent = make_activation(make_namespace(), Status.SENDING, summary="w: 2")
    take_in(sent.namespace, remote("f" * 32))
    accepted(sent, "f" * 32)
    assert Activation.objects.get() == sent
    assert (sent.status, sent.activation_id) == (Status.PENDING, "f" * 32)
    take_in(sent.namespace, remote("f" * 32))
    sent.refresh_from_db()
    assert (sent.status, sent.origin) == (Status.SUCCESS, Origin.PANEL)


def test_ids_of_different_namespaces_do_not_meet() -> None:
    take_in(make_namespace(), remote("a" * 32))
    take_in(make_namespace(), remote("a" * 32))
    assert Activation.objects.count() == 2


def test_logs_that_come_later_are_added() -> None:
    done = take_in(make_namespace(), remote("b" * 32, logs=[]))
    take_in_logs(done, remote("b" * 32))
    assert ActivationPayload.objects.get(activation=done).logs == [
        "2026-01-01T00:00:00.000000000Z stdout: hello"
    ]


def test_a_trigger_record_has_no_end() -> None:
    full = record("c" * 32, name="my-trigger")
    for key in ("end", "duration"):
        del full[key]
    full["annotations"] = []
    taken = take_in(make_namespace(), RemoteActivation.from_json(full))
    assert (taken.action_path, taken.status, taken.duration_ms) == ("my-trigger", Status.SUCCESS, None)


def test_many_records_cost_a_few_statements(django_assert_max_num_queries: Any) -> None:
    namespace = make_namespace()
    waiting = [make_activation(namespace, Status.PENDING) for _ in range(50)]
    records = [remote(activation.activation_id) for activation in waiting] + [remote() for _ in range(50)]
    with django_assert_max_num_queries(10):
        assert take_in_many(namespace, records) == 100
    assert Activation.objects.filter(status=Status.SUCCESS).count() == 100
    assert ActivationPayload.objects.count() == 100
    assert take_in_many(namespace, records) == 0


def test_what_was_launched_with_stays_when_the_record_comes() -> None:
    waiting = make_activation(make_namespace(), Status.PENDING, parameters={"w": 2})
    take_in(waiting.namespace, remote(waiting.activation_id))
    assert ActivationPayload.objects.get(activation=waiting).parameters == {"w": 2}


def test_an_id_twice_in_one_answer_is_kept_once() -> None:
    twice = remote("a" * 32)
    assert take_in_many(make_namespace(), [twice, twice]) == 1
