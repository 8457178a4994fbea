"""Packages and bindings in the browser, against the real runtime."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from runtime_app.models import Action, Namespace, Package, Role
from runtime_app.openwhisk import ActionSpec, Parameter
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.collecting.records import take_in
from runtime_app.services.connecting.connections import client_for
from tests.factories import make_action, make_namespace, make_package, make_user, member

pytestmark = pytest.mark.django_db

HTMX: dict[str, Any] = {"HX-Request": "true"}
TYPED = {"name": "images", "kind": "own", "target": "", "parameters": '{"quality": 80}'}


def new(namespace: Namespace) -> str:
    return f"/n/{namespace.slug}/packages/new/"


def address(package: Package, verb: str = "") -> str:
    return f"/n/{package.namespace.slug}/packages/{package.pk}/{verb}"


def created(client: Client, namespace: Namespace, **changes: str) -> Package:
    client.post(new(namespace), {**TYPED, **changes})
    return Package.objects.get(namespace=namespace, name=changes.get("name", "images"))


def put_action(namespace: Namespace, path: str) -> None:
    code = "exports.main = (args) => ({ got: args });"
    own = (Parameter("quality", 95),)
    with client_for(namespace) as upstream:
        upstream.put_action(path, ActionSpec(kind="nodejs:default", code=code, parameters=own))
    sync_namespace(namespace)


def test_it_creates_a_package(editor: Client, guest: Namespace) -> None:
    answer = editor.post(new(guest), {**TYPED, "is_shared": "on"}, headers=HTMX)
    package = Package.objects.get()
    assert answer["HX-Redirect"] == address(package)
    assert (package.is_shared, package.default_parameters) == (True, {"quality": 80})


def test_the_list_counts_actions_and_tells_bindings(editor: Client, guest: Namespace) -> None:
    created(editor, guest)
    put_action(guest, "images/resize")
    created(editor, guest, name="pics", kind="binding", target="guest/images")
    html = editor.get(f"/n/{guest.slug}/packages/").content.decode()
    assert "2 packages" in html
    assert "guest/images" in html
    assert "package list" in html


def test_a_package_shows_its_actions_to_launch(editor: Client, guest: Namespace) -> None:
    package = created(editor, guest)
    put_action(guest, "images/resize")
    html = editor.get(address(package)).content.decode()
    action = Action.objects.get(path="images/resize")
    assert f'id="launch-{action.pk}"' in html
    assert f"/n/{guest.slug}/actions/new/?package=images" in html
    assert 'value="images/"' in editor.get(f"/n/{guest.slug}/actions/new/?package=images").content.decode()


def test_the_action_shows_what_it_has_from_its_package(editor: Client, guest: Namespace) -> None:
    created(editor, guest)
    put_action(guest, "images/resize")
    action = Action.objects.get(path="images/resize")
    html = editor.get(f"/n/{guest.slug}/actions/{action.pk}/").content.decode()
    assert "From the package images" in html
    assert "the action's own wins" in html
    assert "&quot;quality&quot;: 95" in html


def test_a_bound_action_is_launched_but_changed_elsewhere(editor: Client, guest: Namespace) -> None:
    created(editor, guest)
    put_action(guest, "images/resize")
    created(editor, guest, name="pics", kind="binding", target="/guest/images")
    sync_namespace(guest)
    action = Action.objects.get(path="pics/resize")
    page = editor.get(f"/n/{guest.slug}/actions/{action.pk}/").content.decode()
    assert 'id="launch-now"' in page
    assert "It belongs to the package guest/images; change it there." in page
    answer = editor.get(f"/n/{guest.slug}/actions/{action.pk}/edit/")
    assert answer["Location"] == f"/n/{guest.slug}/actions/{action.pk}/"
    form = editor.get(f"/n/{guest.slug}/actions/{action.pk}/url/new/").content.decode()
    assert 'value="resize-url"' in form


def test_a_bound_actions_last_run_from_elsewhere_is_shown(editor: Client, guest: Namespace) -> None:
    created(editor, guest)
    put_action(guest, "images/resize")
    created(editor, guest, name="pics", kind="binding", target="/guest/images")
    sync_namespace(guest)
    with client_for(guest) as upstream:
        receipt = upstream.invoke("pics/resize", {"a": 1}, blocking=True)
    assert receipt.record is not None
    run = take_in(guest, receipt.record)
    action = Action.objects.get(path="pics/resize")
    page = f"/n/{guest.slug}/activations/{run.pk}/"
    shown = address(Package.objects.get(name="pics")), f"/n/{guest.slug}/actions/{action.pk}/"
    for place in shown:
        assert page in editor.get(place).content.decode()
    assert f'href="/n/{guest.slug}/actions/{action.pk}/"' in editor.get(page).content.decode()


def test_it_saves_a_change(editor: Client, guest: Namespace) -> None:
    package = created(editor, guest)
    typed = {**TYPED, "parameters": '{"quality": 90}', "base_version": package.version}
    assert editor.post(address(package, "edit/"), typed).status_code == 302
    package.refresh_from_db()
    assert (package.version, package.default_parameters) == ("0.0.2", {"quality": 90})


def test_somebody_elses_change_is_not_overwritten_unseen(editor: Client, guest: Namespace) -> None:
    package = created(editor, guest)
    with client_for(guest) as upstream:
        upstream.put_package("images", parameters=[], overwrite=True)
    answer = editor.post(address(package, "edit/"), {**TYPED, "base_version": "0.0.1"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "has changed this package meanwhile" in html
    assert 'name="base_version" value="0.0.2"' in html


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "A package needs a name."),
        ({"name": "a*b"}, "cannot be used"),
        ({"parameters": "[1]"}, "one JSON object"),
        ({"kind": "binding"}, "as namespace/package"),
        ({"kind": "binding", "target": "a/b/c"}, "an action of it is no package"),
        ({"kind": "binding", "target": "guest/nothing"}, "does not exist"),
        ({"name": "default"}, "reserved"),
    ],
)
def test_mistakes_are_one_sentence_and_keep_what_was_typed(
    editor: Client, guest: Namespace, changes: dict[str, str], sentence: str
) -> None:
    answer = editor.post(new(guest), {**TYPED, **changes}, headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.lstrip().startswith('<form id="package-form"')
    assert sentence in html
    assert not Package.objects.exists()


def test_a_name_that_exists_is_said_at_the_name(editor: Client, guest: Namespace) -> None:
    put_action(guest, "images")
    assert "is the name of an action here" in editor.post(new(guest), TYPED).content.decode()


def test_deleting_names_the_actions_and_wants_a_tick(editor: Client, guest: Namespace) -> None:
    package = created(editor, guest)
    put_action(guest, "images/resize")
    assert "images/resize" in editor.get(address(package, "delete/")).content.decode()
    answer = editor.post(address(package, "delete/"))
    assert answer.status_code == 422
    assert "Tick the box" in answer.content.decode()
    assert editor.post(address(package, "delete/"), {"with_actions": "1"}).status_code == 302
    assert not Package.objects.exists()
    assert not Action.objects.exists()


def test_a_runtime_that_is_away_loses_nothing(client: Client) -> None:
    package = make_package(make_namespace())
    client.force_login(member(package.namespace, Role.EDITOR))
    answer = client.post(new(package.namespace), {**TYPED, "name": "other"})
    assert answer.status_code == 422
    assert "try again when the runtime is back" in answer.content.decode()
    assert client.post(address(package, "delete/")).status_code == 422
    assert Package.objects.filter(pk=package.pk).exists()


def test_a_vanished_one_says_so(client: Client) -> None:
    package = make_package(make_namespace(), vanished_at="2026-01-01T00:00:00Z")
    client.force_login(member(package.namespace))
    assert "does not exist on the runtime any more" in client.get(address(package)).content.decode()


def test_the_list_asks_the_database_a_fixed_number_of_times(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    namespace = make_namespace()
    for number in range(30):
        make_package(namespace, name=f"p{number}")
        make_action(namespace, path=f"p{number}/a")
    client.force_login(member(namespace))
    with django_assert_max_num_queries(12):
        assert client.get(f"/n/{namespace.slug}/packages/").status_code == 200


def test_roles_and_strangers(client: Client) -> None:
    package = make_package(make_namespace())
    places = (new(package.namespace), address(package, "edit/"), address(package, "delete/"))
    client.force_login(member(package.namespace, Role.OPERATOR))
    assert client.get(address(package)).status_code == 200
    assert [client.post(place).status_code for place in places] == [403, 403, 403]
    client.force_login(make_user())
    everywhere = (*places, address(package), f"/n/{package.namespace.slug}/packages/")
    assert {client.get(place).status_code for place in everywhere} == {404}
