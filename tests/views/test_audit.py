"""The audit log."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from runtime_app.models import AuditEntry, Namespace, Role, User, Verb
from runtime_app.views.audit import PAGE_ROWS
from tests.factories import make_namespace, make_user, member

pytestmark = pytest.mark.django_db

URL = "/n/team/audit/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(slug="team", name="team")


@pytest.fixture
def admin(client: Client, namespace: Namespace) -> User:
    user = member(namespace, Role.ADMIN, "boss")
    client.force_login(user)
    return user


def entries(namespace: Namespace, person: User, number: int, verb: Verb = Verb.LAUNCHED) -> None:
    for index in range(number):
        AuditEntry.record(verb, person=person, namespace=namespace, target=f"job-{index}.")


def test_it_says_who_did_what_with_details(client: Client, namespace: Namespace, admin: User) -> None:
    AuditEntry.record(Verb.INVITED, person=admin, namespace=namespace, target="Ada <i>", role="editor")
    page = client.get(URL).content.decode()
    for words in ("boss", "invited", "Ada &lt;i&gt;", "role: editor", "<time"):
        assert words in page


def test_an_empty_log_says_so(client: Client, admin: User) -> None:
    assert "Nothing has been done yet" in client.get(URL).content.decode()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.EDITOR])
def test_other_roles_get_403(client: Client, namespace: Namespace, role: Role) -> None:
    client.force_login(member(namespace, role))
    assert client.get(URL).status_code == 403


def test_strangers_get_404_and_other_namespaces_stay_out(
    client: Client, namespace: Namespace, admin: User
) -> None:
    entries(make_namespace(), admin, 1)
    assert "job-0." not in client.get(URL).content.decode()
    client.force_login(make_user("stranger"))
    assert client.get(URL).status_code == 404


def test_it_only_reads(client: Client, admin: User) -> None:
    assert client.post(URL).status_code == 405


def test_pages_follow_each_other_without_gap_or_overlap(
    client: Client, namespace: Namespace, admin: User
) -> None:
    entries(namespace, admin, PAGE_ROWS + 3)
    AuditEntry.objects.update(at=timezone.now())  # All at the same moment: only the id tells them apart.
    first = client.get(URL)
    shown = [entry.pk for entry in first.context["entries"]]
    second = client.get(URL, {"before": first.context["older"]})
    shown += [entry.pk for entry in second.context["entries"]]
    assert shown == sorted(AuditEntry.objects.values_list("pk", flat=True), reverse=True)
    assert second.context["older"] is None
    assert "Newest" in second.content.decode()


def test_it_filters_by_person_and_deed(client: Client, namespace: Namespace, admin: User) -> None:
    ann = member(namespace, Role.EDITOR, "ann")
    entries(namespace, ann, 1, Verb.DELETED)
    entries(namespace, admin, 2)
    assert len(client.get(URL, {"person": ann.pk}).context["entries"]) == 1
    assert len(client.get(URL, {"verb": "launched"}).context["entries"]) == 2
    both = client.get(URL, {"person": ann.pk, "verb": "launched"})
    assert "Nothing matches" in both.content.decode()


def test_htmx_gets_the_entries_alone(client: Client, namespace: Namespace, admin: User) -> None:
    entries(namespace, admin, 1)
    page = client.get(URL, headers=HTMX).content.decode()
    assert page.lstrip().startswith('<section id="entries"')
    assert "job-0." in page


@pytest.mark.parametrize("query", ["person=nobody", "person=99999", "verb=sang"])
def test_a_wrong_filter_is_said_at_its_field(client: Client, admin: User, query: str) -> None:
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200
    assert f'id="id_{query.partition("=")[0]}_error"' in response.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "99999"])
def test_a_wrong_place_shows_the_newest(
    client: Client, namespace: Namespace, admin: User, before: str
) -> None:
    entries(namespace, admin, 1)
    assert "job-0." in client.get(URL, {"before": before}).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_log(
    client: Client, namespace: Namespace, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    entries(namespace, admin, 20)
    client.get(URL)
    with django_assert_num_queries(7):  # session, user, namespace, role, entries, people, the switcher
        client.get(URL)


def test_the_panels_log_has_everything_and_is_for_its_administrators(
    client: Client, namespace: Namespace, admin: User
) -> None:
    entries(namespace, admin, 1)
    AuditEntry.record(Verb.DISCONNECTED, person=admin, target="gone-app")
    assert client.get("/audit/").status_code == 404
    client.force_login(make_user("root", is_superuser=True))
    page = client.get("/audit/").content.decode()
    for words in ("job-0.", "gone-app", 'href="/n/team/audit/"'):
        assert words in page
    filtered = client.get("/audit/", {"person": admin.pk, "verb": Verb.DISCONNECTED})
    assert [entry.target for entry in filtered.context["entries"]] == ["gone-app"]


def test_a_browser_never_takes_the_part_for_the_page(client: Client, admin: User) -> None:
    assert "HX-Request" in client.get(URL)["Vary"]
