"""Giving actions URLs in the browser, against the real runtime."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from django.test import Client

from runtime_app.models import Action, AuditEntry, Namespace, Role, Verb
from runtime_app.openwhisk import ActionSpec
from runtime_app.openwhisk.web import SECRET_HEADER
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.web_actions.starters import starter_code
from runtime_app.services.web_actions.urls import web_place
from tests.factories import make_action, make_namespace, make_user, member

pytestmark = pytest.mark.django_db

HTMX: dict[str, Any] = {"HX-Request": "true"}
WORKER = "exports.main = (args) => ({ got: args });"
WEB: dict[str, Any] = {"web-export": True, "require-whisk-auth": False}
SECONDS = 60


def with_a_worker(client: Client, guest: Namespace) -> Client:
    """The editor eve's browser, with `my-worker` on the real runtime."""
    with client_for(guest) as upstream:
        upstream.put_action("my-worker", ActionSpec(kind="nodejs:default", code=WORKER))
    sync_namespace(guest)
    client.force_login(member(guest, Role.EDITOR, "eve"))
    return client


@pytest.fixture
def editor(client: Client, guest: Namespace) -> Client:
    return with_a_worker(client, guest)


def address(action: Action, verb: str = "") -> str:
    return f"/n/{action.namespace.slug}/actions/{action.pk}/url/{verb}"


def worker() -> Action:
    return Action.objects.get(path="my-worker")


def typed(**changes: str) -> dict[str, str]:
    code = starter_code("my-worker")
    return {"name": "my-worker-url", "who": "open", "secret": "", "code": code, **changes}


def given(client: Client, **changes: str) -> Action:
    client.post(address(worker(), "new/"), typed(**changes))
    return Action.objects.get(path=changes.get("name", "my-worker-url"))


def test_the_form_suggests_everything(editor: Client) -> None:
    html = editor.get(address(worker(), "new/")).content.decode()
    assert 'value="my-worker-url"' in html
    assert "name: &quot;my-worker&quot;" in html
    assert re.search(r'name="secret" value="[\w-]{32}"', html)


def test_it_creates_the_web_action_and_shows_its_url(editor: Client, guest: Namespace) -> None:
    html = editor.post(address(worker(), "new/"), typed(), follow=True).content.decode()
    action = Action.objects.get(path="my-worker-url")
    assert f"{guest.api_host}/api/v1/web/guest/default/my-worker-url.json" in html
    assert f'<a href="/n/guest/actions/{worker().pk}/">my-worker</a>' in html
    assert "Anybody who knows the URL" in html
    assert action.annotations["provide-api-key"] is True


def test_a_taken_name_is_said_at_the_name_and_the_code_stays(editor: Client) -> None:
    answer = editor.post(address(worker(), "new/"), typed(name="my-worker", code="// mine"))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "is the name of an action here" in html
    assert "// mine" in html


def test_a_name_that_only_the_runtime_knows_is_said_too(editor: Client, guest: Namespace) -> None:
    with client_for(guest) as upstream:
        upstream.put_trigger("my-worker-url")
    answer = editor.post(address(worker(), "new/"), typed(), headers=HTMX)
    assert answer.status_code == 422
    assert answer.content.decode().lstrip().startswith('<form id="starter-form"')
    assert not Action.objects.filter(path="my-worker-url").exists()


def test_untouched_code_follows_the_choice_about_get(editor: Client, guest: Namespace) -> None:
    given(editor, allows_get="on")
    with client_for(guest) as upstream:
        assert upstream.get_action("my-worker-url").code == starter_code("my-worker", allows_get=True)


@pytest.mark.parametrize("secret", ["", "two words", "ümlaut"])
def test_a_secret_that_no_header_carries_is_refused(editor: Client, secret: str) -> None:
    answer = editor.post(address(worker(), "new/"), typed(who="secret", secret=secret))
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()


def test_protection_is_changed_and_the_secret_works(editor: Client) -> None:
    action = given(editor)
    editor.post(address(action, "protect/"), {"who": "secret", "secret": "s3cret"})
    action.refresh_from_db()
    url = web_place(action.namespace, action.path).url
    assert action.web_secret_required
    assert requests.post(url, timeout=SECONDS).status_code == 401
    headers = {SECRET_HEADER: "s3cret"}
    assert requests.post(url, headers=headers, timeout=SECONDS).status_code == 202


@pytest.mark.parametrize("verb", ["protect/", "reveal/", "withdraw/", "export/"])
def test_an_action_that_was_deleted_elsewhere_is_said_to_be_gone(
    editor: Client, guest: Namespace, verb: str
) -> None:
    action = given(editor)
    with client_for(guest) as upstream:
        upstream.delete_action(action.path)
    html = editor.post(address(action, verb), {"who": "open"}, follow=True).content.decode()
    assert "It does not exist on the runtime any more." in html


