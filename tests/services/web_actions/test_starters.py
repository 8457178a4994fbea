"""The web action that starts a worker: written, created, found again, and called."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import requests
from django.utils import timezone

from runtime_app.models import Action, Activation, AuditEntry, Namespace, Role, Status, User, Verb
from runtime_app.models.actions import REQUIRE_AUTH, WITHHELD_SECRET
from runtime_app.openwhisk import ActionSpec, Conflict
from runtime_app.openwhisk.web import SECRET_HEADER
from runtime_app.services.authoring.sync import sync_action, sync_namespace
from runtime_app.services.collecting.cycles import collect_namespace
from runtime_app.services.collecting.sweeping import sweep_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.web_actions.access import (
    Protection,
    protection_of,
    reveal_secret,
    set_exported,
    set_protection,
    warnings_for,
)
from runtime_app.services.web_actions.calls import runs_after, try_url
from runtime_app.services.web_actions.starters import (
    StarterDraft,
    create_starter,
    starter_code,
    starters_of,
    suggested_path,
)
from runtime_app.services.web_actions.urls import web_place
from tests.factories import make_action, make_namespace, member
from tests.waiting import wait_until

WORKER = "exports.main = (args) => ({ got: args });"
SECONDS = 60


@pytest.fixture
def person(guest: Namespace) -> User:
    return member(guest, Role.EDITOR, "eve")


def put(namespace: Namespace, path: str, code: str = WORKER, **spec: Any) -> Action:
    with client_for(namespace) as client:
        client.put_action(path, ActionSpec(kind="nodejs:default", code=code, **spec), overwrite=True)
    action = sync_action(namespace, path)
    assert action is not None
    return action


def give_url(worker: Action, person: User, **fields: Any) -> Action:
    draft = {"path": suggested_path(worker), "worker_path": worker.path, "code": starter_code(worker.path)}
    return create_starter(worker.namespace, StarterDraft(**{**draft, **fields}), person=person)


def url_of(action: Action) -> str:
    return web_place(action.namespace, action.path).url


def result_of(activation: Activation) -> Any:
    def is_home() -> bool:
        collect_namespace(activation.namespace_id)
        activation.refresh_from_db()
        return activation.is_final

    wait_until(is_home, SECONDS)
    return activation.payload.result


def test_the_url_answers_with_the_id_of_the_worker(guest: Namespace, person: User) -> None:
    starter = give_url(put(guest, "my-worker"), person)
    answer = requests.post(url_of(starter), json={"name": "Ada"}, timeout=SECONDS)
    assert (answer.status_code, list(answer.json())) == (202, ["activationId"])
    as_json = requests.post(f"{url_of(starter)}.json", json={"name": "Ada"}, timeout=SECONDS)
    assert (as_json.status_code, len(as_json.json()["activationId"])) == (200, 32)


def test_a_worker_in_a_package_is_started_from_its_package(guest: Namespace, person: User) -> None:
    with client_for(guest) as client:
        client.put_package("images", overwrite=True)
    starter = give_url(put(guest, "images/resize"), person)
    assert starter.path == "images/resize-url"
    tried = try_url(starter, person=person, parameters={"w": 8}, extension="", launch_key=uuid4())
    assert tried.activation is not None
    assert tried.activation.action_path == "images/resize"
    assert result_of(tried.activation) == {"got": {"w": 8}}


def test_a_get_starts_nothing_unless_it_is_allowed(guest: Namespace, person: User) -> None:
    worker = put(guest, "my-worker")
    careful = give_url(worker, person)
    answer = requests.get(url_of(careful), timeout=SECONDS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert not any("A GET starts it too" in text for text in warnings_for(guest, careful))
    open_to_get = give_url(worker, person, path="other", code=starter_code(worker.path, allows_get=True))
    assert requests.get(f"{url_of(open_to_get)}?a=1", timeout=SECONDS).status_code == 202
    assert any("A GET starts it too" in text for text in warnings_for(guest, open_to_get))


def test_a_worker_that_is_gone_is_an_error_and_no_id(guest: Namespace, person: User) -> None:
    worker = put(guest, "my-worker")
    starter = give_url(worker, person)
    with client_for(guest) as client:
        client.delete_action("my-worker")
    tried = try_url(starter, person=person, parameters={}, extension="", launch_key=uuid4())
    assert tried.answer is not None
    assert tried.answer.status == 404
    assert (tried.activation, tried.may_have_started) == (None, False)


def test_trying_makes_a_row_that_the_collector_brings_home(guest: Namespace, person: User) -> None:
    starter = give_url(put(guest, "my-worker"), person, secret="s3cret")
    tried = try_url(starter, person=person, parameters={"a": 1}, extension=".json", launch_key=uuid4())
    activation = tried.activation
    assert activation is not None
    assert (activation.status, activation.launched_by) == (Status.PENDING, person)
    assert tried.answer is not None
    assert tried.answer.started == activation.activation_id
    assert result_of(activation) == {"got": {"a": 1}}


def test_one_key_calls_once(guest: Namespace, person: User) -> None:
    starter, key = give_url(put(guest, "my-worker"), person), uuid4()
    first = try_url(starter, person=person, parameters={}, extension="", launch_key=key)
    second = try_url(starter, person=person, parameters={}, extension="", launch_key=key)
    assert first.activation == second.activation
    assert second.answer is None
    assert Activation.objects.count() == 1


def test_a_name_that_is_taken_overwrites_nothing(guest: Namespace, person: User) -> None:
    worker = put(guest, "my-worker")
    put(guest, "my-worker-url", "exports.main = () => ({ mine: true });")
    with pytest.raises(Conflict):
        give_url(worker, person)


def test_the_secret_is_wanted_and_kept_nowhere_here(guest: Namespace, person: User) -> None:
    starter = give_url(put(guest, "my-worker"), person, secret="s3cret")
    assert requests.post(url_of(starter), timeout=SECONDS).status_code == 401
    sent = requests.post(url_of(starter), headers={SECRET_HEADER: "s3cret"}, timeout=SECONDS)
    assert sent.status_code == 202
    sync_namespace(guest)
    starter.refresh_from_db()
    assert starter.annotations[REQUIRE_AUTH] == WITHHELD_SECRET
    assert starter.web_secret_required


def test_a_reveal_reads_the_secret_and_is_noted(guest: Namespace, person: User) -> None:
    starter = give_url(put(guest, "my-worker"), person, secret="s3cret")
    assert reveal_secret(starter, person=person) == "s3cret"
    entry = AuditEntry.objects.get(verb=Verb.SECRET_REVEALED)
    assert (entry.person, entry.target) == (person, "my-worker-url")
    assert "s3cret" not in str(entry.detail)


def test_protection_changes_and_everything_else_stays(guest: Namespace, person: User) -> None:
    starter = give_url(put(guest, "my-worker"), person)
    changed = set_protection(starter, Protection(secret="new"), person=person)
    assert protection_of(changed) == Protection(secret="new")
    assert requests.post(url_of(changed), timeout=SECONDS).status_code == 401
    opened = set_protection(changed, Protection(), person=person)
    assert not opened.web_secret_required
    assert requests.post(url_of(opened), timeout=SECONDS).status_code == 202


def test_a_url_for_holders_of_a_key_is_tried_with_the_key(guest: Namespace, person: User) -> None:
    starter = give_url(put(guest, "my-worker"), person)
    starter = set_protection(starter, Protection(wants_key=True), person=person)
    assert starter.wants_key
    tried = try_url(starter, person=person, parameters={}, extension="", launch_key=uuid4())
    assert tried.answer is not None
    assert tried.answer.status == 202


def test_a_url_is_given_to_the_action_itself_and_taken_away(guest: Namespace, person: User) -> None:
    action = set_exported(put(guest, "quick"), True, protection=Protection(), person=person)
    assert requests.post(f"{url_of(action)}.json", json={"a": 1}, timeout=SECONDS).status_code == 200
    action = set_exported(action, False, protection=Protection(), person=person)
    assert not action.is_web
    assert requests.post(f"{url_of(action)}.json", timeout=SECONDS).status_code == 404


def test_trying_a_url_that_starts_nothing_makes_no_row(guest: Namespace, person: User) -> None:
    action = set_exported(put(guest, "quick"), True, protection=Protection(), person=person)
    tried = try_url(action, person=person, parameters={"a": 1}, extension=".json", launch_key=uuid4())
    assert tried.activation is None
    assert tried.answer is not None
    assert '"a":1' in tried.answer.text.replace(" ", "")
    assert not Activation.objects.exists()


def test_the_guides_own_web_action_is_understood(guest: Namespace, person: User) -> None:
    code = """let openwhisk = require("openwhisk");
    function main(args) { let ow = openwhisk(); return ow.actions.invoke({
        name: 'worker', // the name of the action to invoke
        blocking: false, result: false, params: args }); }
    exports.main = main;"""
    annotations: dict[str, object] = {"web-export": True, "final": True, "provide-api-key": False}
    action = put(guest, "test", code, annotations=annotations)
    worker = put(guest, "worker")
    assert action.starts == "worker"
    assert starters_of(worker) == [action]
    assert any("does not get the namespace's key" in text for text in warnings_for(guest, action))


def test_a_204_leaves_one_row_which_the_sweep_finds(guest: Namespace, person: User) -> None:
    put(guest, "worker")
    code = """const openwhisk = require("openwhisk");
    exports.main = (params) => openwhisk().actions.invoke({ params, name: "worker", blocking: false });"""
    action = put(guest, "guides", code, annotations={"web-export": True, "provide-api-key": True})
    tried = try_url(action, person=person, parameters={"a": 1}, extension="", launch_key=uuid4())
    assert tried.answer is not None
    assert (tried.answer.status, tried.activation) == (204, None)

    def is_found() -> bool:
        Namespace.objects.filter(pk=guest.pk).update(swept_at=timezone.now(), deep_swept_at=timezone.now())
        sweep_namespace(guest.pk)
        return runs_after(tried.call).exists()

    wait_until(is_found, SECONDS)
    assert Activation.objects.filter(action_path="worker").count() == 1
    told = try_url(action, person=person, parameters={"a": 2}, extension=".json", launch_key=uuid4())
    assert told.activation is not None
    assert Activation.objects.filter(action_path="worker").count() == 2


@pytest.mark.django_db
def test_warnings_name_what_would_bite() -> None:
    namespace = make_namespace()
    web: dict[str, Any] = {"web-export": True, "provide-api-key": True}
    slow = make_action(namespace, path="slow", timeout_ms=120_000, annotations=web)
    lost = make_action(namespace, path="lost", timeout_ms=60_000, annotations=web, starts="nobody")
    assert any("after 60 s at the latest" in text for text in warnings_for(namespace, slow))
    assert any("Anybody who knows the URL" in text for text in warnings_for(namespace, slow))
    texts = warnings_for(namespace, lost)
    assert any("“nobody”, which does not exist" in text for text in texts)
    assert any("A GET starts it too" in text for text in texts)


@pytest.mark.django_db
def test_an_own_host_is_not_called_where_it_may_not_be(settings: Any) -> None:
    settings.OVERTIME_ALLOW_LOOPBACK = False
    namespace = make_namespace()
    action = make_action(namespace, annotations={"web-export": True})
    tried = try_url(action, person=member(namespace), parameters={}, extension="", launch_key=uuid4())
    assert tried.answer is None
    assert tried.error
