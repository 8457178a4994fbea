"""Packages and bindings against the real runtime: written, synced, and what their actions have from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from runtime_app.models import Action, AuditEntry, Namespace, Package, Role, User, Verb
from runtime_app.openwhisk import (
    ActionPath,
    ActionSpec,
    Conflict,
    Forbidden,
    NotFound,
    OpenWhiskClient,
    Parameter,
    Rejected,
)
from runtime_app.services.authoring.actions import DeletedMeanwhileError, update_action
from runtime_app.services.authoring.drafts import ActionDraft, editable_parameters
from runtime_app.services.authoring.inheritance import (
    bound_to,
    effective_parameters,
    inherited_by,
    inherited_parameters,
)
from runtime_app.services.authoring.packages import (
    PackageChangedError,
    PackageDraft,
    actions_in,
    create_package,
    delete_package,
    update_package,
)
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.collecting.cycles import collect_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.launching.launch import launch
from standalone.testing import RunningServer
from tests.factories import make_action, make_namespace, make_package, member
from tests.waiting import wait_until

ECHO = "exports.main = (args) => ({ got: args });"
SECONDS = 60


@pytest.fixture
def person(guest: Namespace) -> User:
    return member(guest, Role.EDITOR, "eve")


@pytest.fixture
def images(guest: Namespace, person: User) -> Package:
    """A package with one action in it."""
    draft = PackageDraft(name="images", parameters={"quality": 80, "format": "png"})
    package = create_package(guest, draft, person=person)
    own = (Parameter("format", "webp"), Parameter("width", 8))
    with client_for(guest) as client:
        client.put_action("images/resize", ActionSpec(kind="nodejs:default", code=ECHO, parameters=own))
    sync_namespace(guest)
    return package


def bind(namespace: Namespace, person: User, **parameters: Any) -> Package:
    draft = PackageDraft(name="pics", binding="guest/images", parameters=parameters)
    package = create_package(namespace, draft, person=person)
    sync_namespace(namespace)
    return package


def test_a_package_is_created_kept_and_noted(guest: Namespace, person: User, images: Package) -> None:
    assert images.default_parameters == {"quality": 80, "format": "png"}
    assert AuditEntry.objects.filter(verb=Verb.PACKAGE_CREATED, target="images", person=person).exists()
    with pytest.raises(Conflict):
        create_package(guest, PackageDraft(name="images"), person=person)


def test_sharing_and_parameters_change(guest: Namespace, person: User, images: Package) -> None:
    draft = PackageDraft(name="images", parameters={"quality": 90}, is_shared=True)
    changed = update_package(images, draft, base_version=images.version, person=person)
    assert (changed.is_shared, changed.default_parameters) == (True, {"quality": 90})
    with client_for(guest) as client:
        assert client.get_package("images").publish


def test_a_change_in_between_is_not_overwritten(guest: Namespace, person: User, images: Package) -> None:
    with client_for(guest) as client:
        client.put_package("images", parameters=[Parameter("theirs", 1)], overwrite=True)
    with pytest.raises(PackageChangedError):
        update_package(images, PackageDraft(name="images"), base_version=images.version, person=person)
    assert Package.objects.get(name="images").default_parameters == {"theirs": 1}


def test_one_that_is_gone_is_said_to_be_gone(guest: Namespace, person: User) -> None:
    package = make_package(guest)
    with pytest.raises(DeletedMeanwhileError):
        update_package(package, PackageDraft(name="images"), base_version="0.0.1", person=person)
    package.refresh_from_db()
    assert package.vanished_at is not None


def test_the_actions_own_parameters_win_over_the_packages(images: Package) -> None:
    action = Action.objects.get(path="images/resize")
    assert effective_parameters(action) == {"quality": 80, "format": "webp", "width": 8}
    shown = {item.key: item.is_overridden for item in inherited_parameters(action)}
    assert shown == {"quality": False, "format": True}
    assert editable_parameters(action, inherited_by(action)) == {"format": "webp", "width": 8}


def test_editing_an_action_does_not_copy_the_packages_parameters(
    guest: Namespace, person: User, images: Package
) -> None:
    action = Action.objects.get(path="images/resize")
    draft = ActionDraft(
        path=action.path,
        kind=action.kind,
        code=None,
        timeout_ms=60_000,
        memory_mb=256,
        logs_mb=10,
        parameters={"format": "webp", "width": 9},
    )
    update_action(action, draft, base_version=action.version, person=person)
    bare = PackageDraft(name="images", parameters={})
    update_package(images, bare, base_version=images.version, person=person)
    with client_for(guest) as client:
        kept = {item.key: item.value for item in client.get_action("images/resize").parameters}
    assert kept == {"format": "webp", "width": 9}


def test_a_bindings_actions_are_here_and_launch(guest: Namespace, person: User, images: Package) -> None:
    binding = bind(guest, person, quality=50)
    (action,) = actions_in(binding)
    assert (action.path, bound_to(action)) == ("pics/resize", "guest/images")
    activation = launch(action=action, person=person, parameters={"a": 1}, launch_key=uuid4())

    def is_home() -> bool:
        collect_namespace(guest.pk)
        activation.refresh_from_db()
        return activation.is_final

    wait_until(is_home, SECONDS)
    got = {"quality": 50, "format": "webp", "width": 8, "a": 1}
    assert activation.payload.result == {"got": got}


def test_bound_actions_stay_over_syncs_and_go_with_their_action(
    guest: Namespace, person: User, images: Package
) -> None:
    binding = bind(guest, person)
    assert str(sync_namespace(guest)) == "nothing has changed"
    with client_for(guest) as client:
        client.delete_action("images/resize")
    assert "pics/resize" in sync_namespace(guest).vanished
    assert actions_in(binding)[0].vanished_at is not None


def test_a_changed_action_is_read_again_through_the_binding(
    guest: Namespace, person: User, images: Package
) -> None:
    bind(guest, person)
    with client_for(guest) as client:
        client.put_action("images/resize", ActionSpec(annotations={"a": 1}), overwrite=True)
    assert "pics/resize" in sync_namespace(guest).changed


def test_a_binding_to_nothing_or_to_a_binding_is_refused(
    guest: Namespace, person: User, images: Package
) -> None:
    bind(guest, person)
    for target in ("guest/nothing", "guest/pics"):
        with pytest.raises((Rejected, NotFound)):
            create_package(guest, PackageDraft(name="other", binding=target), person=person)


def test_editing_a_binding_does_not_copy_what_is_behind_it(
    guest: Namespace, person: User, images: Package
) -> None:
    binding = bind(guest, person, mine=1)
    assert binding.default_parameters == {"quality": 80, "format": "png", "mine": 1}
    draft = PackageDraft(
        name="pics", binding="guest/images", parameters={**binding.default_parameters, "mine": 2}
    )
    update_package(binding, draft, base_version=binding.version, person=person)
    update_package(images, PackageDraft(name="images"), base_version=images.version, person=person)
    with client_for(guest) as client:
        left = {item.key: item.value for item in client.get_package("pics").parameters}
    assert left == {"mine": 2}


def test_a_binding_knows_which_parameters_are_its_own(
    guest: Namespace, person: User, images: Package
) -> None:
    binding = bind(guest, person, mine=1, format="gif")
    binding.refresh_from_db()
    assert binding.default_parameters == {"quality": 80, "format": "gif", "mine": 1}
    assert binding.own_parameters == {"format": "gif", "mine": 1}
    assert binding.inherited_keys == {"quality"}


def test_a_sync_tells_a_bindings_own_parameters_from_those_behind_it(
    guest: Namespace, person: User, images: Package
) -> None:
    with client_for(guest) as client:
        client.put_package("pics", parameters=[Parameter("mine", 1)], binding=ActionPath("images"))
    sync_namespace(guest)
    assert Package.objects.get(name="pics").own_parameters == {"mine": 1}
    behind = PackageDraft(name="images", parameters={"quality": 95})
    update_package(images, behind, base_version=images.version, person=person)
    sync_namespace(guest)
    binding = Package.objects.get(name="pics")
    assert binding.default_parameters == {"quality": 95, "mine": 1}
    assert binding.own_parameters == {"mine": 1}


def test_a_package_with_actions_goes_only_when_they_may_go_too(
    guest: Namespace, person: User, images: Package
) -> None:
    make_action(guest, path="Images/other-case")
    with pytest.raises(Conflict):
        delete_package(images, person=person)
    assert Package.objects.filter(name="images").exists()
    delete_package(images, person=person, with_actions=True)
    assert list(Action.objects.values_list("path", flat=True)) == ["Images/other-case"]
    with client_for(guest) as client, pytest.raises(NotFound):
        client.get_package("images")


def test_deleting_a_binding_leaves_the_package(guest: Namespace, person: User, images: Package) -> None:
    delete_package(bind(guest, person), person=person)
    sync_namespace(guest)
    assert Action.objects.present().filter(path="images/resize").exists()
    assert not Action.objects.filter(path="pics/resize").exists()
    with client_for(guest) as client:
        assert client.get_package(ActionPath("images", namespace="guest")).name == "images"


def test_a_package_of_another_namespace_is_bound_when_it_is_shared(tmp_path: Path, db: None) -> None:
    other = f"{uuid4()}:{'k' * 64}"
    with RunningServer(tmp_path, namespace=[f"other={other}"]) as server:
        namespace = make_namespace(name="guest", api_host=server.url, auth=server.auth)
        person = member(namespace, Role.EDITOR)
        with OpenWhiskClient(server.url, other) as theirs:
            theirs.put_package("tools")
            theirs.put_action("tools/echo", ActionSpec(kind="nodejs:default", code=ECHO))
            draft = PackageDraft(name="their-tools", binding="other/tools")
            with pytest.raises((Forbidden, NotFound, Rejected)):
                create_package(namespace, draft, person=person)
            theirs.put_package("tools", publish=True, overwrite=True)
        binding = create_package(namespace, draft, person=person)
        sync_namespace(namespace)
        (action,) = actions_in(binding)
        assert (action.path, bound_to(action)) == ("their-tools/echo", "other/tools")
        with client_for(namespace) as client:
            record = client.invoke(action.path, {"a": 1}, blocking=True).record
        assert record is not None
        assert record.result == {"got": {"a": 1}}
