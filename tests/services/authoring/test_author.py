"""Creating, changing and deleting actions, against the real runtime."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runtime_app.models import Action, AuditEntry, Namespace, User, Verb
from runtime_app.openwhisk import (
    ActionSpec,
    Conflict,
    NotFound,
    OpenWhiskClient,
    Parameter,
    Rejected,
    RemoteAction,
    Unreachable,
)
from runtime_app.services.authoring.actions import (
    ChangedMeanwhileError,
    DeletedMeanwhileError,
    code_of,
    create_action,
    delete_action,
    last_author,
    update_action,
)
from runtime_app.services.authoring.drafts import ActionDraft, EncryptedParametersError, spec_for_change
from runtime_app.services.authoring.samples import create_sample, sample_draft
from runtime_app.services.connecting.connections import client_for
from tests.factories import make_namespace, make_user

CODE = "exports.main = (args) => ({ one: 1, ...args });"
DRAFT = ActionDraft(
    path="resize",
    kind="nodejs:20",
    code=CODE,
    timeout_ms=120_000,
    memory_mb=256,
    logs_mb=10,
    parameters={"width": 800},
)


@pytest.fixture
def client(guest: Namespace) -> Any:
    with client_for(guest) as opened:
        yield opened


@pytest.fixture
def person(db: None) -> User:
    return make_user("eve")


def test_it_creates_upstream_and_here(guest: Namespace, client: OpenWhiskClient, person: User) -> None:
    action = create_action(guest, DRAFT, person=person)
    remote = client.get_action("resize")
    assert (remote.code, remote.limits.timeout_ms) == (CODE, 120_000)
    assert remote.parameters == (Parameter("width", 800),)
    assert remote.annotations["provide-api-key"] is False
    assert (action.version, code_of(action)) == (remote.version, CODE)
    entry = AuditEntry.objects.get(verb=Verb.CREATED)
    assert (entry.person, entry.target, entry.detail) == (person, "resize", {"version": "0.0.1"})


def test_code_of_many_megabytes_goes_there_and_back(
    guest: Namespace, client: OpenWhiskClient, person: User
) -> None:
    code = "//" + "x" * (17 * 1024 * 1024)
    action = create_action(guest, replace(DRAFT, code=code), person=person)
    assert code_of(action) == code
    update_action(action, replace(DRAFT, code=None), base_version="0.0.1", person=person)
    assert client.get_action("resize").code == code
    delete_action(action, person=person)
    assert not Action.objects.exists()


def test_a_name_that_exists_changes_nothing(guest: Namespace, client: OpenWhiskClient, person: User) -> None:
    create_action(guest, DRAFT, person=person)
    with pytest.raises(Conflict):
        create_action(guest, replace(DRAFT, code="exports.main = () => ({});"), person=person)
    assert client.get_action("resize").code == CODE
    assert AuditEntry.objects.count() == 1


def test_the_runtimes_own_limits_hold(guest: Namespace, person: User) -> None:
    with pytest.raises(Rejected, match="exceeds allowed threshold"):
        create_action(guest, replace(DRAFT, timeout_ms=20_000_000), person=person)
    assert not Action.objects.exists()


def test_an_unreachable_runtime_creates_nothing_here(person: User) -> None:
    with pytest.raises(Unreachable):
        create_action(make_namespace(), DRAFT, person=person)
    assert not Action.objects.exists()


def test_it_changes_what_is_at_the_version_one_began_with(
    guest: Namespace, client: OpenWhiskClient, person: User
) -> None:
    action = create_action(guest, DRAFT, person=person)
    draft = replace(DRAFT, code="exports.main = () => ({ two: 2 });", memory_mb=512)
    updated = update_action(action, draft, base_version="0.0.1", person=person)
    remote = client.get_action("resize")
    assert (updated.pk, updated.version) == (action.pk, remote.version)
    assert (remote.code, remote.limits.memory_mb) == (draft.code, 512)
    assert last_author(updated).person == person  # type: ignore[union-attr]
    assert updated.changed_outside_at is None


def test_somebody_elses_change_is_not_overwritten(
    guest: Namespace, client: OpenWhiskClient, person: User
) -> None:
    action = create_action(guest, DRAFT, person=person)
    theirs = ActionSpec(kind="nodejs:20", code="exports.main = () => ({ theirs: true });")
    client.put_action("resize", theirs, overwrite=True)
    with pytest.raises(ChangedMeanwhileError) as caught:
        update_action(action, DRAFT, base_version="0.0.1", person=person)
    assert caught.value.theirs.version == "0.0.2"
    assert client.get_action("resize").code == theirs.code
    action.refresh_from_db()
    assert (action.version, code_of(action)) == ("0.0.2", theirs.code)
    assert action.changed_outside_at is not None
    saved = update_action(action, DRAFT, base_version="0.0.2", person=person)
    assert (saved.version, client.get_action("resize").code) == ("0.0.3", CODE)


def test_what_was_deleted_meanwhile_is_said(guest: Namespace, client: OpenWhiskClient, person: User) -> None:
    action = create_action(guest, DRAFT, person=person)
    client.delete_action("resize")
    with pytest.raises(DeletedMeanwhileError):
        update_action(action, DRAFT, base_version="0.0.1", person=person)
    action.refresh_from_db()
    assert action.vanished_at is not None


def test_without_code_the_old_code_stays(guest: Namespace, client: OpenWhiskClient, person: User) -> None:
    action = create_action(guest, DRAFT, person=person)
    update_action(action, replace(DRAFT, code=None, memory_mb=512), base_version="0.0.1", person=person)
    remote = client.get_action("resize")
    assert (remote.code, remote.limits.memory_mb) == (CODE, 512)


def test_parameters_for_initialisation_stay(guest: Namespace, client: OpenWhiskClient, person: User) -> None:
    action = create_action(guest, DRAFT, person=person)
    secret = Parameter("TOKEN", "s3cret", init=True)
    client.put_action("resize", ActionSpec(parameters=(secret, Parameter("width", 800))), overwrite=True)
    draft = replace(DRAFT, parameters={"height": 600})
    update_action(action, draft, base_version="0.0.2", person=person)
    assert set(client.get_action("resize").parameters) == {secret, Parameter("height", 600)}


def test_encrypted_values_are_never_stored_as_values() -> None:
    remote = remote_action(Parameter("token", "aGFzaA==", encrypted=True), Parameter("width", 800))
    unchanged = replace(DRAFT, parameters={"token": "aGFzaA==", "width": 800})
    assert spec_for_change(unchanged, remote).parameters is None
    with pytest.raises(EncryptedParametersError, match="token"):
        spec_for_change(replace(unchanged, parameters={"token": "aGFzaA==", "width": 1}), remote)
    entered = spec_for_change(replace(unchanged, parameters={"token": "real", "width": 1}), remote)
    assert entered.parameters == (Parameter("token", "real"), Parameter("width", 1))


def test_it_deletes_upstream_and_here(guest: Namespace, client: OpenWhiskClient, person: User) -> None:
    action = create_action(guest, DRAFT, person=person)
    delete_action(action, person=person)
    with pytest.raises(NotFound):
        client.get_action("resize")
    assert not Action.objects.exists()
    assert AuditEntry.objects.filter(verb=Verb.DELETED, target="resize").count() == 1


def test_what_is_gone_upstream_can_be_taken_off_the_list(
    guest: Namespace, client: OpenWhiskClient, person: User
) -> None:
    action = create_action(guest, DRAFT, person=person)
    client.delete_action("resize")
    delete_action(action, person=person)
    assert not Action.objects.exists()


def test_a_delete_that_fails_keeps_the_action(person: User, guest: Namespace) -> None:
    action = create_action(guest, DRAFT, person=person)
    Namespace.objects.filter(pk=guest.pk).update(api_host="http://127.0.0.1:9")
    action = Action.objects.get(pk=action.pk)
    with pytest.raises(Unreachable):
        delete_action(action, person=person)
    assert Action.objects.filter(pk=action.pk).exists()
    assert not AuditEntry.objects.filter(verb=Verb.DELETED).exists()


def test_the_sample_is_the_guides_worker(guest: Namespace, client: OpenWhiskClient, person: User) -> None:
    action, is_new = create_sample(guest, person=person)
    assert (action.path, action.timeout_ms, action.default_parameters, is_new) == (
        "my-worker",
        120_000,
        {"seconds": 20},
        True,
    )
    receipt = client.invoke("my-worker", {"seconds": 0.01}, blocking=True)
    assert receipt.record is not None
    assert receipt.record.result == {
        "statusCode": 200,
        "body": {"payload": "Hello from the long running job! It took 0.01 s."},
    }


def test_a_sample_that_is_there_already_stays(
    guest: Namespace, client: OpenWhiskClient, person: User
) -> None:
    client.put_action("my-worker", ActionSpec(kind="nodejs:20", code=CODE))
    action, is_new = create_sample(guest, person=person)
    assert not is_new
    assert code_of(action) == CODE


@pytest.mark.django_db
def test_the_sample_fits_a_namespace_with_short_timeouts() -> None:
    namespace = make_namespace(limits={"minActionTimeout": 100, "maxActionTimeout": 60_000})
    assert sample_draft(namespace).timeout_ms == 60_000


def remote_action(*parameters: Parameter) -> RemoteAction:
    document = {
        "namespace": "guest",
        "name": "resize",
        "version": "0.0.1",
        "exec": {"kind": "nodejs:20", "code": CODE, "binary": False},
    }
    return replace(RemoteAction.from_json(document), parameters=parameters)
