"""Bringing cached actions up to date, against the real runtime."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from runtime_app.models import Action, Namespace
from runtime_app.openwhisk import ActionLimits, ActionSpec, OpenWhiskClient, Unauthorized, Unreachable
from runtime_app.services.authoring.sync import SYNC_EVERY, due_for_sync, sync_action, sync_namespace
from runtime_app.services.connecting.connections import client_for
from tests.factories import make_namespace
from tests.upstream import Answer, Asked, Upstream

CODE = "exports.main = (args) => args;"


@pytest.fixture
def client(guest: Namespace) -> Any:
    with client_for(guest) as opened:
        yield opened


def put(client: OpenWhiskClient, path: str, code: str = CODE, **limits: int) -> None:
    spec = ActionSpec(kind="nodejs:20", code=code, limits=ActionLimits(**limits) if limits else None)
    client.put_action(path, spec, overwrite=True)


def test_it_stores_what_is_new(guest: Namespace, client: OpenWhiskClient) -> None:
    put(client, "resize", timeout_ms=120_000, memory_mb=512)
    report = sync_namespace(guest)
    action = Action.objects.get(namespace=guest)
    assert report.created == ["resize"]
    assert (action.path, action.version, action.kind) == ("resize", "0.0.1", "nodejs:20")
    assert (action.timeout_ms, action.memory_mb) == (120_000, 512)
    assert action.code.text == CODE
    assert action.changed_outside_at is None


def test_it_reads_limits_and_kinds_of_the_namespace(guest: Namespace) -> None:
    sync_namespace(guest)
    guest.refresh_from_db()
    assert guest.max_timeout_ms == 10_800_000
    assert {"kind": "nodejs:20", "default": True, "deprecated": False} in guest.runtimes
    assert guest.synced_at is not None


def test_it_reads_an_action_again_only_when_it_changed(guest: Namespace, client: OpenWhiskClient) -> None:
    put(client, "resize")
    put(client, "crop")
    sync_namespace(guest)
    put(client, "resize", code="exports.main = () => ({ two: 2 });")
    report = sync_namespace(guest)
    assert (report.created, report.changed, report.vanished) == ([], ["resize"], [])
    changed = Action.objects.get(namespace=guest, path="resize")
    assert changed.version == "0.0.2"
    assert changed.changed_outside_at is not None
    assert "two" in changed.code.text


def test_nothing_new_changes_nothing(guest: Namespace, client: OpenWhiskClient) -> None:
    put(client, "resize")
    sync_namespace(guest)
    before = Action.objects.get(namespace=guest).synced_at
    assert str(sync_namespace(guest)) == "nothing has changed"
    assert Action.objects.get(namespace=guest).synced_at == before


def test_what_vanished_is_marked_and_comes_back(guest: Namespace, client: OpenWhiskClient) -> None:
    put(client, "resize")
    sync_namespace(guest)
    client.delete_action("resize")
    assert sync_namespace(guest).vanished == ["resize"]
    gone = Action.objects.get(namespace=guest)
    assert gone.vanished_at is not None
    assert sync_namespace(guest).vanished == []
    put(client, "resize")
    assert sync_namespace(guest).returned == ["resize"]
    assert Action.objects.get(namespace=guest).vanished_at is None


@pytest.mark.django_db(transaction=True)
def test_two_syncs_at_once_give_the_same_rows(standalone_server: Any) -> None:
    namespace = make_namespace(name="guest", api_host=standalone_server.url, auth=standalone_server.auth)
    with client_for(namespace) as client:
        paths = [f"at-once-{number}" for number in range(6)]
        for path in paths:
            put(client, path)
        barrier, errors = Barrier(3), []

        def sync() -> None:
            barrier.wait(30)
            try:
                sync_namespace(Namespace.objects.get(pk=namespace.pk))
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [Thread(target=sync) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        for path in paths:
            client.delete_action(path)
    assert errors == []
    stored = Action.objects.filter(namespace=namespace, path__startswith="at-once-")
    assert sorted(stored.values_list("path", flat=True)) == paths
    assert set(stored.values_list("changed_outside_at", flat=True)) == {None}


def test_one_action_is_read_alone(guest: Namespace, client: OpenWhiskClient) -> None:
    put(client, "resize")
    action = sync_action(guest, "resize")
    assert action is not None
    assert action.code.text == CODE


def test_one_action_that_is_gone_is_marked(guest: Namespace, client: OpenWhiskClient) -> None:
    put(client, "resize")
    sync_action(guest, "resize")
    client.delete_action("resize")
    assert sync_action(guest, "resize") is None
    assert Action.objects.get(namespace=guest).vanished_at is not None


def test_an_action_that_cannot_be_read_does_not_stop_the_others(
    namespace: Namespace, upstream: Upstream
) -> None:
    upstream.script = broken_for("broken")
    report = sync_namespace(namespace)
    assert report.created == ["fine"]
    assert list(report.failed) == ["broken"]
    assert Action.objects.get(namespace=namespace).path == "fine"
    namespace.refresh_from_db()
    assert namespace.synced_at is not None


def test_code_that_is_not_given_out_leaves_the_rest(namespace: Namespace, upstream: Upstream) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/actions/secret") and asked.query.get("code") != "false":
            return Answer(403, {"error": "The code of this action cannot be downloaded.", "code": "t"})
        return listed_or_one(asked, ["secret"])

    upstream.script = script
    assert sync_namespace(namespace).created == ["secret"]
    assert not hasattr(Action.objects.get(namespace=namespace), "code")


def test_an_action_missing_in_the_list_but_there_is_not_marked(
    namespace: Namespace, upstream: Upstream
) -> None:
    upstream.script = lambda asked: listed_or_one(asked, ["resize"])
    sync_namespace(namespace)
    upstream.script = lambda asked: (
        Answer(body=[]) if asked.path.endswith("/actions") else listed_or_one(asked, ["resize"])
    )
    assert sync_namespace(namespace).vanished == []
    assert Action.objects.get(namespace=namespace).vanished_at is None


def test_a_runtime_that_is_away_is_said_and_loses_nothing(guest: Namespace, client: OpenWhiskClient) -> None:
    put(client, "resize")
    sync_namespace(guest)
    guest.api_host = "http://127.0.0.1:9"
    guest.save()
    with pytest.raises(Unreachable):
        sync_namespace(guest)
    guest.refresh_from_db()
    assert guest.last_error
    assert Action.objects.get(namespace=guest).vanished_at is None


def test_a_refused_key_stops_the_namespace(namespace: Namespace, upstream: Upstream) -> None:
    upstream.answers(Answer(401, {"error": "The supplied authentication is invalid", "code": "t"}))
    with pytest.raises(Unauthorized):
        sync_namespace(namespace)
    namespace.refresh_from_db()
    assert namespace.key_refused
    assert namespace.pk not in due_for_sync()


def test_foreign_values_are_stored_as_any_database_holds_them(
    namespace: Namespace, upstream: Upstream
) -> None:
    strange = document("strange")
    strange["exec"] = {"kind": "k" * 200, "code": "a\x00b\ud800", "main": "m" * 400, "binary": False}
    strange["parameters"] = [{"key": "\x00", "value": "\udfff"}]
    strange["version"] = "v" * 90

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/actions/strange"):
            return Answer(body=strange)
        return listed_or_one(asked, ["strange"])

    upstream.script = script
    report = sync_namespace(namespace)
    action = Action.objects.get(namespace=namespace)
    assert report.created == ["strange"]
    assert (len(action.kind), len(action.main), len(action.version)) == (80, 256, 40)
    assert action.code.text == "ab?"
    assert action.parameters == [{"key": "\x00", "value": "\udfff"}]


@pytest.mark.django_db
def test_due_are_namespaces_that_were_not_synced_for_a_while() -> None:
    never = make_namespace()
    long_ago = make_namespace(synced_at=timezone.now() - SYNC_EVERY - timedelta(seconds=1))
    make_namespace(synced_at=timezone.now() - SYNC_EVERY + timedelta(seconds=30))
    make_namespace(key_refused=True)
    assert set(due_for_sync()) == {never.pk, long_ago.pk}


def document(name: str) -> dict[str, Any]:
    return {
        "namespace": "guest",
        "name": name,
        "version": "0.0.1",
        "publish": False,
        "updated": 1_767_225_600_000,
        "annotations": [{"key": "exec", "value": "nodejs:20"}],
        "limits": {"timeout": 60_000, "memory": 256, "logs": 10, "concurrency": 1},
        "exec": {"kind": "nodejs:20", "code": CODE, "binary": False},
        "parameters": [],
    }


def listed_or_one(asked: Asked, names: list[str]) -> Answer:
    """A server with these actions, which says nothing about limits and kinds."""
    if asked.path.endswith("/actions"):
        return Answer(body=[document(name) for name in names] if asked.query["skip"] == "0" else [])
    name = asked.path.rpartition("/")[2]
    if name not in names:
        return Answer(404, {"error": "Not there.", "code": "t"})
    known = document(name)
    if asked.query.get("code") == "false":
        del known["exec"]["code"]
    return Answer(body=known)


def broken_for(name: str) -> Any:
    def script(asked: Asked) -> Answer:
        if asked.path.endswith(f"/actions/{name}"):
            return Answer(200, "<html>oops</html>", content_type="text/html")
        return listed_or_one(asked, [name, "fine"])

    return script