def test_the_secret_is_on_no_page_until_it_is_revealed(editor: Client) -> None:
    action = given(editor, who="secret", secret="s3cret-value")
    for page in (address(action), f"/n/guest/actions/{action.pk}/", "/n/guest/actions/"):
        assert "s3cret-value" not in editor.get(page).content.decode()
    answer = editor.post(address(action, "reveal/"), headers=HTMX)
    assert "s3cret-value" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert AuditEntry.objects.filter(verb=Verb.SECRET_REVEALED, target=action.path).count() == 1


def test_the_action_itself_gets_a_url_and_loses_it(editor: Client) -> None:
    html = editor.post(address(worker(), "export/"), follow=True).content.decode()
    assert "has a URL of its own now" in html
    assert worker().is_web
    assert worker().web_secret_required
    editor.post(address(worker(), "withdraw/"))
    assert not worker().is_web


def test_lists_and_pages_tell_who_has_a_url(editor: Client) -> None:
    action = given(editor)
    listed = editor.get("/n/guest/actions/").content.decode()
    assert listed.count('title="It can be called by a URL, by anybody"') == 1
    page = editor.get(f"/n/guest/actions/{worker().pk}/").content.decode()
    assert f'Started by <a href="{address(action)}">my-worker-url</a>' in page


def test_adobes_forms_have_the_namespace_in_the_host(client: Client) -> None:
    namespace = make_namespace(name="acme", api_host="https://adobeioruntime.net")
    action = make_action(namespace, path="images/resize", annotations=WEB)
    client.force_login(member(namespace))
    html = client.get(address(action)).content.decode()
    assert "https://acme.adobeioruntime.net/api/v1/web/images/resize.json" in html
    assert "https://adobeioruntime.net/api/v1/web/acme/images/resize" in html
    assert "it can run longer" not in html
    assert "60 s at the latest" in html


def test_an_action_without_a_url_leads_to_its_page(client: Client) -> None:
    action = make_action(make_namespace())
    client.force_login(member(action.namespace))
    assert client.get(address(action))["Location"] == f"/n/{action.namespace.slug}/actions/{action.pk}/"


def test_a_runtime_that_is_away_loses_nothing(client: Client) -> None:
    action = make_action(make_namespace(), path="my-worker")
    client.force_login(member(action.namespace, Role.EDITOR))
    answer = client.post(address(action, "new/"), typed(code="// mine"))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "try again when the runtime is back" in html
    assert "// mine" in html


def test_a_namespace_without_node_says_so(client: Client) -> None:
    namespace = make_namespace(runtimes=[{"kind": "python:3.11", "default": True}])
    action = make_action(namespace, path="my-worker")
    client.force_login(member(namespace, Role.EDITOR))
    assert "offers no Node.js" in client.post(address(action, "new/"), typed()).content.decode()


@pytest.mark.parametrize(
    ("verb", "least"),
    [
        ("new/", Role.EDITOR),
        ("protect/", Role.EDITOR),
        ("reveal/", Role.EDITOR),
        ("export/", Role.EDITOR),
        ("withdraw/", Role.EDITOR),
        ("try/", Role.OPERATOR),
    ],
)
def test_roles_strangers_and_methods(client: Client, verb: str, least: Role) -> None:
    action = make_action(make_namespace(), annotations=WEB)
    for role in Role:
        if not role.includes(least):
            client.force_login(member(action.namespace, role))
            assert client.post(address(action, verb)).status_code == 403
    client.force_login(make_user())
    assert client.post(address(action, verb)).status_code == 404
    client.force_login(member(action.namespace, Role.ADMIN))
    assert client.put(address(action, verb)).status_code == 405
    assert client.post(f"/n/{action.namespace.slug}/actions/999999/url/{verb}").status_code == 404


def test_viewers_see_the_url_and_whom_to_ask(client: Client) -> None:
    action = make_action(make_namespace(), annotations=WEB)
    client.force_login(member(action.namespace))
    html = client.get(address(action)).content.decode()
    assert "This needs the role operator" in html
    assert "Call the URL" not in html


def test_deleting_a_worker_names_the_urls_that_start_it(editor: Client) -> None:
    given(editor)
    html = editor.get(f"/n/guest/actions/{worker().pk}/delete/").content.decode()
    assert "start it by a URL and would then fail" in html
    assert '<li class="mono">my-worker-url</li>' in html
