"""Making and changing sequences in the browser, against the real runtime."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from runtime_app.models import Action, Activation, Namespace, Role
from runtime_app.openwhisk import ActionSpec
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.launching.launch import launch
from tests.factories import make_action, make_namespace, make_user, member

pytestmark = pytest.mark.django_db

HTMX: dict[str, Any] = {"HX-Request": "true"}


@pytest.fixture
def editor(client: Client, guest: Namespace) -> Client:
    with client_for(guest) as upstream:
        upstream.put_package("math", overwrite=True)
        for path, code in (("plus-one", "n: args.n + 1"), ("math/double", "n: args.n * 2")):
            upstream.put_action(
                path, ActionSpec(kind="nodejs:default", code=f"exports.main = (args) => ({{ {code} }});")
            )
    sync_namespace(guest)
    client.force_login(member(guest, Role.EDITOR, "eve"))
    return client


def new(namespace: Namespace) -> str:
    return f"/n/{namespace.slug}/sequences/new/"


def edit(action: Action) -> str:
    return f"/n/{action.namespace.slug}/sequences/{action.pk}/edit/"


def typed(*components: str, **changes: str) -> dict[str, Any]:
    return {"name": "both", "component": list(components), "do": "save", **changes}


def steps(html: str) -> list[str]:
    return re.findall(r'name="component" value="([^"]*)"', html)


def created(client: Client, namespace: Namespace, *components: str) -> Action:
    client.post(new(namespace), typed(*components))
    return Action.objects.get(namespace=namespace, path="both")


def test_it_creates_a_sequence_that_runs_in_order(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest, "plus-one", "math/double")
    assert action.components == ["/guest/plus-one", "/guest/math/double"]
    with client_for(guest) as upstream:
        record = upstream.invoke("both", {"n": 1}, blocking=True).record
    assert record is not None
    assert record.result == {"n": 4}


def test_buttons_move_add_and_remove_without_saving(editor: Client, guest: Namespace) -> None:
    def press(do: str, *components: str, **more: str) -> list[str]:
        answer = editor.post(new(guest), typed(*components, do=do, **more), headers=HTMX)
        assert answer.status_code == 200
        return steps(answer.content.decode())

    assert press("add", "plus-one", add="math/double") == ["plus-one", "math/double"]
    assert press("add", other="/whisk.system/utils/echo") == ["/whisk.system/utils/echo"]
    assert press("up:1", "a", "b", "c") == ["b", "a", "c"]
    assert press("down:1", "a", "b", "c") == ["a", "c", "b"]
    assert press("up:0", "a", "b") == ["a", "b"]
    assert press("remove:0", "a", "b") == ["b"]
    assert press("remove:9", "a") == ["a"]
    assert press("up:x", "a") == ["a"]
    assert not Action.objects.filter(kind="sequence").exists()


def test_moving_keeps_what_was_typed(editor: Client, guest: Namespace) -> None:
    html = editor.post(new(guest), typed("a", "b", do="up:1", name="half-typed*")).content.decode()
    assert 'value="half-typed*"' in html
    assert "field__error" not in html


def test_adding_a_bad_path_says_why_and_keeps_it(editor: Client, guest: Namespace) -> None:
    html = editor.post(new(guest), typed("a", do="add", other="a/b/c/d")).content.decode()
    assert "has too many parts" in html
    assert 'value="a/b/c/d"' in html
    assert steps(html) == ["a"]


def test_an_existing_one_is_reordered(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest, "plus-one", "math/double")
    assert steps(editor.get(edit(action)).content.decode()) == ["plus-one", "math/double"]
    editor.post(edit(action), typed("math/double", "plus-one", base_version=action.version))
    action.refresh_from_db()
    assert action.components == ["/guest/math/double", "/guest/plus-one"]
    assert action.version == "0.0.2"


def test_somebody_elses_change_is_not_overwritten_unseen(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest, "plus-one", "math/double")
    with client_for(guest) as upstream:
        theirs = ActionSpec(kind="sequence", components=("/_/plus-one",))
        upstream.put_action("both", theirs, overwrite=True)
        answer = editor.post(edit(action), typed("math/double", base_version="0.0.1"))
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "has changed this sequence meanwhile" in html
        assert steps(html) == ["math/double"]
        assert upstream.get_action("both").components == ("/guest/plus-one",)
        editor.post(edit(action), typed("math/double", base_version="0.0.2"))
        assert upstream.get_action("both").components == ("/guest/math/double",)


def test_one_that_was_deleted_meanwhile_can_be_created_again(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest, "plus-one")
    with client_for(guest) as upstream:
        upstream.delete_action("both")
        html = editor.post(edit(action), typed("plus-one", base_version="0.0.1")).content.decode()
        assert "has deleted this sequence meanwhile" in html
        editor.post(edit(action), typed("plus-one", base_version=""))
        assert upstream.get_action("both").kind == "sequence"


def test_what_the_runtime_would_refuse_is_said_before(editor: Client, guest: Namespace) -> None:
    def said(*components: str, **changes: str) -> str:
        answer = editor.post(new(guest), typed(*components, **changes))
        assert answer.status_code == 422
        return answer.content.decode()

    assert "needs at least one action" in said()
    assert "There is no action “nobody”" in said("nobody")
    assert "may not contain itself" in said("plus-one", "both")
    assert "more than 50 actions" in said(*["plus-one"] * 51)
    assert "is the name of a package here" in said("plus-one", name="math")


def test_itself_by_way_of_another_sequence_is_refused(editor: Client, guest: Namespace) -> None:
    inner = created(editor, guest, "plus-one")
    editor.post(new(guest), typed("both", name="outer"))
    answer = editor.post(edit(inner), typed("outer", base_version=inner.version))
    assert "by way of another sequence" in answer.content.decode()


def test_what_only_the_runtime_knows_is_one_sentence(editor: Client, guest: Namespace) -> None:
    make_action(guest, path="not-there-any-more")
    html = editor.post(new(guest), typed("not-there-any-more")).content.decode()
    assert "Sequence component does not exist." in html


def test_lists_and_pages_show_the_steps_in_order(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest, "plus-one", "math/double")
    assert "plus-one → math/double" in editor.get("/n/guest/actions/").content.decode()
    with client_for(guest) as upstream:
        upstream.delete_action("plus-one")
    sync_namespace(guest)
    html = editor.get(f"/n/guest/actions/{action.pk}/").content.decode()
    assert "so the sequence fails at this step" in html
    assert html.index(">plus-one</a>") < html.index(">math/double</a>")
    assert "--sequence plus-one,math/double" in html
    assert "&quot;_actions" not in html


def test_a_sequence_launches_like_any_action(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest, "plus-one", "math/double")
    person = member(guest, Role.OPERATOR)
    activation = launch(action=action, person=person, parameters={"n": 1}, launch_key=uuid4())
    assert Activation.objects.get().activation_id == activation.activation_id


def test_an_action_with_code_is_not_edited_here(client: Client) -> None:
    action = make_action(make_namespace())
    client.force_login(member(action.namespace, Role.EDITOR))
    assert client.get(edit(action)).status_code == 302


def test_a_runtime_that_is_away_loses_nothing(client: Client) -> None:
    namespace = make_namespace()
    make_action(namespace, path="one")
    client.force_login(member(namespace, Role.EDITOR))
    answer = client.post(new(namespace), typed("one"))
    assert answer.status_code == 422
    assert "try again when the runtime is back" in answer.content.decode()
    assert steps(answer.content.decode()) == ["one"]


def test_roles_and_strangers(client: Client) -> None:
    action = make_action(make_namespace(), kind="sequence")
    for address in (new(action.namespace), edit(action)):
        client.force_login(member(action.namespace, Role.OPERATOR))
        assert client.post(address, typed()).status_code == 403
        client.force_login(make_user(f"stranger-{len(address)}"))
        assert client.get(address).status_code == 404
        assert client.put(address).status_code == 405
