"""Taking records in: idempotent by activation id, whatever they hold and whoever brings them."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection

from runtime_app.models import Activation, ActivationPayload, Origin, Status
from runtime_app.models.statuses import ACCEPTS_RECORD
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.backing.redis import redis_client
from runtime_app.services.collecting.record_facts import error_sentence
from runtime_app.services.collecting.records import accepted, take_in, take_in_logs, take_in_many
from runtime_app.services.live.publishing import changes_channel
from tests.factories import make_activation, make_namespace
from tests.upstream import record
from tests.waiting import wait_until

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


def test_many_takers_of_the_same_records_announce_each_once() -> None:
    namespace, barrier = make_namespace(), threading.Barrier(4)
    waiting = [make_activation(namespace, Status.PENDING) for _ in range(60)]
    records = [remote(activation.activation_id) for activation in waiting] + [remote() for _ in range(60)]
    news: list[int] = []
    announced = redis_client().pubsub(ignore_subscribe_messages=True)
    announced.subscribe(changes_channel(namespace.pk))
    announced.get_message(timeout=5)

    def bring(mine: list[RemoteActivation]) -> None:
        barrier.wait()
        news.append(take_in_many(namespace, mine))
        connection.close()

    orders = [records, records[::-1], records[60:] + records[:60], records[30:90]]
    threads = [threading.Thread(target=bring, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(news) == 120
    assert Activation.objects.filter(status=Status.SUCCESS).count() == 120
    assert ActivationPayload.objects.count() == 120
    told: list[dict[str, Any]] = []

    def hears_no_more() -> bool:
        message = announced.get_message(timeout=1)
        told.extend([json.loads(message["data"])] if message else [])
        return message is None and len(told) >= 120

    wait_until(hears_no_more)
    announced.close()
    assert sorted((each["pk"], each["status"]) for each in told) == sorted(
        Activation.objects.values_list("pk", "status")
    )
    assert {each["pk"] for each in told if not each["new"]} == {activation.pk for activation in waiting}


def test_a_failure_between_two_statements_leaves_nothing_half_written() -> None:
    namespace = make_namespace()
    waiting = make_activation(namespace, Status.PENDING, parameters={"w": 2})
    records = [remote(waiting.activation_id), remote()]
    before = (list(Activation.objects.values()), list(ActivationPayload.objects.values()))
    statements = 0
    while True:
        statements += 1
        with connection.execute_wrapper(FailAt(statements)):
            try:
                take_in_many(namespace, records)
                break
            except InterruptedError:
                assert (list(Activation.objects.values()), list(ActivationPayload.objects.values())) == before
    assert statements > 4
    assert Activation.objects.filter(status=Status.SUCCESS).count() == ActivationPayload.objects.count() == 2


class FailAt:
    """Lets a number of statements pass but for the last, as if the process ended there."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if not self.left:
            raise InterruptedError
        return execute(sql, params, many, context)


def test_large_results_come_whole() -> None:
    large = {"text": 'ü"\\' * 1_000_000}
    response = {"status": "success", "success": True, "result": large}
    records = [remote(response=response) for _ in range(3)]
    assert take_in_many(make_namespace(), records) == 3
    assert all(payload.result == large for payload in ActivationPayload.objects.all())


def test_what_a_record_does_not_say_stays_known() -> None:
    namespace = make_namespace()
    known = {"timeout_ms": 7_000, "memory_mb": 128, "summary": "w: 2"}
    silent = make_activation(namespace, Status.PENDING, **known)
    telling = make_activation(namespace, Status.PENDING, **known)
    limits = {"limits": {"timeout": 9_000, "memory": 512, "logs": 10}}
    take_in_many(namespace, [remote(silent.activation_id), remote(telling.activation_id, annotations=limits)])
    silent.refresh_from_db()
    telling.refresh_from_db()
    assert (silent.timeout_ms, silent.memory_mb, silent.summary) == (7_000, 128, "w: 2")
    assert (telling.timeout_ms, telling.memory_mb, telling.summary) == (9_000, 512, "w: 2")


@pytest.mark.parametrize("status", list(Status))
def test_only_what_a_record_may_still_end_is_ended(status: Status) -> None:
    activation = make_activation(make_namespace(), status, activation_id="a" * 32)
    news = take_in_many(activation.namespace, [remote("a" * 32)])
    activation.refresh_from_db()
    assert news == (status in ACCEPTS_RECORD)
    assert activation.status == (Status.SUCCESS if status in ACCEPTS_RECORD else status)


def test_what_was_launched_with_stays_when_the_record_comes() -> None:
    waiting = make_activation(make_namespace(), Status.PENDING, parameters={"w": 2})
    take_in(waiting.namespace, remote(waiting.activation_id))
    assert ActivationPayload.objects.get(activation=waiting).parameters == {"w": 2}


def test_an_id_twice_in_one_answer_is_kept_once() -> None:
    twice = remote("a" * 32)
    assert take_in_many(make_namespace(), [twice, twice]) == 1
